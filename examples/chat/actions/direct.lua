-- A private message: into both inboxes, so that all tabs of both show it.
local base = require "base"
local application = require "application"

return function(connection, message)
  local me, to, text = connection.user, message.body.to, message.body.text
  if math.type(to) ~= "integer" or type(text) ~= "string" or #text > 4000 then
    error { code = "invalid", message = "Say { to, text }." }
  end
  if not application.ask(connection, "/users/" .. to) then
    error { code = "unknown", message = "There is no such user." }
  end
  local direct =
    { from = me.id, name = me.name, to = to, text = text, at = base.now() }
  base.channel("inbox:" .. to):send("direct", direct)
  if to ~= me.id then base.channel("inbox:" .. me.id):send("direct", direct) end
  return message:respond "ok"
end

-- Speaks to one user: base.send reaches all of that user's tabs, and returns
-- how many took the message.
local base = require "base"

return function(connection, message)
  local to, text = message.body.to, message.body.text
  if type(to) ~= "string" or type(text) ~= "string" or not utf8.len(to) then
    error { code = "text", message = "A whisper has a to and a text." }
  end

  local whisper = { from = connection.user.name, text = text }
  local is_id = #to >= 1 and #to <= 128
  local tabs = is_id and base.send(to, "whispered", whisper) or 0
  if tabs == 0 then
    error { code = "offline", message = to .. " is not here." }
  end
  return message:respond("ok", { tabs = tabs })
end

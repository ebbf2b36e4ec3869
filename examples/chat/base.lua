-- A team chat. The application knows who the users are, and who may enter which
-- room; this says what they may do there.
local base = require "base"
local application = require "application"

local rooms = { presence = true, history = { size = 200, seconds = 86400 } }

-- May it come in? The second value is what the others see of it.
function rooms.join(connection, channel)
  local user, name = connection.user, channel.name:match "^room:(%l+)$"
  if not name then return false end -- it becomes a part of a path
  local room, why = application.ask(connection, "/rooms/" .. name)
  if room == nil then error { code = "away", message = why } end
  if not room then return false end
  if room.closed then error { code = "forbidden", message = room.closed } end
  return true, { name = user.name, moderator = user.moderator }
end

-- Who said it, and when, is known here and not believed.
function rooms.send(connection, message)
  local user, text = connection.user, message.body
  if message.command ~= "said" or type(text) ~= "string"
    or not text:find "%S" or #text > 4000 then return false end
  return base.Message("said",
    { from = user.id, name = user.name, text = text, at = base.now() })
end

return {
  address = "127.0.0.1",
  port = tonumber(os.getenv "BASE_PORT") or 9000,
  public = false, -- Express serves the pages
  api = {
    listen = "127.0.0.1:" .. (os.getenv "BASE_API_PORT" or "9001"),
    key = os.getenv "BASE_KEY",
  },

  -- A user; or false: nobody; or nil: come back later.
  authenticate = function(connection, register)
    local user, why = application.ask(connection, "/me")
    if not user then return register(connection, user, why) end
    register(connection, user, { expires = 3600 }) -- then it is asked again
  end,
  welcome = function(user) return { id = user.id, name = user.name } end,

  channels = {
    ["room:*"] = rooms,
    -- Private messages, kept also for those who are away: actions/direct.lua
    ["inbox:*"] = {
      join = function(connection, channel)
        return channel.name == "inbox:" .. connection.user.id
      end,
      history = { size = 200, seconds = 7 * 86400 },
    },
  },
}

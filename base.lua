-- The quickstart. Run `base` in this folder and open http://127.0.0.1:9000;
-- PORT=9001 base listens elsewhere, and ADDRESS=0.0.0.0 base for other machines
-- too. Every setting but authenticate may be left out.
local base = require "base"

-- A name comes from a stranger and becomes the id of a user: 1 to 32
-- characters of valid UTF-8 (at most 128 bytes, as ids are), none of them a
-- control character.
local function is_name(text)
  local length = utf8.len(text)
  return length and length >= 1 and length <= 32 and not text:find "%c"
end

return {
  address = os.getenv "ADDRESS" or "127.0.0.1",
  port = tonumber(os.getenv "PORT") or 9000,

  -- This login is none: whoever says "Ada" is Ada. Yours takes the session's
  -- cookie and asks your application whose it is; that may take its time.
  authenticate = function(connection, register)
    local name = connection.request.cookies.name
    if not name then
      return -- A guest: may run the public actions, for a minute.
    end
    if is_name(name) then
      register(connection, { id = name, name = name })
    else
      register(connection, false)
    end
  end,

  -- What the client is told when it is registered. Without this, only the id.
  welcome = function(user)
    return { id = user.id, name = user.name }
  end,

  -- actions/whisper.lua serves the command "whisper". Guests may only say
  -- hello.
  actions = { path = "actions", public = { "hello" } },

  -- Rooms are channels: whoever has joined gets what is sent to them. The page
  -- joins "room:lobby"; a room is there as soon as somebody joins it.
  channels = {
    ["room:*"] = {
      -- May it join? Yes, and this is what the others see of it.
      join = function(connection)
        return true, { name = connection.user.name }
      end,

      -- What a client says becomes what the others hear: who said it is known
      -- here, and not believed.
      send = function(connection, message)
        if message.command ~= "said" or type(message.body) ~= "string" then
          error { code = "text", message = "What you say must be a text." }
        end
        return base.Message("said",
          { from = connection.user.name, text = message.body })
      end,

      -- Tells members who comes and goes: a user, not a tab. Loading the page
      -- again is not noticed.
      presence = true,

      -- Who comes later, or was cut off, gets the last things said.
      history = { size = 50, seconds = 600 },
    },
  },
}

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

  -- actions/say.lua serves the command "say". Guests may only say hello.
  actions = { path = "actions", public = { "hello" } },

  -- A user is online with the first tab, and offline a few seconds after the
  -- last one has closed, so that loading the page again is not noticed.
  on = {
    online = function(user)
      base.broadcast("online", { id = user.id, name = user.name })
    end,
    offline = function(user)
      base.broadcast("offline", { id = user.id, name = user.name })
    end,
  },
}

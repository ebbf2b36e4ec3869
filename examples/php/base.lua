-- Whose a connection is, PHP knows: it is asked with the browser's own cookie.
local http = require "base.http"

local HOUR = 3600
local PHP = "http://127.0.0.1:" .. (os.getenv "PHP_PORT" or "8000")

return {
  address = "127.0.0.1",
  port = tonumber(os.getenv "BASE_PORT") or 9000,
  public = false, -- PHP serves the pages

  -- Where PHP speaks to its users, with the key that both have from the
  -- environment.
  api = {
    listen = "127.0.0.1:" .. (os.getenv "BASE_API_PORT" or "9001"),
    key = os.getenv "BASE_KEY",
  },

  -- Only 200 with a user lets anybody in, only 401 sends anybody away. Whatever
  -- else happens, the client comes back later. Nothing is cached: an answer
  -- from before a logout must not let anybody in after it.
  authenticate = function(connection, register)
    local reply, why = http.get(PHP .. "/me.php", {
      headers = { cookie = connection.request.headers.cookie },
      timeout = 5,
    })
    if not reply then return register(connection, nil, why) end
    if reply.status == 401 then return register(connection, false) end
    if reply.status ~= 200 then
      return register(connection, nil, "me.php answered " .. reply.status)
    end

    local user, what = reply:json()
    if not user then return register(connection, nil, what or "no user") end
    register(connection, user, { expires = HOUR }) -- then PHP is asked again
  end,

  welcome = function(user)
    return { id = user.id, name = user.name }
  end,
}

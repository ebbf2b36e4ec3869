-- Answers arrive word by word, in all tabs of whom they are for. The
-- application writes them; this says who may read.
local http = require "base.http"

local APP = "http://127.0.0.1:" .. (os.getenv "APP_PORT" or "8000")

return {
  address = "127.0.0.1",
  port = tonumber(os.getenv "BASE_PORT") or 9000,
  public = false, -- the application serves the pages
  api = {
    listen = "127.0.0.1:" .. (os.getenv "BASE_API_PORT" or "9001"),
    key = os.getenv "BASE_KEY",
  },

  authenticate = function(connection, register)
    local reply, why = http.get(APP .. "/me", {
      headers = { cookie = connection.request.headers.cookie }, timeout = 5,
    })
    if not reply then return register(connection, nil, why) end
    if reply.status == 401 then return register(connection, false) end
    register(connection, reply:json())
  end,

  channels = {
    -- One for each user. No `send`: only the application speaks here. A page
    -- that is loaded in the middle of an answer reads the beginning from the
    -- history.
    ["answers:*"] = {
      join = function(connection, channel)
        return channel.name == "answers:" .. connection.user.id
      end,
      history = { size = 1000, seconds = 3600 },
    },
  },
}

-- What the soak talks to: everybody says in the query who it is. TLS on the
-- port, no TLS on the Unix socket, and an API on another one.
local base = require "base"

return {
  listen = { "127.0.0.1:" .. os.getenv "SOAK_PORT", "unix:soak.sock" },
  tls = { certificate = "certificate.pem", key = "key.pem" },
  api = { listen = "unix:api.sock", key = os.getenv "SOAK_KEY" },

  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.id })
  end,

  http = function(request, response)
    if request.path ~= "/count" then return end
    response:json { connections = base.connections:count() }
  end,

  offline_after = 1,
  limits = { rate = 0 },
  log = { level = "warn" },
}

-- What is measured: Base with one user for each connection, who says in the
-- query who it is, and nothing that would limit a load generator. Whoever says
-- nothing stays a guest.
local tls = os.getenv "BENCH_TLS"

return {
  address = "127.0.0.1",

  tls = tls and { certificate = tls .. "/cert.pem", key = tls .. "/key.pem" },
  origins = { "*" },

  authenticate = function(connection, register)
    local id = connection.request.query.id
    if id then register(connection, { id = id }) end
  end,

  actions = { path = os.getenv "BENCH_ACTIONS" or "actions" },

  channels = {
    ["room:*"] = { send = true },
    ["kept:*"] = { send = true, history = { size = 200, seconds = 300 } },
    ["here:*"] = { presence = true },
    ["crowd:*"] = { presence = "count" },
  },

  deflate = os.getenv "BENCH_DEFLATE" and true or nil,
  offline_after = 0,
  drain = 1,
  limits = {
    connections = 0,
    guest_time = 0,
    message_size = 1 << 20,
    queue_size = 64 << 20,
    rate = 0,
  },
  log = { level = "warn" },
}

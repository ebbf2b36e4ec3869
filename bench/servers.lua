--- The servers that are measured: how each is started, and what it speaks.
local BUN = "bench/node_modules/.bin/bun"

--- A list, in the order in which they run. `command` makes the words with which
-- one is started on a port; `folder` is where, if not here.
local servers = {
  {
    name = "base",
    title = "Base",
    speaks = "base",
    folder = "bench/base",
    command = function(port)
      return { "../../build/release/base", "--port", port }
    end,
  },
  {
    name = "ws",
    title = "ws",
    speaks = "base",
    package = "ws",
    command = function(port) return { "node", "bench/peers/ws.js", port } end,
  },
  {
    name = "socketio",
    title = "socket.io",
    speaks = "socketio",
    package = "socket.io",
    command = function(port)
      return { "node", "bench/peers/socketio.js", port }
    end,
  },
  {
    name = "bun",
    title = "Bun",
    speaks = "base",
    package = "bun",
    command = function(port) return { BUN, "bench/peers/bun.js", port } end,
  },
  -- Base's sockets under a C program that sends back what it gets: what is left
  -- when there is no JSON and no Lua.
  {
    name = "raw",
    title = "raw",
    speaks = "raw",
    command = function(port)
      return { "build/release/base-raw", "-m", 1 << 20, "127.0.0.1:" .. port }
    end,
  },
}

for _, server in ipairs(servers) do servers[server.name] = server end

return servers

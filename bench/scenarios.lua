--- What is measured, and what Base must reach in it.
--
-- A scenario has a `name`; `what`, in words; `load`, arguments of base-load, or
-- `starts_only`, with the actions of project.prepare and no load; `runs`, who
-- is measured: each is the name of a server, or a table with the name of a
-- `server`, a `name` of its own, a `title`, more `load`, `deflate` if it is to
-- compress, and `recovers` if it is to keep what clients miss; `targets`;
-- `columns` of its table, if not the usual ones: each a field, a title, and
-- perhaps a factor; and `part`, the title of the part of RESULTS.md to which it
-- belongs, if not "Results".
--
-- A target with `against`, the name of another run, and `least` is about how
-- many times better Base is than that: in CPU per message and in throughput, or
-- in the `figure` that it names. Base is the run "base", or that which `of`
-- names. With `most` it is about how many times as much
-- of the `figure` Base has, and without `against` about Base's `figure` itself.
-- `aim` is what would be better still.
local bodies = require "bench.bodies"
local servers = require "bench.servers"

local ALL = { "base", "ws", "socketio", "bun", "raw" }

local scenarios = {}

local function add(scenario)
  scenarios[#scenarios + 1] = scenario
  scenarios[scenario.name] = scenario
end

local function against(name, least, figure, aim)
  return { against = name, least = least, figure = figure, aim = aim }
end

local function asks(in_flight, ...)
  return { "--connections", 100, "--in-flight", in_flight, ... }
end

local function echo(name, title, load, runs, targets)
  add { name = name, what = title, load = load, runs = runs,
    targets = targets }
end

echo("echo-1", "echo of 24 bytes, 100 connections, 1 in flight",
  asks(1, "--size", 24), ALL, { against("ws", 3), against("bun", 1) })
echo("echo-16", "echo of 24 bytes, 100 connections, 16 in flight",
  asks(16, "--size", 24), ALL, {
    against("ws", 15, nil, 20),
    against("bun", 1.2, nil, 1.5),
  })
echo("echo-1k", "echo of 1 KB, 100 connections, 1 in flight",
  asks(1, "--size", 1024), ALL, { against("ws", 2.5), against("bun", 1) })
echo("echo-64k", "echo of 64 KB, 100 connections, 1 in flight",
  asks(1, "--size", 65536), ALL, { against("ws", 3), against("bun", 1) })

local WITH_TLS = { "base", "ws", "bun" }
echo("tls-1", "echo of 24 bytes over TLS, 100 connections, 1 in flight",
  asks(1, "--size", 24, "--tls"), WITH_TLS, { against("ws", 2.5) })
echo("tls-16", "echo of 24 bytes over TLS, 100 connections, 16 in flight",
  asks(16, "--size", 24, "--tls"), WITH_TLS, { against("ws", 12) })

local SPEAKING = { "base", "ws", "socketio", "bun" }

local function order(in_flight, ...)
  add {
    name = "order-" .. in_flight,
    what = ("an action that reads two fields of an object of 300 bytes and "
      .. "answers with another, %d in flight"):format(in_flight),
    load = asks(in_flight, "--command", "order", "--body", bodies.order,
      "--answer", "total", "--answer-body", '{"total":126}'),
    runs = SPEAKING,
    targets = { ... },
  }
end

order(1, against("ws", 3))
order(16, against("ws", 10))

local function tell(name, count, what, command, told, ...)
  add {
    name = name,
    what = what,
    load = { "--work", "tell", "--connections", count, "--command", command,
      "--body", '"news #"', "--answer", "ok", "--told", "told",
      "--told-body", told },
    runs = SPEAKING,
    targets = { ... },
  }
end

tell("tell-1000", 1000, "one message to 1,000 connections", "tell", '"news #"',
  against("ws", 1.5), against("bun", 1))
tell("tell-9000", 9000, "one message to 9,000 connections", "tell", '"news #"',
  against("ws", 1.5), against("bun", 1))
tell("tell-each", 1000, "a message to each of 1,000 users, each another one",
  "tell_each", '"news # for @"', against("ws", 1.5))

local function beside(server)
  return { name = server, server = server, load = { "--idle", 9000 } }
end

add {
  name = "idle-beside",
  what = "echo of 24 bytes over 100 connections, beside 9,000 silent ones",
  load = asks(1, "--size", 24),
  runs = {
    beside "base",
    { name = "alone", server = "base", title = "Base, none silent" },
    beside "ws",
    beside "bun",
  },
  targets = {
    { against = "alone", figure = "server_us", most = 1.15,
      says = "CPU per message" },
  },
}

add {
  name = "connect",
  what = "connect, upgrade, authenticate, close; 50 at a time",
  load = { "--work", "connect", "--connections", 50 },
  runs = SPEAKING,
  targets = { against("ws", 3, "server_us") },
}

add {
  name = "open-20000",
  what = "echo of 24 bytes, 20,000 a second over 100 connections, whatever "
    .. "the answers do",
  load = { "--work", "open", "--rate", 20000, "--connections", 100,
    "--size", 24 },
  runs = ALL,
  targets = {
    { against = "bun", figure = "p99_us", least = 1, says = "p99" },
  },
}

local MEMORY_COLUMNS = {
  { "memory_each", "KB a connection" },
  { "head_bytes", "head, bytes" },
  { "memory_beside_head", "KB without the head" },
  { "memory_mb", "all, MB" },
}

local function memory(name, what, runs, most, ...)
  add {
    name = name,
    what = "memory of 9,000 silent connections" .. what,
    load = { "--work", "idle", "--connections", 9000, ... },
    columns = MEMORY_COLUMNS,
    runs = runs,
    targets = {
      { figure = "memory_beside_head", most = most,
        unit = "KB and the head" },
    },
  }
end

memory("memory-guest", " without a user", ALL, 1.6, "--guest")
memory("memory-user", ", each with its user", SPEAKING, 2.8)
memory("memory-tls", " over TLS, each with its user", WITH_TLS, 18, "--tls")

add {
  name = "start",
  what = "from the start to listening, with 100 actions",
  starts_only = true,
  columns = { { "start_ms", "ms" } },
  runs = { "base" },
  targets = { { figure = "start_ms", most = 50, unit = "ms" } },
}

local DEFLATE_COLUMNS = {
  { "per_second", "a second" },
  { "server_us", "server CPU, µs" },
  { "sent_each", "bytes of a question" },
  { "received_each", "bytes of an answer" },
  { "compressed", "answers compressed, %", 100 },
}

local DEFLATE_RUNS = {}
for _, server in ipairs { "base", "ws", "bun" } do
  local title = servers[server].title
  table.insert(DEFLATE_RUNS, { name = server, server = server, title = title })
  table.insert(DEFLATE_RUNS, { name = server .. "-deflate", server = server,
    title = title .. ", deflate", load = { "--deflate" }, deflate = true })
end

for _, size in ipairs { "300", "10k" } do
  add {
    name = "deflate-" .. size,
    what = ("echo of %s of JSON, 100 connections, 1 in flight, with and "
      .. "without permessage-deflate"):format(
      size == "300" and "300 bytes" or "10 KB"),
    load = asks(1, "--body", bodies["json_" .. size]),
    columns = DEFLATE_COLUMNS,
    runs = DEFLATE_RUNS,
    targets = {},
  }
end

require "bench.channel_scenarios"(add, servers)

return scenarios

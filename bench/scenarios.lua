--- What is measured, and what Base must reach in it.
--
-- A scenario has a `name`; `what`, in words; `load`, arguments of base-load;
-- `runs`, who is measured: each is the name of a server, or a table with the
-- name of a `server`, a `name` of its own and more `load`; and `targets`.
--
-- A target is a table with `least` or `most`. With `against`, the name of
-- another run, it is about the ratio of Base to that: of CPU per message and of
-- throughput together, or of the `figure` that it names, where a ratio above 1
-- always says that Base is better. Without `against` it is about Base's own
-- `figure`.
local ALL = { "base", "ws", "socketio", "bun", "raw" }

local scenarios = {}

local function add(scenario)
  scenarios[#scenarios + 1] = scenario
  scenarios[scenario.name] = scenario
end

local function against(name, least, figure)
  return { against = name, least = least, figure = figure }
end

local function asks(in_flight, ...)
  return { "--connections", 100, "--in-flight", in_flight, ... }
end

add {
  name = "echo-1",
  what = "echo of 24 bytes, 100 connections, 1 in flight",
  load = asks(1, "--size", 24),
  runs = ALL,
  targets = { against("ws", 3), against("bun", 1) },
}

add {
  name = "echo-16",
  what = "echo of 24 bytes, 100 connections, 16 in flight",
  load = asks(16, "--size", 24),
  runs = ALL,
  targets = { against("ws", 15), against("bun", 1.2) },
}

return scenarios

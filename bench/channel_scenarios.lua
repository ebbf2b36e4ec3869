--- What is measured of channels. Their rules are in base/base.lua: "room:" has
-- nothing but `send`, "kept:" a history, "here:" presence, "crowd:" a count.
local PART = "Channels"

local SAYS = { "--told", "said", "--told-body", '"news #"' }

-- socket.io keeps what clients miss, as Base does with a history; ws and Bun
-- have nothing of the kind.
local KEPT = { name = "kept", server = "base", title = "Base, history",
  load = { "--channel", "kept:", "--keeps" } }
local RECOVERING = { name = "socketio", server = "socketio",
  title = "socket.io, recovery", load = { "--keeps" }, recovers = true }

local function with(list, ...)
  local all = table.move(list, 1, #list, 1, {})
  return table.move({ ... }, 1, select("#", ...), #all + 1, all)
end

local function against(name, least, of, figure)
  return { against = name, least = least, of = of, figure = figure }
end

local function add_saying(add, name, what, channels, members)
  add {
    part = PART,
    name = name,
    what = what,
    load = with(SAYS, "--work", "say", "--channels", channels,
      "--connections", channels * members),
    runs = { "base", KEPT, "ws", RECOVERING, "bun" },
    targets = {
      against("bun", 1),
      against("socketio", 1.5, "kept"),
    },
  }
end

local JOINED_COLUMNS = {
  { "per_second", "a second" },
  { "server_us", "server CPU, µs" },
  { "p50_us", "p50, ms", 0.001 },
  { "p99_us", "p99, ms", 0.001 },
  { "bystander_p99_us", "bystander's p99, ms", 0.001 },
  { "memory_mb", "memory, MB" },
}

local function add_joining(add)
  add {
    part = PART,
    name = "join-leave",
    what = "100 connections, each of which joins one channel and leaves it "
      .. "again and again",
    load = { "--work", "join", "--connections", 100 },
    runs = { "base", "ws", "socketio", "bun" },
    targets = { against("bun", 1), against("socketio", 1.5) },
  }
end

local function add_recovery(add)
  add {
    part = PART,
    name = "recover-1000",
    what = "1,000 clients that were cut off come back at once, and get the 100 "
      .. "messages that they missed; what is counted is a client",
    load = with(SAYS, "--work", "recover", "--connections", 1001,
      "--bystander"),
    columns = JOINED_COLUMNS,
    runs = {
      { name = "base", server = "base", load = { "--channel", "kept:" } },
      RECOVERING,
    },
    targets = {
      against("socketio", 1.5),
      { against = "socketio", least = 1.5, figure = "bystander_p99_us",
        says = "bystander's p99" },
    },
  }
end

local function add_storm(add, servers)
  local function plain(name)
    return { name = name == "base" and "plain" or name, server = name,
      title = servers[name].title .. ", nobody is told" }
  end
  add {
    part = PART,
    name = "storm-5000",
    what = "5,000 connections join one channel at once, then leave it at once; "
      .. "what is counted is one that has come and gone",
    load = { "--work", "storm", "--connections", 5000, "--bystander" },
    columns = JOINED_COLUMNS,
    runs = {
      { name = "base", server = "base", title = "Base, presence",
        load = { "--channel", "here:" } },
      { name = "count", server = "base", title = 'Base, presence = "count"',
        load = { "--channel", "crowd:" } },
      plain "base", plain "ws", plain "socketio", plain "bun",
    },
    targets = {
      against("bun", 1, "plain"),
      against("socketio", 1.5),
    },
  }
end

--- Adds the scenarios.
-- @param add function(scenario)
-- @param servers table of bench.servers
return function(add, servers)
  add_saying(add, "channel-1000", "a message to a channel of 1,000", 1, 1000)
  add_saying(add, "channel-9000", "a message to a channel of 9,000", 1, 9000)
  add_saying(add, "channels-1000", "messages to 1,000 channels of 10 each, one "
    .. "in flight in each channel", 1000, 10)
  add_joining(add)
  add_recovery(add)
  add_storm(add, servers)
end

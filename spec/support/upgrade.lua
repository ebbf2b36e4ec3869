--- A server with channels, of which a spec starts successors: what it serves,
-- and what its clients say.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local upgrade = {}

upgrade.BASE_LUA = [[
local base = require "base"
base.state.visits = base.state.visits or 0
base.state.loads = (base.state.loads or 0) + 1
local rule = {
  public = true, presence = true, history = { size = 50, seconds = 600 },
  send = true,
  occupied = function(channel) print("occupied " .. channel.name) end,
  vacated = function(channel) print("vacated " .. channel.name) end,
}
return {
  %s
  authenticate = function(connection, register)
    local id = connection.request.query.user
    if id then register(connection, { id = id, name = "The " .. id }) end
  end,
  on = {
    online = function(user) print("online " .. user.id) end,
    offline = function(user) print("offline " .. user.id) end,
  },
  channels = { ["room:*"] = rule,
    ["quiet"] = { send = true, public = true } },
}
]]

-- Lua from a client: what a spec wants to know or to change.
local RUN = [[
local base = require "base"
return function(connection, message)
  local run = assert(load(message.body, "=spec", "t",
    { base = base, connection = connection, print = print, pairs = pairs }))
  return message:respond("ran", run())
end]]

--- Starts a server.
-- @param settings string of base.lua, or nil
-- @param options table of server.start, or nil
function upgrade.start(settings, options)
  options = options or {}
  options.files = {
    ["base.lua"] = upgrade.BASE_LUA:format(settings or "drain = 1,"),
    ["actions/run.lua"] = RUN,
  }
  return server.start(options)
end

--- The process that was started last to take over.
function upgrade.successor(base)
  local last
  for id in base:log():gmatch "process (%d+) is starting" do last = id end
  return last
end

local function is_running(id)
  return (files.read("/proc/" .. id .. "/stat") or ") Z"):match "%) (%a)" ~= "Z"
end

--- Starts a successor and waits until it has taken over.
function upgrade.go(base)
  base:signal "USR2"
  base:wait_log("is ready and takes over", 20)
end

--- Waits until a process has ended.
function upgrade.wait_gone(id)
  wait.for_(20, "the process to end", function() return not is_running(id) end)
end

--- Ends both processes, the old one first unless it does so by itself, and
-- looks for what sanitizers say.
function upgrade.finish(base, is_told)
  if is_told then base:signal "TERM" end
  base:wait_log("\n%S+ info ended\n", 20)
  local id = upgrade.successor(base)
  os.execute("kill -TERM " .. id)
  upgrade.wait_gone(id)
  base:wait_end(0)
end

--- Connects as a user, or as a guest.
function upgrade.join(base, user)
  local options = { port = base.port, path = user and "/?user=" .. user }
  if user then return client.join(options) end
  return client.connect(options)
end

--- What comes to a peer with this command; what else comes is passed by.
function upgrade.receive(peer, command)
  while true do
    local message, why = peer:receive_message()
    if not message then error(command .. " did not come: " .. why, 2) end
    if message[1] == command then return message end
  end
end

--- Runs Lua in the process to which the peer is connected.
function upgrade.run(peer, code)
  peer:send_message("run", code, 1)
  return upgrade.receive(peer, "ran")[2]
end

--- Joins room:1, or another channel.
-- @return the body of `$joined`, the position
function upgrade.enter(peer, body, channel)
  peer:send_message("$join", body or {}, 1, channel or "room:1")
  local joined = upgrade.receive(peer, "$joined")
  return joined[2], joined[5]
end

--- Says something in room:1, or in another channel.
-- @return the position
function upgrade.say(peer, text, channel)
  peer:send_message("said", text, 2, channel or "room:1")
  return upgrade.receive(peer, "$sent")[2].position
end

--- How often the log has a text.
function upgrade.count(base, text)
  return select(2, base:log():gsub(text, ""))
end

return upgrade

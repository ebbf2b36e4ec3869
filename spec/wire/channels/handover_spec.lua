-- A new process takes the place of the old one (SIGUSR2), and knows what that
-- knew: histories, base.state, users who were about to come back.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local BASE_LUA = [[
local base = require "base"
base.state.visits = base.state.visits or 0
base.state.loads = (base.state.loads or 0) + 1
local rule = {
  send = true, presence = true, history = { size = 50, seconds = 600 },
  occupied = function(channel) print("occupied " .. channel.name) end,
  vacated = function(channel) print("vacated " .. channel.name) end,
}
return {
  %s
  authenticate = function(connection, register)
    local id = connection.request.query.user or "ada"
    register(connection, { id = id, name = "The " .. id })
  end,
  on = {
    online = function(user) print("online " .. user.id) end,
    offline = function(user) print("offline " .. user.id) end,
  },
  channels = { ["room:*"] = rule },
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

local function start(settings)
  return server.start { files = {
    ["base.lua"] = BASE_LUA:format(settings or "drain = 1,"),
    ["actions/run.lua"] = RUN,
  } }
end

local function successor(base)
  return (base:log():match "process (%d+) is starting")
end

local function is_running(id)
  return (files.read("/proc/" .. id .. "/stat") or ") Z"):match "%) (%a)" ~= "Z"
end

local function upgrade(base)
  base:signal "USR2"
  base:wait_log("is ready and takes over", 20)
end

-- Ends both, and looks for what sanitizers say.
local function finish(base)
  base:wait_log("\n%S+ info ended\n", 20)
  local id = successor(base)
  os.execute("kill -TERM " .. id)
  wait.for_(20, "the new process to end", function()
    return not is_running(id)
  end)
  base:wait_end(0)
end

local function join(base, user)
  return client.join { port = base.port, path = "/?user=" .. (user or "ada") }
end

-- What comes to a peer with this command; what else comes is passed by.
local function receive(peer, command)
  while true do
    local message, why = peer:receive_message()
    if not message then error(command .. " did not come: " .. why, 2) end
    if message[1] == command then return message end
  end
end

local function run(peer, code)
  peer:send_message("run", code, 1)
  return receive(peer, "ran")[2]
end

local function enter(peer, body)
  peer:send_message("$join", body or {}, 1, "room:1")
  local joined = receive(peer, "$joined")
  return joined[2], joined[5]
end

local function say(peer, text)
  peer:send_message("said", text, 2, "room:1")
  return receive(peer, "$sent")[2].position
end

describe("base.state", function()
  it("is what it was in the new process, when base.lua loads", function()
    local base <close> = start()
    do
      local peer <close> = join(base)
      run(peer, [[base.state.visits = 7; base.state.deep = { list = { 1, 2 },
        none = {}, text = "ö" }]])
    end
    upgrade(base)
    local peer <close> = join(base)
    local state = run(peer, "return base.state")
    assert.same({ visits = 7, loads = 2,
      deep = { list = { 1, 2 }, none = {}, text = "ö" } }, state)
    peer:close()
    finish(base)
  end)

  it("goes over without what JSON has no form for, which is named", function()
    local base <close> = start()
    local peer <close> = join(base)
    run(peer, [[
      local state = base.state
      state.kept, state.call = 1, print
      state.deep = { kept = 2, call = print, user = connection.user }
      state.scores = { [7] = 1, [9] = 2 }
      state.list = { 1, print }
      state.round = { kept = 3 }
      state.round.round = state.round]])
    peer:close()
    upgrade(base)
    local other <close> = join(base)
    assert.same({ visits = 0, loads = 2, kept = 1, deep = { kept = 2 },
      round = { kept = 3 } }, run(other, "return base.state"))
    for _, what in ipairs {
      "base.state.call: JSON has no function",
      "base.state.deep.call: JSON has no function",
      "base.state.deep.user: a user cannot be sent",
      "base.state.scores: a list with a hole",
      "base.state.list[2]: JSON has no function",
      "base.state.round.round: the same table again",
    } do
      assert.truthy(base:log():find(
        "does not go over to the new process: " .. what, 1, true), base:log())
    end
    other:close()
    finish(base)
  end)

  it("takes along what changes while the new scripts load", function()
    local base <close> = start()
    local peer <close> = join(base)
    run(peer, "base.state.old, base.state.deep = 'was', { a = 1, b = 1 }")
    files.write(base.dir .. "/base.lua", [[
      local base = require "base"
      base.state.deep.mine = true
      base.state.old = "new"
      local wait <close> = io.open "fifo"
      ]] .. BASE_LUA:format "drain = 1,")
    files.run("mkfifo " .. files.quote(base.dir .. "/fifo"))
    base:signal "USR2"
    -- Whoever opens the other end waits until it is loading.
    local fifo <close> = io.open(base.dir .. "/fifo", "w")
    run(peer, "base.state.visits, base.state.deep.b = 3, 2")
    fifo:close()
    base:wait_log("is ready and takes over", 20)
    local other <close> = join(base)
    assert.same({ visits = 3, loads = 2, old = "new",
      deep = { a = 1, b = 2, mine = true } }, run(other, "return base.state"))
    other:close()
    peer:close()
    finish(base)
  end)
end)

describe("A user who is away when the new process comes", function()
  it("stays online, with its fields and channels, for its time", function()
    local base <close> = start "drain = 1, offline_after = 20,"
    local peer <close> = join(base, "bob")
    run(peer, [[connection.user:join("room:1", { at = "work" })
      connection.user:update { mood = "fine" } ]])
    peer:close()
    upgrade(base)
    local other <close> = join(base, "eve")
    assert.equal("fine", run(other, "return base.users.bob.mood"))
    assert.equal("The bob", run(other, "return base.users.bob.name"))
    local back <close> = client.connect { port = base.port,
      path = "/?user=bob" }
    local joined = back:receive_message()
    assert.same({ "$joined", "room:1" }, { joined[1], joined[4] })
    assert.same({ at = "work" }, joined[2].members.bob)
    receive(back, "authenticated")
    local _, onlines = base:log():gsub("online bob", "")
    assert.equal(1, onlines)
    back:close()
    other:close()
    finish(base)
  end)

  it("is offline in the new process when its time is over", function()
    local base <close> = start "drain = 1, offline_after = 2,"
    local peer <close> = join(base, "bob")
    peer:close()
    upgrade(base)
    base:wait_log("offline bob", 10)
    finish(base)
    local _, offlines = base:log():gsub("offline bob", "")
    assert.equal(1, offlines)
  end)

  it("is offline if it never moves", function()
    local base <close> = start "drain = 1, offline_after = 2,"
    local peer <close> = join(base, "bob")
    upgrade(base)
    receive(peer, "reconnect")
    peer:close()
    base:wait_log("offline bob", 20)
    finish(base)
    local _, onlines = base:log():gsub("online bob", "")
    assert.equal(1, onlines)
  end)
end)

describe("The history of a channel", function()
  it("goes on in the new process: messages, positions and epoch", function()
    local base <close> = start()
    local peer <close> = join(base)
    local before = enter(peer)
    for i = 1, 60 do assert.equal(i, say(peer, "old " .. i)) end
    peer:close()
    upgrade(base)
    local other <close> = join(base)
    local joined, position = enter(other, { last = 50 })
    assert.equal(60, position)
    assert.equal(before.epoch, joined.epoch)
    assert.equal(50, #joined.missed)
    assert.same({ "said", "old 11", 11 }, joined.missed[1])
    assert.same({ "said", "old 60", 60 }, joined.missed[50])
    assert.equal(61, say(other, "new"))
    other:close()
    finish(base)
  end)

  it("lets a client recover across the change", function()
    local base <close> = start()
    local peer <close> = join(base)
    local before = enter(peer)
    for i = 1, 5 do say(peer, i) end
    peer:close()
    upgrade(base)
    local other <close> = join(base)
    local joined = enter(other, { since = 3, epoch = before.epoch })
    assert.is_true(joined.recovered)
    assert.same({ { "said", 4, 4 }, { "said", 5, 5 } }, joined.missed)
    other:close()
    finish(base)
  end)
end)

-- A new process takes the place of the old one (SIGUSR2), and knows what that
-- knew: histories, base.state, users who were about to come back.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local upgrade = require "spec.support.upgrade"

local enter, join, receive = upgrade.enter, upgrade.join, upgrade.receive
local run, say = upgrade.run, upgrade.say

describe("base.state", function()
  it("is what it was in the new process, when base.lua loads", function()
    local base <close> = upgrade.start()
    do
      local peer <close> = join(base, "ada")
      run(peer, [[base.state.visits = 7; base.state.deep = { list = { 1, 2 },
        none = {}, text = "ö" }]])
    end
    upgrade.go(base)
    local peer <close> = join(base, "ada")
    local state = run(peer, "return base.state")
    assert.same({ visits = 7, loads = 2,
      deep = { list = { 1, 2 }, none = {}, text = "ö" } }, state)
    peer:close()
    upgrade.finish(base)
  end)

  it("goes over without what JSON has no form for, which is named", function()
    local base <close> = upgrade.start()
    local peer <close> = join(base, "ada")
    run(peer, [[
      local state = base.state
      state.kept, state.call = 1, print
      state.deep = { kept = 2, call = print, user = connection.user }
      state.scores = { [7] = 1, [9] = 2 }
      state.list = { 1, print }
      state.round = { kept = 3 }
      state.round.round = state.round]])
    peer:close()
    upgrade.go(base)
    local other <close> = join(base, "ada")
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
    upgrade.finish(base)
  end)

  it("takes along what changes while the new scripts load", function()
    local base <close> = upgrade.start()
    local peer <close> = join(base, "ada")
    run(peer, "base.state.old, base.state.deep = 'was', { a = 1, b = 1 }")
    files.write(base.dir .. "/base.lua", [[
      local base = require "base"
      base.state.deep.mine = true
      base.state.old = "new"
      local wait <close> = io.open "fifo"
      ]] .. upgrade.BASE_LUA:format "drain = 1,")
    files.run("mkfifo " .. files.quote(base.dir .. "/fifo"))
    base:signal "USR2"
    -- Whoever opens the other end waits until it is loading.
    local fifo <close> = io.open(base.dir .. "/fifo", "w")
    run(peer, "base.state.visits, base.state.deep.b = 3, 2")
    fifo:close()
    base:wait_log("is ready and takes over", 20)
    local other <close> = join(base, "ada")
    assert.same({ visits = 3, loads = 2, old = "new",
      deep = { a = 1, b = 2, mine = true } }, run(other, "return base.state"))
    other:close()
    peer:close()
    upgrade.finish(base)
  end)
end)

describe("A user who is away when the new process comes", function()
  it("stays online, with its fields and channels, for its time", function()
    local base <close> = upgrade.start "drain = 1, offline_after = 20,"
    local peer <close> = join(base, "bob")
    run(peer, [[connection.user:join("room:1", { at = "work" })
      connection.user:update { mood = "fine" } ]])
    peer:close()
    upgrade.go(base)
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
    upgrade.finish(base)
  end)

  it("is offline in the new process when its time is over", function()
    local base <close> = upgrade.start "drain = 1, offline_after = 2,"
    local peer <close> = join(base, "bob")
    peer:close()
    upgrade.go(base)
    base:wait_log("offline bob", 10)
    upgrade.finish(base)
    local _, offlines = base:log():gsub("offline bob", "")
    assert.equal(1, offlines)
  end)

  it("is offline if it never moves", function()
    local base <close> = upgrade.start "drain = 1, offline_after = 2,"
    local peer <close> = join(base, "bob")
    upgrade.go(base)
    receive(peer, "reconnect")
    peer:close()
    base:wait_log("offline bob", 20)
    upgrade.finish(base)
    local _, onlines = base:log():gsub("online bob", "")
    assert.equal(1, onlines)
  end)
end)

describe("The history of a channel", function()
  it("goes on in the new process: messages, positions and epoch", function()
    local base <close> = upgrade.start()
    local peer <close> = join(base, "ada")
    local before = enter(peer)
    for i = 1, 60 do assert.equal(i, say(peer, "old " .. i)) end
    peer:close()
    upgrade.go(base)
    local other <close> = join(base, "ada")
    local joined, position = enter(other, { last = 50 })
    assert.equal(60, position)
    assert.equal(before.epoch, joined.epoch)
    assert.equal(50, #joined.missed)
    assert.same({ "said", "old 11", 11 }, joined.missed[1])
    assert.same({ "said", "old 60", 60 }, joined.missed[50])
    assert.equal(61, say(other, "new"))
    other:close()
    upgrade.finish(base)
  end)

  it("lets a client recover across the change", function()
    local base <close> = upgrade.start()
    local peer <close> = join(base, "ada")
    local before = enter(peer)
    for i = 1, 5 do say(peer, i) end
    peer:close()
    upgrade.go(base)
    local other <close> = join(base, "ada")
    local joined = enter(other, { since = 3, epoch = before.epoch })
    assert.is_true(joined.recovered)
    assert.same({ { "said", 4, 4 }, { "said", 5, 5 } }, joined.missed)
    other:close()
    upgrade.finish(base)
  end)
end)

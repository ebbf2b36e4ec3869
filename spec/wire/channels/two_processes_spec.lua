-- While the clients move from an old process to the new one, a channel is one
-- channel: whoever is connected to either of the two.
local upgrade = require "spec.support.upgrade"
local wait = require "spec.support.wait"

local enter, join, receive = upgrade.enter, upgrade.join, upgrade.receive
local run, say = upgrade.run, upgrade.say

-- So long that nobody moves while a spec runs.
local LONG = "drain = 3000, "

-- Ada and a channel in the old process, Bob in the new one.
local function start(settings)
  local base = upgrade.start(LONG .. (settings or ""))
  local ada = join(base, "ada")
  local before = enter(ada)
  for i = 1, 3 do say(ada, "old " .. i) end
  upgrade.go(base)
  return base, ada, join(base, "bob"), before
end

local function finish(base, ...)
  for _, peer in ipairs { ... } do peer:close() end
  upgrade.finish(base, true)
end

describe("A channel with members in two processes", function()
  it("has one history, one epoch and one row of positions", function()
    local old, ada, bob, before = start()
    local base <close> = old
    local joined, position = enter(bob, { last = 10 })
    assert.equal(before.epoch, joined.epoch)
    assert.equal(3, position)
    assert.equal(3, #joined.missed)
    assert.equal(4, say(bob, "new 4"))
    local said
    repeat said = receive(ada, "said") until said[5] == 4
    assert.same({ "new 4", "room:1" }, { said[2], said[4] })
    assert.equal(5, say(ada, "old 5"))
    assert.equal(6, say(bob, "new 6"))
    ada:send_message("$history", {}, 3, "room:1")
    local kept = receive(ada, "$history")[2]
    assert.equal(before.epoch, kept.epoch)
    assert.equal(6, #kept.messages)
    assert.same({ "said", "old 5", 5 }, kept.messages[5])
    finish(base, ada, bob)
  end)

  it("gives each message to all, once, in the order of positions", function()
    local old, ada, bob = start()
    local base <close> = old
    enter(bob)
    for i = 1, 100 do
      local peer = i % 3 == 0 and ada or bob
      peer:send_message("said", i, nil, "room:1")
    end
    for _, peer in ipairs { ada, bob } do
      local said = {}
      repeat
        local message = receive(peer, "said")
        if message[5] > 3 then
          assert.equal(4 + #said, message[5])
          said[#said + 1] = message[2]
        end
      until #said == 100
      assert.is_nil((peer:receive_message(0.05)))
    end
    finish(base, ada, bob)
  end)

  it("tells who is there, and who comes and goes, in both", function()
    local old, ada, bob = start()
    local base <close> = old
    local joined = enter(bob)
    assert.same({ ada = {}, bob = {} }, joined.members)
    assert.equal(2, joined.count)
    assert.same({ came = { bob = {} }, count = 2 },
      receive(ada, "$members")[2])
    local who = "local users = {}; for id in pairs(base.channel'room:1'"
      .. ":members()) do users[id] = true end return users"
    for _, peer in ipairs { ada, bob } do
      assert.same({ ada = true, bob = true }, run(peer, who))
      assert.same({ 2, 2 },
        run(peer, "return { base.channel'room:1':count() }"))
    end
    ada:send_message("$leave", nil, 4, "room:1")
    assert.same({ went = { "ada" }, count = 1 }, receive(bob, "$members")[2])
    enter(ada)
    assert.same({ came = { ada = {} }, count = 2 },
      receive(bob, "$members")[2])
    bob:send_message("$leave", nil, 4, "room:1")
    local news
    repeat news = receive(ada, "$members")[2] until news.went
    assert.same({ went = { "bob" }, count = 1 }, news)
    finish(base, ada, bob)
  end)

  it("counts guests of both", function()
    local old, ada, bob = start()
    local base <close> = old
    assert.equal(2, enter(bob).count)
    local guest = join(base)
    assert.equal(3, enter(guest).count)
    repeat until receive(ada, "$members")[2].count == 3
    guest:close()
    repeat until receive(ada, "$members")[2].count == 2
    finish(base, ada, bob)
  end)

  it("does not lose a user who moves", function()
    local old, ada, bob = start()
    local base <close> = old
    enter(bob)
    ada:close(true)
    local again = join(base, "ada")
    assert.same({ ada = {}, bob = {} }, enter(again).members)
    say(again, "here again")
    repeat
      local message = bob:receive_message()
      if message[1] == "$members" then
        assert.is_nil(message[2].went)
        assert.equal(2, message[2].count)
      end
    until message[1] == "said"
    finish(base, again, bob)
    assert.equal(1, upgrade.count(base, "online ada"))
    assert.equal(0, upgrade.count(base, "offline ada"))
  end)

  it("is occupied and vacated once", function()
    local old, ada, bob = start()
    local base <close> = old
    enter(bob)
    ada:send_message("$leave", nil, 4, "room:1")
    receive(ada, "$left")
    enter(ada, nil, "room:2")
    base:wait_log("occupied room:2")
    enter(bob, nil, "room:2")
    bob:send_message("$leave", nil, 4, "room:1")
    base:wait_log("vacated room:1")
    for _, peer in ipairs { bob, ada } do
      assert.equal(0, upgrade.count(base, "vacated room:2"))
      peer:send_message("$leave", nil, 5, "room:2")
      receive(peer, "$left")
    end
    base:wait_log("vacated room:2")
    for _, what in ipairs { "occupied room:1", "vacated room:1",
        "occupied room:2", "vacated room:2" } do
      assert.equal(1, upgrade.count(base, what), what)
    end
    finish(base, ada, bob)
  end)

  it("needs no history and no presence", function()
    local old, ada, bob = start()
    local base <close> = old
    for _, peer in ipairs { ada, bob } do enter(peer, nil, "quiet") end
    assert.is_nil(say(ada, "from old", "quiet"))
    assert.equal("from old", receive(bob, "said")[2])
    assert.is_nil(say(bob, "from new", "quiet"))
    repeat until receive(ada, "said")[2] == "from new"
    assert.same({ 2, 2 }, run(bob, "return { base.channel'quiet':count() }"))
    assert.same({ 2, 2 }, run(ada, "return { base.channel'quiet':count() }"))
    finish(base, ada, bob)
  end)

  it("leaves out whom the sender excepts, in either", function()
    local old, ada, bob = start()
    local base <close> = old
    enter(bob)
    local code = [[return base.channel "room:1":send("said", "%s",
      { except = connection })]]
    assert.equal(4, run(ada, code:format "by ada"))
    assert.equal("by ada", receive(bob, "said")[2])
    assert.equal(5, run(bob, code:format "by bob"))
    assert.equal("by bob", receive(ada, "said")[2])
    finish(base, ada, bob)
  end)
end)

describe("When the new process dies", function()
  it("channel messages of the old one fail with `cluster`", function()
    local old, ada, bob = start()
    local base <close> = old
    enter(bob)
    os.execute("kill -KILL " .. upgrade.successor(base))
    base:wait_log "channels are not shared with the new process"
    ada:send_message("said", "hi", 7, "room:1")
    local message = receive(ada, "error")
    assert.same({ "cluster", 7, "room:1" },
      { message[2].code, message[3], message[4] })
    bob:close()
    ada:close()
    base:stop()
  end)

  it("before it serves, nothing has changed", function()
    local base <close> = upgrade.start(LONG)
    local ada <close> = join(base, "ada")
    enter(ada)
    say(ada, 1)
    local id
    base:signal "USR2"
    wait.for_(20, "the new process", function()
      id = upgrade.successor(base)
      return id
    end)
    os.execute("kill -KILL " .. id)
    base:wait_log("continues as before", 20)
    assert.equal(2, say(ada, 2))
    ada:close()
    base:stop()
  end)
end)

describe("When the old process dies", function()
  it("its users are gone after offline_after", function()
    local old, ada, bob = start "offline_after = 2, "
    local base <close> = old
    enter(bob)
    base:signal "KILL"
    assert.same({ went = { "ada" }, count = 1 }, receive(bob, "$members")[2])
    assert.equal(4, say(bob, "alone"))
    base:wait_log("offline ada", 10)
    assert.equal(0, upgrade.count(base, "vacated"))
    bob:close()
    ada:close()
    local id = upgrade.successor(base)
    os.execute("kill -TERM " .. id)
    upgrade.wait_gone(id)
    assert.is_nil(base:log():find "Sanitizer")
    base:wait_end(137)
  end)
end)

describe("A third process, while the first still drains", function()
  it("takes over from the second; the first is cut off", function()
    local old, ada, bob = start()
    local base <close> = old
    enter(bob)
    say(bob, "by the second")
    local second = upgrade.successor(base)
    os.execute("kill -USR2 " .. second)
    base:wait_log("is ready and takes over", 20, 2)
    base:wait_log "channels are not shared with the new process"
    local eve = join(base, "eve")
    local _, position = enter(eve)
    assert.equal(4, position)
    assert.equal(5, say(bob, "from the second"))
    assert.equal("from the second", receive(eve, "said")[2])
    ada:send_message("said", "hi", 7, "room:1")
    assert.equal("cluster", receive(ada, "error")[2].code)
    ada:close()
    local again = join(base, "ada")
    local members = enter(again).members
    assert.same({ {}, {}, {} }, { members.ada, members.bob, members.eve })
    for _, peer in ipairs { bob, eve, again } do peer:close() end
    local third = upgrade.successor(base)
    base:signal "TERM"
    for _, id in ipairs { second, third } do
      os.execute("kill -TERM " .. id)
      upgrade.wait_gone(id)
    end
    base:wait_end(0)
  end)
end)

-- A bus whose answers are late, moved by hand: what happens meanwhile.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local driver, go_on = world.driver, channels.go_on
local null, seen = world.null, world.seen

local ROOM = "send = true, presence = true, history = { size = 9 },"
  .. "occupied = function() table.insert(seen, 'occupied') end,"
  .. "vacated = function() table.insert(seen, 'vacated') end,"

local function said(body, position)
  return { "said", body, null, "room", position }
end

-- What a client was sent, while the bus stands still.
local function heard(who)
  return who.client:heard()
end

-- Does all that waits but reads.
local function tell_events()
  local place = 1
  while driver.bus_waiting()[place] do
    if driver.bus_waiting()[place]:find "^read" then
      place = place + 1
    else
      driver.bus_do(place)
    end
  end
end

local function publish(body)
  base.after(0.001, function() base.channel "room":send("said", body) end)
  driver.advance(0.001)
end

describe("a join whose answer is late", function()
  local ada, bob

  before_each(function()
    driver.bus "by hand"
    channels.project { room = ROOM }
    ada, bob = channels.user "ada", channels.user "bob"
    bob:say { "$join", null, 1, "room" }
    channels.go_on "subscribed room"
    channels.go_on "came room"
    channels.go_on "read room"
    heard(bob)
  end)

  after_each(function()
    driver.bus "late"
    world.reset()
    driver.bus "memory"
  end)

  it("is a member for the others at once, and told nothing yet", function()
    ada:say { "$join", null, 1, "room" }
    tell_events()
    assert.same({ { "$members", { came = { ada = {} }, count = 2 }, null,
      "room" } }, heard(bob))
    assert.same({}, heard(ada))
    assert.same({ "room" }, ada.connection.channels)
    go_on "read room"
    local list = heard(ada)
    assert.equal(1, #list)
    assert.same({ ada = {}, bob = {} }, list[1][2].members)
  end)

  for _, order in ipairs { "before", "after" } do
    it(("has each message once where it was read %s it was said"):format(order),
      function()
        publish(1)
        go_on "publish room"
        heard(bob)
        ada:say { "$join", { last = 9 }, 1, "room" }
        publish(2)
        if order == "after" then go_on "publish room" end
        tell_events()
        go_on("read room", false)
        publish(3)
        tell_events() -- the answer of the read is among it
        local list = heard(ada)
        assert.equal("$joined", list[1][1])
        local positions = {}
        for _, missed in ipairs(list[1][2].missed) do
          positions[#positions + 1] = missed[3]
        end
        for i = 2, #list do
          if list[i][1] == "said" then
            positions[#positions + 1] = list[i][5]
          end
        end
        assert.same({ 1, 2, 3 }, positions)
        assert.same({ said(2, 2), said(3, 3) }, { table.unpack((function()
          local all = {}
          for _, message in ipairs(heard(bob)) do
            if message[1] == "said" then all[#all + 1] = message end
          end
          return all
        end)()) })
      end)
  end

  it("keeps what has no position behind $joined", function()
    ada:say { "$join", null, 1, "room" }
    base.after(0.001, function()
      base.channel "room":send("typing", 1, { keep = false })
    end)
    driver.advance(0.001)
    go_on "publish room"
    assert.same({}, heard(ada))
    go_on "came room"
    go_on "read room"
    local list = heard(ada)
    assert.equal("$joined", list[1][1])
    assert.same({ "typing", 1, null, "room" }, list[2])
  end)

  it("ends with the connection", function()
    ada:say { "$join", null, 1, "room" }
    publish(1)
    go_on "publish room"
    ada:leave()
    tell_events()
    go_on "read room"
    driver.advance(5)
    tell_events()
    base.after(0.001, function()
      seen.members = base.channel "room":members()
    end)
    driver.advance(0.001)
    tell_events()
    assert.same({ bob = {} }, seen.members)
    assert.not_matches("error", world.log())
  end)

  it("is refused where a script has put it out meanwhile", function()
    ada:say { "$join", null, 1, "room" }
    base.channel "room":leave(ada.connection, "out")
    assert.same({ { "$left", { reason = "out" }, null, "room" } }, heard(ada))
    tell_events()
    go_on "read room"
    local list = heard(ada)
    assert.equal(1, #list)
    assert.same({ "error", "forbidden", 1, "room" },
      { list[1][1], list[1][2].code, list[1][3], list[1][4] })
    publish(1)
    go_on "publish room"
    assert.same({}, heard(ada))
  end)

  it("is told timeout after ten seconds, and is then out", function()
    ada:say { "$join", null, 1, "room" }
    tell_events()
    heard(bob)
    driver.advance(9.9)
    assert.same({}, heard(ada))
    driver.advance(0.1)
    local list = heard(ada)
    assert.same({ "error", "timeout", 1, "room" },
      { list[1][1], list[1][2].code, list[1][3], list[1][4] })
    publish(1)
    go_on "publish room"
    go_on "read room"
    tell_events()
    assert.same({}, heard(ada))
    assert.same({}, ada.connection.channels)
    assert.same({ said(1, 1), { "$members", { went = { "ada" }, count = 1 },
      null, "room" } }, heard(bob))
  end)

  it("is refused while another join of the channel waits", function()
    base.channel "room":join(ada.connection)
    ada:say { "$join", null, 1, "room" }
    local list = heard(ada)
    assert.same({ "error", "busy", 1, "room" },
      { list[1][1], list[1][2].code, list[1][3], list[1][4] })
    tell_events()
    go_on "read room"
    assert.same({ "$joined" }, { heard(ada)[1][1] })
    assert.same({ "room" }, ada.connection.channels)
  end)

  it("of a member goes on with what came meanwhile", function()
    publish(1)
    go_on "publish room"
    heard(bob)
    bob:say { "$join", { since = 0, epoch = "x" }, 2, "room" }
    publish(2)
    go_on "publish room"
    assert.same({}, heard(bob))
    go_on "read room"
    local list = heard(bob)
    assert.same({ "$joined", 2 }, { list[1][1], list[1][5] })
    assert.equal(1, #list)
    bob:say { "$join", null, 3, "room" }
    go_on("read room", false)
    publish(3)
    go_on "publish room"
    go_on "answer room"
    list = heard(bob)
    assert.same({ "$joined", 2 }, { list[1][1], list[1][5] })
    assert.same(said(3, 3), list[2])
  end)

  it("of a member that fails goes on with what came meanwhile", function()
    driver.bus_fail "cluster"
    bob:say { "$join", null, 2, "room" }
    go_on("read room", false)
    driver.bus_fail()
    publish(1)
    go_on "publish room"
    ada:say { "$join", null, 1, "room" }
    go_on "came room"
    assert.same({}, heard(bob))
    go_on "answer room"
    local list = heard(bob)
    assert.same(said(1, 1), list[1])
    assert.same({ "error", "cluster" }, { list[2][1], list[2][2].code })
    assert.same({ ada = {}, bob = {} }, list[3][2].members)
    assert.same({ "room" }, bob.connection.channels)
  end)

  it("ends where too much comes meanwhile", function()
    bob:say { "$join", null, 2, "room" }
    ada:say { "$join", null, 2, "room" }
    base.after(0.001, function()
      for i = 1, 20 do
        base.spawn(function()
          base.channel "room":send("said", ("x"):rep(60000) .. i)
        end)
      end
    end)
    driver.advance(0.001)
    tell_events()
    go_on "read room"
    go_on "read room"
    for _, client in ipairs { ada, bob } do
      local list = heard(client)
      local last = list[#list]
      assert.same({ "error", "busy", 2 }, { last[1], last[2].code, last[3] })
      assert.same({}, client.connection.channels)
      for i = 1, #list - 1 do assert.not_equal("said", list[i][1]) end
    end
  end)

  it("ends where no coroutine may wait", function()
    world.file("base.lua", channels.settings({ room = ROOM },
      "limits = { coroutines = 1 },"))
    assert.is_true(world.reload())
    base.after(0.001, function() base.sleep(100) end)
    driver.advance(0.001)
    heard(ada)
    ada:say { "$join", null, 1, "room" }
    local list = heard(ada)
    assert.same({ "error", "busy", 1 },
      { list[1][1], list[1][2].code, list[1][3] })
    tell_events()
    go_on "read room"
    assert.same({}, heard(ada))
    assert.same({}, ada.connection.channels)
  end)

  it("is over when the server ends", function()
    ada:say { "$join", null, 1, "room" }
    publish(1)
    driver.bus "by hand" -- closes the one before
    local list = heard(ada)
    assert.same({}, ada.connection.channels)
    assert.same({}, list)
  end)

  it("tells occupied and vacated once each, however late", function()
    bob:say { "$leave", null, 2, "room" }
    ada:say { "$join", null, 1, "room" }
    ada:say { "$leave", null, 2, "room" } -- waits behind the join
    heard(bob)
    tell_events()
    go_on "read room"
    tell_events()
    heard(bob)
    tell_events()
    heard(bob)
    assert.same({ "occupied", "vacated" }, { table.unpack(seen) })
    assert.same({}, base.channels())
  end)
end)

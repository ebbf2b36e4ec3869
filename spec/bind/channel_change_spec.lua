-- Channels over a reload with other rules, and over a bus that fails. Each
-- story over each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, run = world.null, channels.run

local function said(body, position)
  return { "said", body, null, "room", position }
end

local function stories(kind)
  describe("a reload", function()
    it("throws nobody out, and counts for new joins and sends", function()
      channels.project { room = "send = true" }
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room"
      world.file("base.lua", channels.settings {
        room = "join = function() return false end" })
      assert.is_true(world.reload())
      assert.same({ "room" }, ada.connection.channels)
      assert.equal("forbidden", (bob:refused("$join", nil, "room")))
      assert.equal("forbidden", (ada:refused("said", 1, "room")))
      run(function() base.channel "room":send("said", 2) end)
      assert.same({ said(2) }, ada:heard())
      world.file("base.lua", channels.settings {})
      assert.is_true(world.reload())
      run(function() base.channel "room":send("said", 3) end)
      assert.same({ said(3) }, ada:heard())
      assert.equal("forbidden", (ada:refused("$join", nil, "room")))
    end)

    it("gives and takes presence and history", function()
      channels.project { room = "send = true" }
      local ada = channels.user "ada"
      ada:join "room"
      world.file("base.lua", channels.settings {
        room = "send = true, presence = true, history = { size = 2 }" })
      world.reload()
      local members = {}
      for i, message in ipairs(ada:heard()) do
        local body = message[2]
        if i == 1 then assert.is_true(body.listed) end
        members = body.members or body.came
      end
      assert.same({ ada = {} }, members)
      assert.equal(1, ada:ask("said", 1, "room")[2].position)
      local epoch = ada:join("room").epoch
      assert.is_string(epoch)
      world.file("base.lua", channels.settings { room = "send = true" })
      world.reload()
      assert.same({ "$sent", {}, 4, "room" }, ada:ask("said", 2, "room"))
      assert.same({}, (ada:join "room"))
      world.file("base.lua", channels.settings {
        room = "send = true, history = { size = 2 }" })
      world.reload()
      assert.equal(1, ada:ask("said", 3, "room")[2].position)
      assert.not_equal(epoch, ada:join("room").epoch)
    end)
  end)

  if kind == "memory" then return end

  describe("a bus that fails", function()
    after_each(function() world.driver.bus_fail() end)

    it("is told to clients and scripts as cluster", function()
      channels.project { room = "send = true, history = { size = 2 }" }
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room"
      world.driver.bus_fail "cluster"
      assert.equal("cluster", (ada:refused("said", 1, "room")))
      assert.equal("cluster", (ada:refused("$history", nil, "room")))
      assert.equal("cluster", (bob:refused("$join", nil, "room")))
      assert.same({}, bob.connection.channels)
      local room = base.channel "room"
      for _, name in ipairs { "send", "history", "members", "count",
          "clear" } do
        assert.same({ nil, "cluster" }, { run(function()
          return room[name](room, name == "send" and "x" or nil)
        end) })
      end
      world.driver.bus_fail()
      assert.equal(1, ada:ask("said", 1, "room")[2].position)
      bob:join "room"
    end)

    it("leaves in whom it was in before, and whom a script lets in", function()
      channels.project { room = "send = true, history = { size = 2 }" }
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room"
      world.driver.bus_fail "cluster"
      assert.equal("cluster", (ada:refused("$join", nil, "room")))
      run(function() base.channel "room":join(bob.connection) end)
      assert.same({ { "$joined", {}, null, "room" } }, bob:heard())
      world.driver.bus_fail()
      ada:say { "said", 1, null, "room" }
      assert.same({ said(1, 1) }, ada:heard())
      assert.same({ said(1, 1) }, bob:heard())
    end)
  end)
end

for _, bus in ipairs(channels.buses) do
  describe(bus.name, function()
    before_each(bus.use)
    after_each(bus.leave)
    stories(bus.kind)
  end)
end

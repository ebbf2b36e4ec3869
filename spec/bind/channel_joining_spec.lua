-- Joining and leaving channels. Each story over each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, seen, run = world.null, world.seen, channels.run

local OPEN = { ["room:*"] = "send = true" }

local function stories()
  describe("joining", function()
    it("is answered with $joined, once for each connection", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      assert.same({ "$joined", {}, 1, "room:1" },
        ada:ask("$join", nil, "room:1"))
      assert.same({ "room:1" }, ada.connection.channels)
      assert.same({}, channels.user "ada".connection.channels)
    end)

    it("without an id is told all the same", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      ada:say { "$join", null, null, "room:1" }
      assert.same({ { "$joined", {}, null, "room:1" } }, ada:heard())
    end)

    it("twice is answered twice, and makes nobody a member twice", function()
      channels.project { ["room:*"] = "send = true, presence = true" }
      local ada = channels.user "ada"
      ada:join "room:1"
      local body = ada:join "room:1"
      assert.same({ members = { ada = {} }, count = 1 }, body)
      ada:say { "said", "hi", null, "room:1" }
      assert.same({ { "said", "hi", null, "room:1" } }, ada:told())
      assert.same({ 1, 1 }, { run(function()
        return base.channel "room:1":count()
      end) })
      assert.same({ "$left", null, 3, "room:1" },
        ada:ask("$leave", nil, "room:1"))
      assert.same({}, ada.connection.channels)
    end)

    it("ends at limits.channels", function()
      channels.project(OPEN, "limits = { channels = 2 },")
      local ada = channels.user "ada"
      ada:join "room:1"
      ada:join "room:2"
      assert.equal("limit", (ada:refused("$join", nil, "room:3")))
      ada:join "room:2"
      assert.same({ nil, "limit" }, { run(function()
        return base.channel "room:3":join(ada.connection)
      end) })
      assert.matches("limits.channels", world.log())
      ada:ask("$leave", nil, "room:1")
      ada:join "room:3"
    end)

    it("takes a body with since, epoch and last, or tells what is wrong",
      function()
        channels.project(OPEN)
        local ada = channels.user "ada"
        for _, body in ipairs { 1, "x", { 1 }, { since = 1 }, { since = -1,
            epoch = "a" }, { since = "1", epoch = "a" },
            { since = 1, epoch = 2 },
            { last = -1 }, { last = 1.5 }, { last = "1" }, true,
            { last = { } } } do
          local code, why = ada:refused("$join", body, "room:1")
          assert.equal("invalid", code)
          assert.is_string(why.message)
          assert.same({}, ada.connection.channels)
        end
        ada:join("room:1", { since = null, epoch = null, last = null,
          body = null, other = 1 })
      end)

    it("tells a channel without history nothing was recovered", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      assert.same({ recovered = false, missed = {} },
        (ada:join("room:1", { since = 0, epoch = "x" })))
      assert.same({ missed = {} }, (ada:join("room:1", { last = 5 })))
    end)
  end)

  describe("leaving", function()
    it("is answered with $left, even by one who was not there", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      assert.same({ "$left", null, 1, "room:1" },
        ada:ask("$leave", nil, "room:1"))
      ada:join "room:1"
      ada:say { "$leave", null, null, "room:1" }
      assert.same({}, ada:heard())
      assert.same({}, ada.connection.channels)
      assert.equal("forbidden", (ada:refused("said", "hi", "room:1")))
    end)

    it("by a script is told with its reason", function()
      channels.project(OPEN)
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room:1"
      bob:join "room:1"
      local room = base.channel "room:1"
      assert.is_true(run(function()
        return room:leave(ada.connection, "be quiet")
      end))
      assert.same({ { "$left", { reason = "be quiet" }, null, "room:1" } },
        ada:heard())
      run(function() return room:leave(bob.connection) end)
      assert.same({ { "$left", null, null, "room:1" } }, bob:heard())
      assert.is_true(run(function() return room:leave(bob.connection) end))
      assert.same({}, bob:heard())
    end)
  end)

  describe("channel:join", function()
    it("lets in whatever the rules say, and the client is told", function()
      channels.project { ["room:*"] = "join = function() return false end" }
      local ada = channels.user "ada"
      assert.equal("forbidden", (ada:refused("$join", nil, "room:1")))
      for _, name in ipairs { "room:1", "without a rule" } do
        assert.is_true(run(function()
          return base.channel(name):join(ada.connection)
        end))
        assert.same({ { "$joined", {}, null, name } }, ada:heard())
        run(function() base.channel(name):send("said", 1) end)
        assert.same({ { "said", 1, null, name } }, ada:heard())
      end
      assert.equal("forbidden", (ada:refused("said", 1, "without a rule")))
    end)

    it("answers closed for a connection that is gone", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      ada:leave()
      local room = base.channel "room:1"
      assert.same({ nil, "closed" }, { room:join(ada.connection) })
      assert.same({ nil, "closed" }, { room:leave(ada.connection) })
    end)
  end)

  describe("connection.channels", function()
    it("is a new list of names each time, and stays after the end", function()
      channels.project(OPEN, [[on = { disconnect = function(connection)
        seen.channels = connection.channels
      end },]])
      local ada = channels.user "ada"
      assert.same({}, ada.connection.channels)
      ada:join "room:1"
      ada:join "room:2"
      local list = ada.connection.channels
      table.sort(list)
      assert.same({ "room:1", "room:2" }, list)
      list[1] = nil
      assert.equal(2, #ada.connection.channels)
      ada:leave()
      assert.equal(2, #seen.channels)
      assert.equal(2, #ada.connection.channels)
      local guest = channels.guest()
      guest:leave()
      assert.same({}, guest.connection.channels)
      assert.has_error(function() ada.connection.channels = {} end)
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

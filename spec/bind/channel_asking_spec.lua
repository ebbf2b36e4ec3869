-- A rule's function `join`: what it is given, what it returns, and what happens
-- while it waits or when it raises. Each story over each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, seen, run = world.null, world.seen, channels.run

-- Joins when `seen.go` is set, with `seen.info` as the info.
local SLOW = [[presence = true, send = true, history = { size = 9 },
  join = function(connection, channel)
    repeat base.sleep(1) until seen.go
    return true, seen.info
  end]]

local function stories()
  describe("a rule's join", function()
    it("is given the connection, the channel and the body", function()
      channels.project { room = [[join = function(...)
        seen.given = table.pack(...)
        return true
      end]] }
      local ada = channels.user "ada"
      ada:join("room", { body = { a = 1 }, last = 1 })
      assert.equal(ada.connection, seen.given[1])
      assert.equal(base.channel "room", seen.given[2])
      assert.same({ a = 1 }, seen.given[3])
      ada:join "room"
      assert.is_nil(seen.given[3])
      assert.equal(3, seen.given.n)
    end)

    for returned, code in pairs { ["false"] = "forbidden",
      ["nil"] = "forbidden", [""] = "forbidden",
      ["false, { a = 1 }"] = "forbidden",
      ["true, 7"] = "failed", ["true, 'ada'"] = "failed",
      ["true, { 1, 2 }"] = "failed", ["true, { f = print }"] = "failed",
      ["true, { x = ('x'):rep(4096) }"] = "failed",
      ["true, { x = 0/0 }"] = "failed" } do
      it(("that returns %s lets nobody in: %s"):format(returned, code),
        function()
          channels.project { room = ("presence = true, join = function() "
            .. "return %s end"):format(returned) }
          local ada = channels.user "ada"
          assert.equal(code, (ada:refused("$join", nil, "room")))
          assert.same({}, ada.connection.channels)
          assert.same({}, base.channels())
          if code == "failed" then assert.matches("error", world.log()) end
        end)
    end

    it("may give an info of exactly 4 KiB", function()
      channels.project { room = "presence = true, join = function() "
        .. "return true, { x = ('x'):rep(4096 - 8) } end" }
      local ada = channels.user "ada"
      assert.equal(4088, #ada:join("room").members.ada.x)
    end)

    it("that raises is answered with failed, in id and channel", function()
      channels.project { room = "join = function() error 'oops' end" }
      local ada = channels.user "ada"
      local answer = ada:ask("$join", nil, "room")
      assert.same({ "error", 1, "room" }, { answer[1], answer[3], answer[4] })
      assert.equal("failed", answer[2].code)
      assert.is_string(answer[2].ref)
      assert.matches("oops", world.log())
      assert.same({}, ada.connection.channels)
    end)

    it("that raises a code tells it, with message and data", function()
      channels.project { room = [[join = function()
        error { code = "full", message = "come later", data = { n = 3 } }
      end]] }
      local ada = channels.user "ada"
      local full = { code = "full", message = "come later", data = { n = 3 } }
      assert.same({ "error", full, 1, "room" },
        ada:ask("$join", nil, "room"))
      assert.not_matches("error", world.log())
    end)

    it("is not asked about guests, unless the channel is public", function()
      channels.project { room = "join = function() seen.asked = true end",
        news = "public = true, join = function(connection) "
          .. "return connection.user == nil end" }
      local guest = channels.guest()
      assert.equal("forbidden", (guest:refused("$join", nil, "room")))
      assert.is_nil(seen.asked)
      guest:join "news"
      assert.equal("forbidden", (channels.user "ada":refused("$join", nil,
        "news")))
    end)

    it("may wait: what is said meanwhile comes behind $joined, once", function()
      channels.project { room = SLOW }
      local ada, bob = channels.user "ada", channels.user "bob"
      seen.go = true
      bob:say { "$join", null, 1, "room" }
      world.advance(1.1)
      bob:heard()
      seen.go = false
      ada:say { "$join", { last = 9 }, 1, "room" }
      world.advance(2)
      for i = 1, 3 do
        bob:say { "said", i, null, "room" }
        channels.settle()
      end
      assert.same({}, ada:heard())
      seen.go = true
      world.advance(1)
      bob:say { "said", 4, null, "room" }
      local heard = ada:told()
      assert.equal("$joined", heard[1][1])
      local all = heard[1][2].missed
      for i = 2, #heard do
        all[#all + 1] = { heard[i][1], heard[i][2], heard[i][5] }
      end
      assert.same({ { "said", 1, 1 }, { "said", 2, 2 }, { "said", 3, 3 },
        { "said", 4, 4 } }, all)
    end)

    it("holds up the client's other messages, and nobody else", function()
      channels.project { room = SLOW, other = "send = true" }
      local ada, bob = channels.user "ada", channels.user "bob"
      bob:join "other"
      ada:say { "$join", null, 1, "room" }
      ada:say { "said", "hi", 2, "room" }
      ada:say { "$leave", null, 3, "room" }
      assert.equal("$sent", bob:ask("said", "hi", "other")[1])
      assert.same({}, ada:heard())
      seen.go = true
      world.advance(1)
      local heard = ada:told()
      assert.same({ "$joined", "said", "$sent", "$left" },
        { heard[1][1], heard[2][1], heard[3][1], heard[4][1] })
      assert.equal(4, #heard)
    end)

    it("may wait while the connection goes: it is not in afterwards", function()
      channels.project { room = SLOW }
      local ada = channels.user "ada"
      ada:say { "$join", null, 1, "room" }
      world.advance(1)
      ada:leave()
      seen.go = true
      world.advance(2)
      channels.settle()
      assert.same({}, base.channels())
      assert.same({}, ada.connection.channels)
      assert.not_matches("error", world.log())
    end)

    it("may wait while the user changes: it answered for the other", function()
      channels.project({ room = SLOW }, nil, { ["actions/none.lua"] = "return "
        .. "function() end" })
      local ada = channels.user "ada"
      ada:say { "$join", null, 1, "room" }
      run(function() ada.connection:register { id = "eve" } end)
      seen.go = true
      world.advance(1)
      local heard = ada:told()
      assert.equal("authenticated", heard[1][1])
      assert.same({ "error", "forbidden" }, { heard[2][1], heard[2][2].code })
      assert.same({}, ada.connection.channels)
    end)

    it("may wait beyond action_time, and is answered with timeout", function()
      channels.project({ room = SLOW }, "limits = { action_time = 3 },")
      local ada = channels.user "ada"
      ada:say { "$join", null, 1, "room" }
      world.advance(3.5)
      assert.same({ "error", "timeout", 1, "room" }, (function(answer)
        return { answer[1], answer[2].code, answer[3], answer[4] }
      end)(ada:answer(1)))
      seen.go = true
      world.advance(2)
      assert.same({}, ada:heard())
      assert.same({}, ada.connection.channels)
    end)

    it("may wait while two tabs join: one member, each told once", function()
      channels.project { room = SLOW }
      local ada, tab = channels.user "ada", channels.user "ada"
      local bob = channels.user "bob"
      seen.go = true
      bob:say { "$join", null, 1, "room" }
      world.advance(1)
      bob:heard()
      seen.info = { name = "Ada" }
      ada:say { "$join", null, 1, "room" }
      tab:say { "$join", null, 1, "room" }
      world.advance(1)
      for _, each in ipairs { ada, tab } do
        assert.same({ "$joined", { members = { ada = { name = "Ada" },
          bob = {} }, count = 2, epoch = each:answer(1)[2].epoch }, 1, "room",
          0 }, (function()
            each:say { "$join", null, 1, "room" }
            world.advance(1)
            return each:answer(1)
          end)())
      end
      local came = 0
      for _, message in ipairs(bob:heard()) do
        came = came + 1
        assert.same({ "$members", { came = { ada = { name = "Ada" } },
          count = 2 }, null, "room" }, message)
      end
      assert.equal(1, came)
    end)

    it("goes on with the code that it began with", function()
      channels.project { room = SLOW }
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:say { "$join", null, 1, "room" }
      world.file("base.lua", channels.settings {
        room = "join = function() return false end" })
      assert.is_true(world.reload())
      assert.equal("forbidden", (bob:refused("$join", nil, "room")))
      seen.go = true
      world.advance(1)
      assert.same({ "$joined", {}, 1, "room" }, ada:answer(1))
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

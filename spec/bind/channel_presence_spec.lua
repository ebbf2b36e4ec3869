-- Who is in a channel, and what its members are told of it. Each story over
-- each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, run = world.null, channels.run

-- The info is what the body of the join says.
local LISTED = [[presence = true, public = true, send = true,
  join = function(_, _, body) return true, body end]]

local function members(change, channel)
  return { "$members", change, null, channel or "room" }
end

-- Has a client join, without looking at what else comes.
local function join(client, info)
  return client:join("room", { body = info })
end

local function stories(kind)
  describe("presence = true", function()
    local ada, bob

    before_each(function()
      channels.project { room = LISTED }
      ada, bob = channels.user "ada", channels.user "bob"
      join(bob, { n = 1 })
      bob:heard()
    end)

    it("lists the members in $joined, oneself among them", function()
      local body = join(ada, { n = 2 })
      assert.same({ members = { ada = { n = 2 }, bob = { n = 1 } }, count = 2 },
        body)
    end)

    it("tells who came and went, and nobody else of the same name", function()
      join(ada, { n = 2 })
      assert.same({ members { came = { ada = { n = 2 } }, count = 2 } },
        bob:heard())
      local tab = channels.user "ada"
      join(tab, { n = 2 })
      assert.same({}, bob:heard())
      ada:ask("$leave", nil, "room")
      tab:leave()
      world.advance(4)
      assert.same({}, bob:heard())
      tab = channels.user "ada" -- back in time
      join(tab, { n = 2 })
      world.advance(10)
      assert.same({}, bob:heard())
      tab:leave()
      world.advance(4.9)
      assert.same({}, bob:heard())
      world.advance(0.2)
      assert.same({ members { went = { "ada" }, count = 1 } }, bob:heard())
    end)

    it("has no grace for who leaves", function()
      join(ada)
      bob:heard()
      ada:ask("$leave", nil, "room")
      assert.same({ members { went = { "ada" }, count = 1 } }, bob:heard())
    end)

    it("has no grace for whom a script puts out", function()
      join(ada)
      bob:heard()
      run(function() base.channel "room":leave(ada.connection) end)
      assert.same({ members { went = { "ada" }, count = 1 } }, bob:heard())
    end)

    it("ends for who comes back and does not join again", function()
      join(ada)
      bob:heard()
      ada:leave()
      world.advance(1)
      channels.user "ada"
      world.advance(4.1)
      assert.same({ members { went = { "ada" }, count = 1 } }, bob:heard())
    end)

    it("tells another info, and the same one not", function()
      join(ada, { n = 2 })
      bob:heard()
      join(ada, { n = 2 })
      assert.same({}, bob:heard())
      join(ada, { n = 3 })
      assert.same({ members { came = { ada = { n = 3 } }, count = 2 } },
        bob:heard())
      join(ada)
      assert.same({ members { came = { ada = {} }, count = 2 } }, bob:heard())
    end)

    it("counts guests, and lists them not", function()
      local guest = channels.guest()
      local body = join(guest, { n = 9 })
      assert.same({ members = { bob = { n = 1 } }, count = 2 }, body)
      assert.same({ members { count = 2 } }, bob:heard())
      assert.same({ bob = { n = 1 } }, run(function()
        return base.channel "room":members()
      end))
      assert.same({ 1, 2 }, { run(function()
        return base.channel "room":count()
      end) })
      guest:leave()
      assert.same({ members { count = 1 } }, bob:heard())
    end)

    it("makes a member of a guest that logs in", function()
      local guest = channels.guest()
      join(guest, { n = 9 })
      bob:heard()
      run(function() guest.connection:register { id = "eve" } end)
      assert.same({ "room" }, guest.connection.channels)
      local told = bob:heard() -- a late bus lets the guest go first
      assert.same(members { came = { eve = {} }, count = 2 }, told[#told])
      assert.equal("$sent", guest:ask("said", 1, "room")[1])
    end)

    it("keeps the info of a user as whom a guest logs in", function()
      join(ada, { n = 2 })
      local guest = channels.guest()
      join(guest)
      bob:heard()
      run(function() guest.connection:register { id = "ada" } end)
      local told = bob:heard()
      assert.same(members { count = 2 }, told[#told])
      assert.same({ n = 2 }, run(function()
        return base.channel "room":members()
      end).ada)
      ada:leave()
      world.advance(10)
      assert.same({}, bob:heard())
    end)

    it("puts out who registers as another user, and tells it", function()
      join(ada)
      bob:heard()
      run(function() ada.connection:register { id = "eve" } end)
      assert.same({ { "$left", { reason = "registered as another user" }, null,
        "room" }, { "authenticated", { id = "eve" } } }, ada:told())
      assert.same({}, ada.connection.channels)
      assert.same({ members { went = { "ada" }, count = 1 } }, bob:heard())
      assert.equal("forbidden", (ada:refused("$history", nil, "room")))
    end)

    it("stays for who registers as the same user again", function()
      join(ada, { n = 2 })
      bob:heard()
      run(function() ada.connection:register { id = "ada", x = 1 } end)
      assert.same({ { "authenticated", { id = "ada" } } }, ada:told())
      assert.same({ "room" }, ada.connection.channels)
      assert.same({}, bob:heard())
    end)

    it("tells one who joins what changes before the turn ends", function()
      local eve = channels.user "eve"
      run(function()
        local room = base.channel "room"
        room:join(ada.connection, { n = 2 })
        room:join(eve.connection)
        room:leave(ada.connection)
      end)
      channels.settle()
      local state = {}
      for _, message in ipairs(eve:heard()) do
        local body = message[2]
        if message[1] == "$joined" then state = body end
        for id, info in pairs(body.came or {}) do state.members[id] = info end
        for _, id in ipairs(body.went or {}) do state.members[id] = nil end
        state.count = body.count
      end
      assert.same({ bob = { n = 1 }, eve = {} }, state.members)
      assert.equal(2, state.count)
    end)

    it("tells the changes of one turn in one message", function()
      local eve = channels.user "eve"
      if kind ~= "memory" then return end
      run(function()
        local room = base.channel "room"
        room:join(ada.connection)
        room:join(eve.connection)
      end)
      assert.same({ members { came = { ada = {}, eve = {} }, count = 3 } },
        bob:heard())
    end)

    it("of ids that are numbers is by their text", function()
      channels.project({ room = LISTED }, [[
        authenticate = function(connection, register)
          register(connection, { id = 42 })
        end,
      ]])
      local one = channels.guest()
      assert.same({}, join(one).members["42"])
    end)

    it("of an id that needs escapes is JSON", function()
      channels.project({ room = LISTED }, [[
        authenticate = function(connection, register)
          register(connection, { id = 'a"\\\u{1}é' })
        end,
      ]])
      assert.same({}, join(channels.guest()).members['a"\\\u{1}é'])
    end)
  end)

  describe("a crowd", function()
    local function crowd(settings, count, info)
      channels.project({ room = LISTED }, settings)
      local list = {}
      for i = 1, count do
        list[i] = channels.user("u" .. i)
        join(list[i], info)
      end
      return list
    end

    it("above limits.members_listed is counted, and told so", function()
      local list = crowd("limits = { members_listed = 10 },", 10)
      list[1]:heard()
      local last = channels.user "last"
      join(last)
      assert.same({ members { count = 11, listed = false } }, list[1]:heard())
      local other = channels.user "other"
      assert.same({ count = 12, listed = false }, join(other))
      assert.same({}, list[1]:heard())
      world.advance(1)
      assert.same({ members { count = 12 } }, list[1]:heard())
      assert.equal(12, (run(function()
        return base.channel "room":count()
      end)))
      for i = 8, 10 do list[i]:ask("$leave", nil, "room") end
      world.advance(1.1)
      local told = list[1]:heard()
      local back = told[#told][2]
      assert.same({ 9, true, {} }, { back.count, back.listed, back.members.u1 })
      other:ask("$leave", nil, "room")
      assert.same({ members { went = { "other" }, count = 8 } },
        list[1]:heard())
    end)

    it("that comes within one turn is not shown to each who joins", function()
      channels.project({ room = LISTED }, "limits = { members_listed = 10 },")
      local list = {}
      for i = 1, 12 do list[i] = channels.user("u" .. i) end
      for i = 1, 12 do list[i]:say { "$join", null, 1, "room" } end
      if kind ~= "memory" then return end -- which answers within the turn
      assert.same({ count = 12, listed = false }, list[12]:answer(1)[2])
      for i = 3, 12 do list[i]:say { "$leave", null, 2, "room" } end
      world.advance(1.1)
      local told = list[1]:heard()
      assert.same({ members = { u1 = {}, u2 = {} }, count = 2, listed = true },
        told[#told][2])
    end)

    it("whose infos are too long for one message is counted", function()
      local list = crowd("limits = { queue_size = 10000 },", 3,
        { x = ("x"):rep(4000) })
      local told = list[1]:heard()
      assert.same({ count = 3, listed = false }, told[#told][2])
      list[3]:ask("$leave", nil, "room")
      world.advance(1.1)
      told = list[1]:heard()
      assert.is_true(told[#told][2].listed)
    end)
  end)

  describe('presence = "count"', function()
    it("tells the number only, at most once a second", function()
      channels.project { room = 'presence = "count", public = true' }
      local ada, bob = channels.user "ada", channels.user "bob"
      assert.same({ count = 1 }, (ada:join "room"))
      ada:heard()
      assert.same({ count = 2 }, (bob:join "room"))
      world.advance(1.1)
      ada:heard()
      world.advance(1.1)
      local guests = {}
      for i = 1, 5 do
        guests[i] = channels.guest()
        guests[i]:join "room"
      end
      world.advance(1.1)
      local told = ada:heard()
      assert.equal(2, #told)
      assert.same(members { count = 3 }, told[1])
      assert.same(members { count = 7 }, told[2])
      world.advance(1.1)
      guests[1]:leave()
      assert.same({ members { count = 6 } }, ada:heard())
      guests[2]:leave()
      channels.guest():join "room"
      world.advance(2)
      assert.same({}, ada:heard())
    end)
  end)

  describe("without presence", function()
    it("nothing is told, but scripts can ask", function()
      channels.project { room = "" }
      local ada, bob = channels.user "ada", channels.user "bob"
      assert.same({}, (ada:join "room"))
      bob:join "room"
      assert.same({}, ada:heard())
      assert.same({ ada = {}, bob = {} }, run(function()
        return base.channel "room":members()
      end))
      assert.same({ 2, 2 }, { run(function()
        return base.channel "room":count()
      end) })
      assert.same({}, run(function() return base.channel "no":members() end))
      assert.same({ 0, 0 }, { run(function()
        return base.channel "no":count()
      end) })
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

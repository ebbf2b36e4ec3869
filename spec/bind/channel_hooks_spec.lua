-- The hooks `occupied` and `vacated` of a rule. Each story over each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local seen, run = world.seen, channels.run

local ROOM = [[
  occupied = function(channel) table.insert(seen, "+" .. channel) end,
  vacated = function(channel) table.insert(seen, "-" .. channel) end,
]]

-- What the hooks were told since the last call.
local function told()
  channels.settle()
  world.driver.flush()
  local text = table.concat(seen, " ")
  for i = #seen, 1, -1 do seen[i] = nil end
  return text
end

local function stories()
  describe("occupied and vacated", function()
    it("are told once each time, after offline_after for a loss", function()
      channels.project { ["room*"] = ROOM }
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room1"
      assert.equal("+room1", told())
      bob:join "room1"
      ada:ask("$leave", nil, "room1")
      assert.equal("", told())
      bob:leave()
      world.advance(4.8)
      assert.equal("", told())
      world.advance(0.3)
      assert.equal("-room1", told())
      ada:join "room1"
      assert.equal("+room1", told())
      ada:ask("$leave", nil, "room1")
      assert.equal("-room1", told())
      world.advance(100)
      assert.equal("", told())
    end)

    it("are not told to who loads a page again", function()
      channels.project { room = ROOM .. "presence = true" }
      local ada = channels.user "ada"
      ada:join "room"
      told()
      for _ = 1, 3 do
        ada:leave()
        world.advance(4)
        ada = channels.user "ada"
        ada:join "room"
      end
      world.advance(20)
      assert.equal("", told())
    end)

    it("count guests", function()
      channels.project { room = ROOM .. "public = true" }
      local guest = channels.guest()
      guest:join "room"
      assert.equal("+room", told())
      guest:leave()
      world.advance(5.1)
      assert.equal("-room", told())
    end)

    it("are told in turn where a channel is joined and left at once",
      function()
        channels.project { room = ROOM }
        local ada = channels.user "ada"
        run(function()
          for _ = 1, 3 do
            base.channel "room":join(ada.connection)
            base.channel "room":leave(ada.connection)
          end
        end)
        local text = told() -- a late bus may never have known of it
        if text ~= "" then assert.equal("+room -room", text) end
      end)

    it("may wait, join, leave and send", function()
      channels.project { ["room*"] = [[
        history = { size = 9 },
        occupied = function(channel)
          table.insert(seen, "+" .. channel)
          base.sleep(1)
          channel:send("hello", channel.name)
        end,
        vacated = function(channel)
          table.insert(seen, "-" .. channel)
          base.channel("room" .. #channel.name):send "bye"
        end,
      ]] }
      local ada = channels.user "ada"
      ada:join "room"
      world.advance(1.1)
      assert.same("hello", ada:heard()[1][1])
      ada:ask("$leave", nil, "room")
      assert.equal("+room -room", told())
      assert.same({ "room", "room4" }, base.channels())
    end)

    it("that raise are logged, and the channel goes on", function()
      channels.project { room = [[send = true,
        occupied = function() error "oops" end,
        vacated = function() error "ouch" end]] }
      local ada = channels.user "ada"
      ada:join "room"
      assert.equal("$sent", ada:ask("said", 1, "room")[1])
      assert.matches("base.lua:%d+: oops", world.log())
      ada:ask("$leave", nil, "room")
      told()
      assert.matches("base.lua:%d+: ouch", world.log())
      assert.same({}, base.channels())
    end)

    it("are told where the rule is another after a reload", function()
      channels.project { room = ROOM }
      local ada = channels.user "ada"
      ada:join "room"
      told()
      world.file("base.lua", channels.settings { room =
        "vacated = function(channel) table.insert(seen, 'new ' .. channel) end"
      })
      world.reload()
      ada:ask("$leave", nil, "room")
      assert.equal("new room", told())
    end)

    it("are not told when a join fails before it begins", function()
      channels.project { room = ROOM .. "join = function() return false end" }
      local ada = channels.user "ada"
      ada:refused("$join", nil, "room")
      assert.equal("", told())
    end)

    it("alternate whatever happens", function()
      channels.project { room = ROOM .. "presence = true" }
      local random = 1
      local function draw(below)
        random = (random * 1103515245 + 12345) % (1 << 31)
        return random // 7 % below + 1
      end
      local clients, sign = {}, "-"
      for i = 1, 4 do clients[i] = channels.user("u" .. i) end
      for _ = 1, 300 do
        local i, what = draw(4), draw(5)
        if what == 1 then
          clients[i]:say { "$join", world.null, 1, "room" }
        elseif what == 2 then
          clients[i]:say { "$leave", world.null, 1, "room" }
        elseif what == 3 then
          clients[i]:leave()
          clients[i] = channels.user("u" .. i)
        elseif what == 4 then
          world.advance(draw(6))
        else
          channels.settle()
        end
        for mark in told():gmatch "[+-]" do
          assert.not_equal(sign, mark)
          sign = mark
        end
      end
      for i = 1, 4 do clients[i]:leave() end
      world.advance(6)
      for mark in told():gmatch "[+-]" do sign = mark end
      assert.equal("-", sign)
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

-- What a channel keeps: positions, its bounds, recovery, reading. Each story
-- over each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, run = world.null, channels.run

local function project(inside, more)
  channels.project({
    ["room*"] = "send = true, history = { " .. inside .. " }",
  }, more)
end

local function send(count, name)
  run(function()
    for i = 1, count do
      assert(base.channel(name or "room"):send("said", i))
    end
  end)
end

-- The positions of a list of { command, body, position } or of kept messages.
local function positions(list)
  local all = {}
  for i, each in ipairs(list) do all[i] = each[3] or each.position end
  return table.concat(all, " ")
end

local function stories(kind)
  describe("a history", function()
    it("keeps the last messages, whoever is there", function()
      project "size = 3"
      send(5)
      local ada = channels.user "ada"
      local body, position = ada:join("room", { last = 10 })
      assert.equal(5, position)
      assert.same({ { "said", 3, 3 }, { "said", 4, 4 }, { "said", 5, 5 } },
        body.missed)
      assert.is_nil(body.recovered)
      assert.matches("^[0-9a-z]+$", body.epoch)
    end)

    it("gives the last n in $joined, or none", function()
      project "size = 9"
      send(5)
      for last, expected in pairs { [0] = "", [1] = "5", [4] = "2 3 4 5",
          [5] = "1 2 3 4 5", [1000000] = "1 2 3 4 5" } do
        local missed = channels.user "ada":join("room", { last = last }).missed
        if last == 0 then
          assert.is_nil(missed)
        else
          assert.equal(expected, positions(missed))
        end
      end
      local body, position = channels.user "ada":join("room")
      assert.equal(5, position)
      assert.is_nil(body.missed)
    end)

    it("lasts its seconds after the last message, in an empty channel too",
      function()
        project "size = 9, seconds = 10"
        send(1)
        world.advance(9)
        send(1)
        world.advance(9)
        local ada = channels.user "ada"
        local body = ada:join("room", { last = 9 })
        assert.equal("1 2", positions(body.missed))
        world.advance(1.5)
        local later, position = ada:join("room", { last = 9 })
        assert.same({}, later.missed)
        assert.same({ body.epoch, 2 }, { later.epoch, position })
        ada:leave()
        world.advance(10)
        assert.same({}, base.channels())
        later, position = channels.user "bob":join("room",
          { since = 2, epoch = body.epoch })
        assert.same({ false, {}, 0 },
          { later.recovered, later.missed, position })
        assert.not_equal(body.epoch, later.epoch)
      end)

    it("goes first where it is the oldest, when all are too large", function()
      project("size = 100", "limits = { history_memory = 20000 },")
      for i = 1, 4 do
        run(function()
          base.channel("room" .. i):send("said", ("x"):rep(6000))
        end)
      end
      assert.same({ "room2", "room3", "room4" }, base.channels())
      assert.matches("limits.history_memory", world.log())
      run(function()
        for _ = 1, 10 do base.channel "room2":send("said", ("x"):rep(6000)) end
      end)
      assert.same({ "room2" }, base.channels())
      assert.equal("9 10 11", positions(run(function()
        return base.channel "room2":history()
      end)))
      run(function() base.channel "room2":send("said", ("x"):rep(30000)) end)
      assert.equal("12", positions(run(function()
        return base.channel "room2":history()
      end)))
    end)
  end)

  describe("recovery", function()
    local ada, epoch

    before_each(function()
      project "size = 5"
      ada = channels.user "ada"
      epoch = ada:join("room").epoch
      send(3)
      ada:leave()
    end)

    it("is exact to the message", function()
      send(2)
      for since, expected in pairs { [0] = "1 2 3 4 5", [3] = "4 5",
          [4] = "5", [5] = "" } do
        local body, position = channels.user "ada":join("room",
          { since = since, epoch = epoch })
        assert.is_true(body.recovered)
        assert.equal(expected, positions(body.missed))
        assert.same({ epoch, 5 }, { body.epoch, position })
      end
    end)

    it("is refused where something is lost, or of the future", function()
      send(4)
      for since, recovered in pairs { [0] = false, [1] = false, [2] = true,
          [7] = true, [8] = false, [math.maxinteger] = false } do
        local body, position = channels.user "ada":join("room",
          { since = since, epoch = epoch })
        assert.equal(recovered, body.recovered)
        if not recovered then assert.same({}, body.missed) end
        assert.equal(7, position)
      end
    end)

    it("is refused for another epoch", function()
      for _, other in ipairs { "", "0", "x", epoch .. "0", ("z"):rep(60000),
          epoch:upper() .. "A", "é", "a\0b" } do
        local body = channels.user "ada":join("room",
          { since = 3, epoch = other })
        assert.same({ false, {} }, { body.recovered, body.missed })
      end
    end)

    it("is refused after clear, and positions go on", function()
      local bob = channels.user "bob"
      bob:join "room"
      assert.is_true(run(function() return base.channel "room":clear() end))
      local body = channels.user "ada":join("room",
        { since = 2, epoch = epoch })
      assert.is_false(body.recovered)
      body = channels.user "ada":join("room", { since = 3, epoch = epoch })
      assert.is_true(body.recovered)
      send(1)
      assert.same({ { "said", 1, null, "room", 4 } }, bob:heard())
    end)

    it("is refused where it is longer than what may wait", function()
      project("size = 50", "limits = { queue_size = 10000 },")
      local bob = channels.user "bob"
      epoch = bob:join("room2").epoch
      run(function()
        for _ = 1, 20 do base.channel "room2":send("said", ("x"):rep(1000)) end
      end)
      bob:leave()
      local body = channels.user "bob":join("room2",
        { since = 10, epoch = epoch })
      assert.is_false(body.recovered)
      body = channels.user "bob":join("room2", { since = 12, epoch = epoch })
      assert.is_true(body.recovered)
      assert.equal(8, #body.missed)
      body = channels.user "bob":join("room2", { last = 50 })
      assert.equal("12 13 14 15 16 17 18 19 20", positions(body.missed))
    end)
  end)

  describe("$history", function()
    local ada

    before_each(function()
      project "size = 50"
      ada = channels.user "ada"
      ada:join "room"
      send(10)
      ada:heard()
    end)

    it("gives the newest, or those before a position, in order", function()
      for expected, body in pairs { ["1 2 3 4 5 6 7 8 9 10"] = null,
          ["8 9 10"] = { limit = 3 }, ["1 2 3"] = { before = 4 },
          ["3 4"] = { before = 5, limit = 2 }, [""] = { before = 1 },
          ["10"] = { before = 9999, limit = 1 } } do
        local answer = ada:ask("$history", body, "room")
        assert.equal("$history", answer[1])
        assert.equal("room", answer[4])
        assert.is_nil(answer[5])
        assert.is_string(answer[2].epoch)
        assert.equal(expected, positions(answer[2].messages))
      end
      assert.same({ "said", 10, 10 },
        ada:ask("$history", { limit = 1 }, "room")[2].messages[1])
    end)

    it("gives at most a thousand", function()
      if kind ~= "memory" then return end -- much work for each bus
      project "size = 2000"
      send(1500)
      ada = channels.user "ada"
      ada:join "room"
      assert.equal(1000,
        #ada:ask("$history", { limit = 5000 }, "room")[2].messages)
      assert.equal(100, #ada:ask("$history", nil, "room")[2].messages)
    end)

    it("is for members only", function()
      local bob = channels.user "bob"
      assert.equal("forbidden", (bob:refused("$history", nil, "room")))
      ada:ask("$leave", nil, "room")
      assert.equal("forbidden", (ada:refused("$history", nil, "room")))
    end)

    it("refuses what is wrong in its body", function()
      for _, body in ipairs { 1, "x", { 1 }, { before = 0 }, { before = -1 },
          { before = "1" }, { limit = 0 }, { limit = 1.5 }, { limit = {} },
          { before = 1, limit = true } } do
        assert.equal("invalid", (ada:refused("$history", body, "room")))
      end
    end)

    it("of a channel without history is an empty list", function()
      channels.project { room = "" }
      ada:join "room"
      assert.same({ messages = {} }, ada:ask("$history", nil, "room")[2])
    end)

    it("of a member that is gone meanwhile is nothing", function()
      ada:say { "$history", null, 1, "room" }
      ada:leave()
      channels.settle()
      assert.not_matches("error", world.log())
    end)
  end)

  describe("channel:history", function()
    before_each(function()
      project "size = 200"
      send(150)
    end)

    it("gives the last hundred, the epoch and the position", function()
      local list, epoch, position = run(function()
        return base.channel "room":history()
      end)
      assert.same({ 100, 51, 150, 150 }, { #list, list[1].position,
        list[100].position, position })
      assert.is_string(epoch)
      assert.same({ command = "said", body = 51, position = 51 }, list[1])
    end)

    it("takes after, before and limit", function()
      for expected, options in pairs { ["1 2 3"] = { after = 0, limit = 3 },
          ["148 149 150"] = { limit = 3 }, ["149 150"] = { after = 148 },
          ["8 9"] = { before = 10, limit = 2 },
          ["6 7"] = { after = 5, before = 8 }, [""] = { after = 150 },
          ["6"] = { after = 5, before = 8, limit = 1 } } do
        assert.equal(expected, positions(run(function()
          return base.channel "room":history(options)
        end)))
      end
      assert.same({ {}, nil, 0 }, { run(function()
        return base.channel "other":history()
      end) })
    end)

    it("raises for wrong options", function()
      for _, options in ipairs { 1, { limit = 0 }, { limit = -1 },
          { after = -1 }, { before = "x" }, { limit = 1.5 },
          { after = {} } } do
        assert.is_false((pcall(run, function()
          base.channel "room":history(options)
        end)))
      end
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

-- Channels: who gets what is sent to one, names, and what scripts do with a
-- channel. Each story over each bus.
local channels = require "spec.support.channels"
local core = require "base.core"
local world = require "spec.helper"

local base = require "base"
local null, seen, run = world.null, world.seen, channels.run

local OPEN = { ["room:*"] = "send = true" }

local function stories()
  describe("a message to a channel", function()
    it("reaches all members, the sender too, in five elements or less",
      function()
        channels.project(OPEN)
        local ada, bob = channels.user "ada", channels.user "bob"
        local eve = channels.user "eve"
        ada:join "room:1"
        bob:join "room:1"
        assert.same({ "$sent", {}, 7, "room:1" },
          (function()
            ada:say { "said", "hi", 7, "room:1" }
            return ada:answer(7)
          end)())
        assert.same({ { "said", "hi", null, "room:1" } }, ada.besides)
        assert.same({ { "said", "hi", null, "room:1" } }, bob:heard())
        assert.same({}, eve:heard())
      end)

    it("needs no id, and then has no answer", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      ada:join "room:1"
      ada:say { "said", "hi", null, "room:1" }
      assert.same({ { "said", "hi", null, "room:1" } }, ada:heard())
    end)

    it("has a position where the channel has a history", function()
      channels.project { ["room:*"] = "send = true, history = { size = 5 }" }
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room:1"
      bob:join "room:1"
      for i = 1, 3 do
        assert.same({ "$sent", { position = i }, i + 1, "room:1" },
          ada:ask("said", i, "room:1"))
        assert.same({ { "said", i, null, "room:1", i } }, bob:heard())
      end
    end)

    it("keeps every shape of a body", function()
      channels.project { ["room:*"] = "send = true, history = { size = 9 }" }
      local ada = channels.user "ada"
      ada:join "room:1"
      local bodies = { '[]', '{}', '-9223372036854775808', '0.1', '"\\u0000é"',
        '{"a":[null,{}]}', 'false' }
      for i, body in ipairs(bodies) do
        ada:say(('["said",%s,null,"room:1"]'):format(body))
        channels.settle()
        assert.equal(('["said",%s,null,"room:1",%d]'):format(body, i),
          ada.client:texts()[1])
      end
      ada:say '["said",null,null,"room:1"]'
      assert.same({ { "said", null, null, "room:1", 8 } }, ada:heard())
      local list = run(function() return base.channel "room:1":history() end)
      assert.is_nil(list[8].body)
      assert.same({ a = { null, {} } }, list[6].body)
    end)

    it("of one who is not a member is forbidden", function()
      channels.project(OPEN)
      local ada, bob = channels.user "ada", channels.user "bob"
      bob:join "room:1"
      assert.equal("forbidden", (ada:refused("said", "hi", "room:1")))
      ada:join "room:2"
      assert.equal("forbidden", (ada:refused("said", "hi", "room:1")))
      assert.equal("forbidden", (ada:refused("said", "hi", "other")))
      assert.same({}, bob:heard())
    end)

    it("goes to a public channel from anybody", function()
      channels.project { news = "public = true, send = true" }
      local ada, guest = channels.user "ada", channels.guest()
      ada:join "news"
      assert.equal("$sent", guest:ask("said", "hi", "news")[1])
      assert.same({ { "said", "hi", null, "news" } }, ada:heard())
      assert.is_nil(guest:closed())
    end)

    it("of a guest that may not closes nothing", function()
      channels.project(OPEN)
      local guest = channels.guest()
      assert.equal("forbidden", (guest:refused("said", "hi", "room:1")))
      assert.equal("forbidden", (guest:refused("$join", nil, "room:1")))
      assert.is_nil(guest:closed())
    end)
  end)

  describe("channel:send", function()
    it("returns true, or the position", function()
      channels.project { ["room:*"] = "", kept = "history = { size = 2 }" }
      assert.is_true(run(function()
        return base.channel "room:1":send("said", "hi")
      end))
      assert.same({ 1, 2, 3 }, { run(function()
        local kept = base.channel "kept"
        return kept:send("a"), kept:send("b", 1), kept:send(
          base.Message("c", { 1 }))
      end) })
    end)

    it("leaves out one connection, and not its user's others", function()
      channels.project(OPEN)
      local ada, tab = channels.user "ada", channels.user "ada"
      ada:join "room:1"
      tab:join "room:1"
      run(function()
        base.channel "room:1":send("said", "hi", { except = ada.connection })
      end)
      assert.same({}, ada:heard())
      assert.same({ { "said", "hi", null, "room:1" } }, tab:heard())
      tab:leave()
      run(function() -- one that is gone leaves out nobody
        base.channel "room:1":send("said", nil, { except = tab.connection })
      end)
      assert.same({ { "said", null, null, "room:1" } }, ada:heard())
    end)

    it("passes the history by with keep = false", function()
      channels.project { ["room:*"] = "history = { size = 9 }" }
      local ada = channels.user "ada"
      ada:join "room:1"
      local position, typing = run(function()
        local room = base.channel "room:1"
        return room:send("said", 1),
          room:send("typing", "ada", { keep = false })
      end)
      assert.equal(1, position)
      assert.is_true(typing)
      assert.same({ { "said", 1, null, "room:1", 1 },
        { "typing", "ada", null, "room:1" } }, ada:heard())
      local list = run(function() return base.channel "room:1":history() end)
      assert.same({ { command = "said", body = 1, position = 1 } }, list)
    end)

    it("raises for what is no message, and for wrong options", function()
      channels.project {}
      local room = base.channel "room:1"
      for _, call in ipairs {
        function() room:send() end,
        function() room:send("") end,
        function() room:send("$joined", {}) end,
        function() room:send("said", function() end) end,
        function() room:send("said", 1, true) end,
        function() room:send("said", 1, { keep = 1 }) end,
        function() room:send("said", 1, { except = "ada" }) end,
      } do
        local ok, why = pcall(run, call)
        assert.is_false(ok)
        assert.matches("channel_spec", tostring(why))
      end
    end)
  end)

  describe("base.channels", function()
    it("lists the names in use, sorted, below a prefix", function()
      channels.project { ["*"] = "", ["kept*"] = "history = { size = 1 }" }
      local ada = channels.user "ada"
      for _, name in ipairs { "b", "a", "ab", "é" } do ada:join(name) end
      run(function() base.channel "kept":send("x") end)
      assert.same({ "a", "ab", "b", "kept", "é" }, base.channels())
      assert.same({ "a", "ab" }, base.channels "a")
      assert.same({ "a", "ab", "b", "kept", "é" }, base.channels "")
      assert.same({}, base.channels "c")
      ada:ask("$leave", nil, "a")
      assert.same({ "ab" }, base.channels "a")
      ada:leave()
      world.advance(6)
      assert.same({ "kept" }, base.channels())
      world.advance(300)
      assert.same({}, base.channels())
    end)
  end)

  describe("a name", function()
    it("is a prefix of another, and they are two channels", function()
      channels.project { ["*"] = "send = true, history = { size = 1 }" }
      local ada = channels.user "ada"
      local names = { "a", "a:", "a:b", "A", "a ", ("é"):rep(64),
        ("é"):rep(63) .. "xx", "e\u{301}", "\u{e9}", "*", "a$", "日本" }
      for _, name in ipairs(names) do ada:join(name) end
      for i, name in ipairs(names) do
        assert.equal(1, ada:ask("said", i, name)[2].position)
        assert.same({ { "said", i, null, name, 1 } }, ada.besides)
        assert.equal(name, base.channel(name).name)
      end
      assert.equal(#names, #ada.connection.channels)
    end)

    it("of a channel is checked in Lua", function()
      for _, name in ipairs { "", ("x"):rep(129), "$a", "a\0b", "a\nb", "\127",
          "\xff", "\u{85}", "\xc3", "\xed\xa0\x80" } do
        assert.has_error(function() base.channel(name) end)
      end
      for _, value in ipairs { 1, true, {}, print } do
        assert.has_error(function() base.channel(value) end)
      end
      assert.has_error(function() base.channel() end)
    end)
  end)

  describe("a channel in Lua", function()
    it("is equal for equal names, and has a name only", function()
      local room = base.channel "room:1"
      assert.equal(room, base.channel "room:1")
      assert.not_equal(room, base.channel "room:2")
      assert.equal("room:1", room.name)
      assert.equal("room:1", tostring(room))
      assert.equal("to room:1!", "to " .. room .. "!")
      assert.equal(room, base.channel(room))
      local rooms = { [room] = true }
      collectgarbage()
      assert.is_true(rooms[base.channel "room:1"])
      assert.is_nil(room.other)
      assert.has_error(function() room.name = "x" end)
      assert.has_error(function() room.other = "x" end)
      assert.has_error(function() return room.send("x") end)
    end)

    it("cannot be sent in a message", function()
      channels.project {}
      assert.has_error(function()
        core.json.encode { base.channel "room:1" }
      end)
    end)
  end)

  describe("a command that begins with $", function()
    it("is unknown, or needs a channel", function()
      channels.project(OPEN)
      local ada = channels.user "ada"
      assert.equal("unknown", (ada:refused("$send", nil, "room:1")))
      assert.equal("unknown", (ada:refused("$", nil, "room:1")))
      assert.equal("unknown", (ada:refused("$joined", nil, "room:1")))
      for _, command in ipairs { "$join", "$leave", "$history" } do
        assert.equal("invalid", (ada:refused(command)))
      end
    end)
  end)

  describe("on.before", function()
    it("sees messages for channels, and stops them", function()
      channels.project(OPEN, [[on = { before = function(connection, message)
        table.insert(seen, message.command .. " " .. message.channel)
        return message.body ~= "no"
      end },]])
      local ada = channels.user "ada"
      ada:join "room:1"
      assert.equal("forbidden", (ada:refused("said", "no", "room:1")))
      assert.equal("$sent", ada:ask("said", "yes", "room:1")[1])
      assert.same({ "$join room:1", "said room:1", "said room:1" },
        { seen[1], seen[2], seen[3] })
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

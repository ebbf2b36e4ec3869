-- What a rule's function `send` makes of what clients say. Each story over each
-- bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, seen = world.null, world.seen

local function said(body, position)
  return { "said", body, null, "room", position }
end

local function stories()
  describe("a rule's send", function()
    it("is given the connection, the message and the channel", function()
      channels.project { room = [[send = function(...)
        seen.given = table.pack(...)
        return true
      end]] }
      local ada = channels.user "ada"
      ada:join "room"
      ada:ask("said", { a = 1 }, "room")
      local connection, message, channel = table.unpack(seen.given, 1, 3)
      assert.equal(ada.connection, connection)
      assert.same({ "said", { a = 1 }, 2, "room" },
        { message.command, message.body, message.id, message.channel })
      assert.equal(base.channel "room", channel)
    end)

    it("decides: true, false, another message", function()
      channels.project { room = [[send = function(_, message)
        if message.body == "other" then
          return base.Message("changed", { by = "rule" })
        elseif message.body == "itself" then
          message.body = "altered"
          return message
        end
        return message.body == "yes"
      end]] }
      local ada = channels.user "ada"
      ada:join "room"
      assert.equal("forbidden", (ada:refused("said", "no", "room")))
      assert.same({}, ada.besides)
      assert.equal("$sent", ada:ask("said", "yes", "room")[1])
      assert.same({ said "yes" }, ada.besides)
      ada:ask("said", "other", "room")
      assert.same({ { "changed", { by = "rule" }, null, "room" } }, ada.besides)
      ada:ask("said", "itself", "room")
      assert.same({ said "altered" }, ada.besides)
    end)

    for _, returned in ipairs { "'yes'", "1", "{}", "function() end" } do
      it(("that returns %s is a mistake, which the log tells"):format(returned),
        function()
          channels.project { room = ("send = function() return %s end")
            :format(returned) }
          local ada = channels.user "ada"
          ada:join "room"
          assert.equal("failed", (ada:refused("said", "hi", "room")))
          assert.matches("must return true, false or a message", world.log())
        end)
    end

    it("that raises is answered in id and channel", function()
      channels.project { room = [[send = function(_, message)
        error(message.body)
      end]] }
      local ada = channels.user "ada"
      ada:join "room"
      assert.equal("failed", (ada:refused("said", "oops", "room")))
      assert.matches("oops", world.log())
      assert.equal("rude", (ada:refused("said", { code = "rude" }, "room")))
    end)

    it("may wait: the order of one sender stays", function()
      channels.project { room = [[history = { size = 9 },
        send = function(_, message)
          base.sleep(message.body)
          return true
        end]] }
      local ada = channels.user "ada"
      ada:join "room"
      for _, body in ipairs { 3, 1, 2 } do
        ada:say { "said", body, null, "room" }
      end
      world.advance(7)
      assert.same({ said(3, 1), said(1, 2), said(2, 3) }, ada:heard())
    end)

    it("is absent: nobody sends", function()
      channels.project { room = "", no = "send = false" }
      local ada = channels.user "ada"
      for _, name in ipairs { "room", "no" } do
        ada:join(name)
        assert.equal("forbidden", (ada:refused("said", 1, name)))
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

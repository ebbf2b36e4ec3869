-- Channels of a user: user:join, user:leave, and register's option. Each story
-- over each bus.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local null, seen, run = world.null, world.seen, channels.run

local ROOM = { room = "presence = true", other = "" }

-- What a client is told from the moment it connects.
local function connect(name)
  return channels.fresh(name)
end

local function commands(list)
  local names = {}
  for i, message in ipairs(list) do names[i] = message[1] end
  return table.concat(names, " ")
end

local function stories()
  describe("user:join", function()
    it("joins all connections, now and later, with its info", function()
      channels.project(ROOM)
      local ada, tab = channels.user "ada", channels.user "ada"
      assert.is_true(run(function()
        return base.users.ada:join("room", { n = 1 })
      end))
      for _, each in ipairs { ada, tab } do
        assert.same({ { "$joined", { members = { ada = { n = 1 } }, count = 1 },
          null, "room" } }, each:told())
      end
      local later = connect "ada"
      assert.equal("$joined authenticated", commands(later:told()))
      assert.same({ "room" }, later.connection.channels)
      assert.same({ ada = { n = 1 } }, run(function()
        return base.channel "room":members()
      end))
    end)

    it("a second time changes the info, and tells nobody twice", function()
      channels.project(ROOM)
      local ada, bob = channels.user "ada", channels.user "bob"
      bob:join "room"
      run(function() base.users.ada:join("room", { n = 1 }) end)
      ada:heard()
      bob:heard()
      run(function() base.users.ada:join("room", { n = 2 }) end)
      assert.equal("", commands(ada:told()))
      local told = bob:heard()
      assert.same({ came = { ada = { n = 2 } }, count = 2 }, told[#told][2])
      assert.same({ n = 2 }, connect "ada":told()[1][2].members.ada)
    end)

    it("lasts over an absence, and ends when the user goes offline", function()
      channels.project(ROOM)
      local ada = channels.user "ada"
      run(function() base.users.ada:join "room" end)
      ada:leave()
      world.advance(4)
      local back = connect "ada"
      assert.same({ "room" }, back.connection.channels)
      back:leave()
      world.advance(5.1)
      assert.same({}, connect "ada".connection.channels)
      assert.same({}, base.channels())
    end)

    it("while nobody is connected is for those who come", function()
      channels.project(ROOM)
      local ada = channels.user "ada"
      local user = base.users.ada
      ada:leave()
      run(function() user:join "room" end)
      assert.same({ "room" }, connect "ada".connection.channels)
    end)

    it("answers closed for a user who is gone", function()
      channels.project(ROOM)
      local ada = channels.user "ada"
      local user = base.users.ada
      ada:leave()
      world.advance(6)
      assert.same({ nil, "closed" }, { user:join "room" })
      assert.same({ nil, "closed" }, { user:leave "room" })
    end)

    it("raises for a wrong name or info", function()
      channels.project(ROOM)
      channels.user "ada"
      local user = base.users.ada
      for _, call in ipairs {
        function() user:join() end,
        function() user:join "$x" end,
        function() user:join("room", 1) end,
        function() user:join("room", { 1, 2 }) end,
        function() user:join("room", { x = ("x"):rep(4096) }) end,
        function() user:leave "" end,
      } do assert.has_error(call) end
      assert.same({}, base.channels())
    end)

    it("stops at limits.channels", function()
      channels.project(ROOM, "limits = { channels = 1 },")
      local ada = channels.user "ada"
      run(function()
        base.users.ada:join "room"
        base.users.ada:join "other"
      end)
      assert.same({ "room" }, ada.connection.channels)
    end)
  end)

  describe("user:leave", function()
    it("takes all connections out, and those to come", function()
      channels.project(ROOM)
      local ada, tab = channels.user "ada", channels.user "ada"
      local bob = channels.user "bob"
      bob:join "room"
      run(function() base.users.ada:join "room" end)
      tab:ask("$leave", nil, "room")
      for _, each in ipairs { ada, bob } do each:heard() end
      run(function() base.users.ada:leave("room", "bye") end)
      assert.same({ { "$left", { reason = "bye" }, null, "room" } },
        ada:told())
      assert.same({}, tab:told())
      assert.same({ { "$members", { went = { "ada" }, count = 1 }, null,
        "room" } }, bob:heard())
      assert.same({}, connect "ada".connection.channels)
    end)

    it("of a channel that it did not join takes out who did", function()
      channels.project(ROOM)
      local ada = channels.user "ada"
      ada:join "room"
      run(function() base.users.ada:leave "room" end)
      assert.same({ { "$left", null, null, "room" } }, ada:told())
    end)
  end)

  describe("register's option channels", function()
    it("joins before authenticated is sent, whatever the rules say", function()
      channels.project({ room = "join = function() return false end" }, [[
        authenticate = function(connection, register)
          seen.registered = table.pack(register(connection, { id = "ada" },
            { channels = { "room", "other", "room" } }))
        end,
      ]])
      local ada = connect()
      assert.equal("$joined $joined authenticated", commands(ada:told()))
      assert.same({ true, n = 1 }, seen.registered)
      local list = ada.connection.channels
      table.sort(list)
      assert.same({ "other", "room" }, list)
    end)

    it("lasts for that connection only", function()
      channels.project({ room = "" }, [[
        authenticate = function(connection, register)
          local is_first = not seen.second
          seen.second = true
          register(connection, { id = "ada" },
            { channels = is_first and { "room" } or nil })
        end,
      ]])
      local ada, tab = connect(), connect()
      assert.same({ "room" }, ada.connection.channels)
      assert.same({}, tab.connection.channels)
    end)

    it("may come from connection:register", function()
      channels.project(ROOM)
      local guest = channels.guest()
      run(function()
        guest.connection:register({ id = "eve" }, { channels = { "room" } })
      end)
      assert.equal("$joined authenticated", commands(guest:told()))
    end)

    it("must be a list of names", function()
      channels.project(ROOM)
      local guest = channels.guest()
      for _, list in ipairs { 1, "room", { "$x" }, { 1 }, { "a", "" } } do
        local ok, why = pcall(run, function()
          guest.connection:register({ id = "eve" }, { channels = list })
        end)
        assert.is_false(ok)
        assert.matches("channel_users_spec.lua.*channel", why)
      end
      assert.is_nil(guest.connection.user)
    end)

    it("is nothing for a connection that goes meanwhile", function()
      channels.project({ room = "" }, [[
        authenticate = function(connection, register)
          base.sleep(1)
          seen.registered = table.pack(register(connection, { id = "ada" },
            { channels = { "room" } }))
        end,
      ]])
      local ada = connect()
      ada:leave()
      world.advance(2)
      channels.settle()
      assert.same({ nil, "closed", n = 2 }, seen.registered)
      assert.same({}, base.channels())
    end)
  end)

  describe("user:disconnect", function()
    it("leaves channels as a loss does", function()
      channels.project(ROOM)
      local ada, bob = channels.user "ada", channels.user "bob"
      ada:join "room"
      bob:join "room"
      bob:heard()
      run(function() base.users.ada:disconnect() end)
      assert.equal(4003, (ada:closed()))
      ada:leave(4003)
      assert.same({}, bob:heard())
      world.advance(5.1)
      assert.same({ { "$members", { went = { "ada" }, count = 1 }, null,
        "room" } }, bob:heard())
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

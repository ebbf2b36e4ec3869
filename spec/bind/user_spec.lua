-- Users: their fields, their connections, and when they are here.
local world = require "spec.helper"

local base = require "base"
local seen = world.seen

after_each(world.reset)

-- A project whose users get the fields that the spec puts into `seen.fields`.
local function project(settings)
  world.project {
    ["base.lua"] = world.settings([[
      authenticate = function(connection, register)
        local fields = { id = connection.request.cookies.user }
        for name, value in pairs(seen.fields or {}) do
          fields[name] = value
        end
        seen.given = fields
        register(connection, fields)
      end,
    ]] .. (settings or "")),
    ["actions/run.lua"] = world.action "seen.run(connection, message)",
  }
end

describe("a user's fields", function()
  it("are a copy of what was registered", function()
    project()
    seen.fields = { name = "Ada", admin = true, age = 36 }
    world.user "ada"
    seen.given.name = "changed"
    local ada = base.users.ada
    assert.same({ "Ada", true, 36 }, { ada.name, ada.admin, ada.age })
    assert.is_nil(ada.other)
  end)

  it("are replaced by registering the same id again", function()
    project()
    seen.fields = { name = "Ada", admin = true }
    local first = world.user "ada"
    local user = base.users.ada
    seen.fields = { name = "Ada L." }
    world.user "ada"
    assert.equal("Ada L.", user.name)
    assert.is_nil(user.admin)
    assert.equal(user, first.connection.user)
  end)

  it("can be set by scripts, until it registers again", function()
    project()
    local client = world.user "ada"
    client.connection.user.mood = "good"
    collectgarbage()
    assert.equal("good", base.users.ada.mood)
    world.user "ada"
    assert.is_nil(base.users.ada.mood)
  end)

  it("can be walked, without members of Base", function()
    project()
    seen.fields = { name = "Ada", age = 36 }
    world.user "ada"
    local fields = {}
    for name, value in pairs(base.users.ada) do fields[name] = value end
    assert.same({ name = "Ada", age = 36 }, fields)
  end)

  it("are ignored where Base has the name, with one warning", function()
    project()
    seen.fields = { send = "x", connections = "y", disconnect = 1, name = "A" }
    world.user "ada"
    world.user "bob"
    local ada = base.users.ada
    assert.is_function(ada.send)
    assert.is_function(ada.disconnect)
    assert.is_table(ada.connections)
    assert.equal("A", ada.name)
    local log = world.log()
    for _, name in ipairs { "send", "connections", "disconnect" } do
      local _, count = log:gsub("warn[^\n]*'" .. name .. "'", "")
      assert.equal(1, count, name)
    end
  end)

  for _, name in ipairs { "id", "connections", "send", "disconnect" } do
    it("may not be assigned when Base has " .. name, function()
      project()
      world.project { ["actions/run.lua"] =
        world.action("connection.user." .. name .. " = 1") }
      local _, body = world.user "ada":ask "run"
      assert.equal("failed", body.code)
      local log = world.log()
      assert.equal("actions/run.lua:2", world.place(log))
      assert.matches("user." .. name, log, 1, true)
    end)
  end
end)

describe("a user", function()
  before_each(function()
    project()
  end)

  it("keeps the form in which the id was first registered", function()
    seen.fields = { id = "42" }
    world.connect()
    seen.fields = { id = 42 }
    assert.same({ '["authenticated",{"id":"42"}]' }, world.connect():texts())
    assert.equal("42", base.users[42].id)
  end)

  it("takes the new form of the id after it was offline", function()
    seen.fields = { id = "42" }
    world.connect():leave()
    world.advance(5)
    seen.fields = { id = 42 }
    assert.same({ '["authenticated",{"id":42}]' }, world.connect():texts())
  end)

  it("has its connections by their ids", function()
    local a, b = world.user "ada", world.user "ada"
    world.user "bob"
    local user = base.users.ada
    assert.same({ [a.connection.id] = a.connection,
      [b.connection.id] = b.connection }, user.connections)
    a:leave()
    assert.same({ [b.connection.id] = b.connection }, user.connections)
  end)

  it("sends to all of them and counts who took it", function()
    local a, b = world.user "ada", world.user "ada"
    assert.equal(2, base.users.ada:send("alert", "hi"))
    assert.same({ { "alert", "hi" } }, a:heard())
    assert.same({ { "alert", "hi" } }, b:heard())
    a.connection:close()
    assert.equal(1, base.users.ada:send(base.Message("alert")))
    b:leave()
    assert.equal(0, base.users.ada:send("alert"))
  end)

  it("is disconnected with 4003, or a script's code", function()
    local a, b = world.user "ada", world.user "ada"
    assert.equal(2, base.users.ada:disconnect())
    assert.same({ 4003, "sent away" }, { a:closed() })
    assert.equal(4003, (b:closed()))
    assert.equal(0, base.users.ada:disconnect())
    local c = world.user "ada"
    base.users.ada:disconnect(4100, "bye")
    assert.same({ 4100, "bye" }, { c:closed() })
    assert.has_error(function() base.users.ada:disconnect(4001) end)
  end)

  it("that a script kept speaks to who has that id now", function()
    local client = world.user "ada"
    local kept = base.users.ada
    client:leave()
    world.advance(6)
    assert.is_nil(base.users.ada)
    assert.equal(0, kept:send("alert"))
    assert.same({}, kept.connections)
    assert.equal("ada", kept.id)
    local again = world.user "ada"
    assert.equal(1, kept:send("alert"))
    assert.same({ { "alert" } }, again:heard())
  end)

  it("says who it is as a string", function()
    world.user "ada"
    assert.equal("user ada", tostring(base.users.ada))
  end)
end)

-- What the hooks have left in `seen`.
local function told()
  return { table.unpack(seen) }
end

describe("on.online and on.offline", function()
  before_each(function()
    project [[
      on = {
        online = function(user)
          seen[#seen + 1] = "online " .. user.id
        end,
        offline = function(user)
          local here = base.users[user.id] and "here" or "gone"
          seen[#seen + 1] = ("offline %s %s %d"):format(user.id, here,
            base.users:count())
        end,
      },
      offline_after = 5,
    ]]
  end)

  it("is told once for all of a user's connections", function()
    local a, b = world.user "ada", world.user "ada"
    a:leave()
    world.advance(10)
    b:leave()
    world.advance(4.999)
    assert.same({ "online ada" }, told())
    assert.same({}, base.users.ada.connections)
    world.advance(0.001)
    assert.same({ "online ada", "offline ada gone 0" }, told())
    world.advance(10)
    assert.equal(2, #told())
  end)

  it("is told again after the user had gone", function()
    world.user "ada":leave()
    world.advance(5)
    world.user "ada"
    assert.same({ "online ada", "offline ada gone 0", "online ada" }, told())
  end)

  it("is not told when the page is only loaded again", function()
    world.user "ada":leave()
    world.advance(4)
    world.user "ada"
    world.advance(10)
    assert.same({ "online ada" }, told())
  end)

  it("is told of the old user when a connection moves", function()
    local client = world.user "ada"
    client.connection:register { id = "bob" }
    client:say { "ping" }
    world.advance(5)
    assert.same({ "online ada", "online bob", "offline ada gone 1" }, told())
  end)

  it("comes between authenticated and the first message", function()
    project [[
      authenticate = function(connection, register)
        base.sleep(1)
        register(connection, { id = "ada" })
        seen[#seen + 1] = "registered"
      end,
      welcome = function(user) seen[#seen + 1] = "welcome" end,
      on = {
        connect = function(connection) seen[#seen + 1] = "connect" end,
        online = function(user) seen[#seen + 1] = "online" end,
      },
    ]]
    seen.run = function() seen[#seen + 1] = "message" end
    world.connect():say { "run" }
    world.advance(1)
    assert.same({ "connect", "welcome", "registered", "online", "message" },
      told())
  end)
end)

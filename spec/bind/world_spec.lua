-- Everybody: base.users, base.connections, base.send, base.broadcast.
local world = require "spec.helper"

local base = require "base"

before_each(function()
  world.project {
    ["base.lua"] = world.settings [[
      authenticate = function(connection, register)
        local id = connection.request.cookies.user
        if id then register(connection, { id = tonumber(id) or id }) end
      end,
    ]],
  }
end)

after_each(world.reset)

local function keys(collection)
  local list = {}
  for key in pairs(collection) do list[#list + 1] = tostring(key) end
  table.sort(list)
  return list
end

describe("base.users", function()
  it("finds a user by id, whatever the form", function()
    local ada = world.user "42"
    assert.equal(ada.connection.user, base.users[42])
    assert.equal(ada.connection.user, base.users["42"])
    assert.equal(ada.connection.user, base.users[42.0])
    assert.is_nil(base.users["042"])
    assert.is_nil(base.users[43])
  end)

  for _, id in ipairs { {}, true, 1.5, "" } do
    it("raises for what can be no id: " .. type(id), function()
      assert.has_error(function() return base.users[id] end)
    end)
  end

  it("counts and walks who is here", function()
    assert.equal(0, base.users:count())
    world.user "ada"
    world.user "ada"
    world.user "7"
    world.connect()
    assert.equal(2, base.users:count())
    assert.same({ "7", "ada" }, keys(base.users))
    for id, user in pairs(base.users) do assert.equal(id, user.id) end
  end)

  it("can be walked while users come and go", function()
    for i = 1, 20 do world.user("user" .. i) end
    local met = {}
    for id, user in pairs(base.users) do
      assert.is_nil(met[id])
      assert.is_not_nil(base.users[id])
      met[id] = true
      for i = 1, 20 do
        local other = base.users["user" .. i]
        if other and other ~= user and i % 2 == 0 then
          for _, connection in pairs(other.connections) do
            world.driver.disconnect(connection)
          end
        end
      end
      world.advance(6)
      world.user("new" .. id)
    end
    assert.is_nil(met["newuser1"])
  end)

  it("cannot be written", function()
    assert.has_error(function() base.users[1] = {} end)
    assert.has_error(function() base.connections[1] = {} end)
  end)
end)

describe("base.connections", function()
  it("finds, counts and walks all of them, guests as well", function()
    local ada, guest = world.user "ada", world.connect()
    assert.equal(2, base.connections:count())
    assert.equal(ada.connection, base.connections[ada.connection.id])
    local met = {}
    for id, connection in pairs(base.connections) do
      assert.equal(id, connection.id)
      met[connection] = true
    end
    assert.same({ [ada.connection] = true, [guest.connection] = true }, met)
    assert.is_nil(base.connections[1])
    assert.is_nil(base.connections.x)
    guest:leave()
    assert.equal(1, base.connections:count())
    assert.is_nil(base.connections[guest.connection.id])
  end)

  it("skips in a walk who left during it", function()
    local clients = {}
    for i = 1, 10 do clients[i] = world.connect() end
    local count = 0
    for _, connection in pairs(base.connections) do
      count = count + 1
      for _, client in ipairs(clients) do
        if client.connection ~= connection then client:leave() end
      end
    end
    assert.equal(1, count)
  end)
end)

describe("base.send", function()
  it("reaches all connections of a user, and says how many", function()
    local a, b, other = world.user "42", world.user "42", world.user "43"
    assert.equal(2, base.send(42, "alert", "hi"))
    assert.equal(2, base.send("42", base.Message("alert", "hi")))
    assert.same({ { "alert", "hi" }, { "alert", "hi" } }, a:heard())
    assert.same({ { "alert", "hi" }, { "alert", "hi" } }, b:heard())
    assert.same({}, other:heard())
  end)

  it("reaches a list of users", function()
    local ada, bob, eve = world.user "ada", world.user "bob", world.user "eve"
    assert.equal(2, base.send({ "ada", "nobody", "bob" }, "alert"))
    assert.same({ { "alert" } }, ada:heard())
    assert.same({ { "alert" } }, bob:heard())
    assert.same({}, eve:heard())
  end)

  it("sends no body when there is none", function()
    local ada = world.user "42"
    base.send("42", "alert")
    base.send(42, "alert")
    base.send({ 42 }, "alert")
    base.broadcast("alert")
    assert.same({ '["alert"]', '["alert"]', '["alert"]', '["alert"]' },
      ada:texts())
  end)

  it("takes whole floats for ids, as far as they are exact", function()
    world.user "42"
    world.user "-9007199254740991"
    assert.equal(1, base.send(42.0, "alert"))
    assert.equal(1, base.send(-0x1p53 + 1, "alert"))
    for _, id in ipairs { 42.5, 0x1p53, -0x1p53, 0x1p60, 1e300 } do
      assert.has_error(function() base.send(id, "alert") end)
    end
  end)

  it("answers 0 when nobody is here", function()
    assert.equal(0, base.send("nobody", "alert"))
    assert.equal(0, base.send({}, "alert"))
  end)

  it("sends to nobody when one id of the list can be none", function()
    local ada = world.user "ada"
    assert.has_error(function() base.send({ "ada", {} }, "alert") end)
    assert.same({}, ada:heard())
  end)

  it("raises for what is no id or no message, at the caller's line", function()
    for _, call in ipairs {
      function() base.send({ {} }, "alert") end,
      function() base.send(nil, "alert") end,
      function() base.send("ada") end,
      function() base.send("ada", "alert", print) end,
      function() base.broadcast() end,
      function() base.broadcast("alert", print) end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      local line = debug.getinfo(call, "S").linedefined
      assert.matches("world_spec.lua:" .. line .. ": ", err, 1, true)
    end
  end)
end)

describe("base.broadcast", function()
  it("reaches every connection that has a user", function()
    local a, b, bob = world.user "ada", world.user "ada", world.user "bob"
    local guest = world.connect()
    assert.equal(3, base.broadcast("alert", "hi"))
    for _, client in ipairs { a, b, bob } do
      assert.same({ { "alert", "hi" } }, client:heard())
    end
    assert.same({}, guest:heard())
  end)

  it("leaves out the one that is excepted", function()
    local a, b = world.user "ada", world.user "ada"
    local except = { except = a.connection }
    assert.equal(1, base.broadcast(base.Message("alert", 1), except))
    assert.equal(1, base.broadcast("alert", 2, except))
    assert.same({}, a:heard())
    assert.same({ { "alert", 1 }, { "alert", 2 } }, b:heard())
  end)

  it("leaves out nobody when the excepted one is gone", function()
    local a, b = world.user "ada", world.user "bob"
    a:leave()
    assert.equal(1, base.broadcast("alert", 1, { except = a.connection }))
    assert.same({ { "alert", 1 } }, b:heard())
  end)

  it("answers 0 when nobody is here", function()
    assert.equal(0, base.broadcast("alert"))
  end)
end)

describe("the clock and the state", function()
  it("base.now is Unix time with a fraction", function()
    assert.equal("float", math.type(base.now()))
    assert.is_true(math.abs(base.now() - os.time()) < 10)
  end)

  it("base.state is one table for all scripts", function()
    world.project {
      ["actions/set.lua"] = world.action "base.state.x = message.body",
      ["actions/get.lua"] =
        world.action "return message:respond('x', base.state.x)",
    }
    local ada = world.user "ada"
    ada:say { "set", 7 }
    assert.same({ "x", 7 }, { ada:ask "get" })
  end)
end)

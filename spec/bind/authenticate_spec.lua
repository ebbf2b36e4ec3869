-- How a connection comes to a user, or does not.
local world = require "spec.helper"

local seen = world.seen

local function project(authenticate, more, files)
  files = files or {}
  files["base.lua"] = world.settings(
    "authenticate = " .. authenticate .. ",\n" .. (more or ""))
  files["actions/private.lua"] = world.action [[
    seen[#seen + 1] = "private"
    return message:respond("ok", connection.user.id)
  ]]
  files["actions/login.lua"] = world.action [[
    seen[#seen + 1] = "login"
    return message:respond("ok", { connection:register { id = message.body } })
  ]]
  world.project(files)
end

local PUBLIC = 'actions = { public = { "login", "look" } },'

after_each(world.reset)

describe("authenticate", function()
  it("registers a user, who is told the id and nothing else", function()
    project [[function(connection, register)
      seen[1] = register(connection, { id = 42, password = "secret" })
    end]]
    local client = world.connect()
    assert.same({ '["authenticated",{"id":42}]' }, client:texts())
    assert.is_true(seen[1])
    client:say { "private" }
    assert.same({ { "ok", 42 } }, client:heard())
  end)

  it("tells what welcome returns", function()
    project("default", "welcome = function(user) return { user.id, 1 } end,")
    local client = world.connect { user = "ada" }
    assert.same({ { "authenticated", { "ada", 1 } } }, client:heard())
  end)

  it("refuses with false", function()
    project [[function(connection, register)
      seen[1] = register(connection, false)
    end]]
    local client = world.connect()
    assert.equal(4001, (client:closed()))
    assert.same({}, client:heard())
    assert.is_true(seen[1])
  end)

  it("sends away with nil, when nobody can tell, and logs why", function()
    project [[function(connection, register)
      seen[1] = register(connection, nil, "the application is away")
    end]]
    local client = world.connect()
    local heard = client:heard()
    assert.equal("reconnect", heard[1][1])
    assert.is_true(heard[1][2].after > 0)
    assert.equal(1013, (client:closed()))
    assert.is_true(seen[1])
    assert.matches("the application is away", world.log(), 1, true)
  end)

  it("gives each client another time to come back", function()
    project "function(connection, register) register(connection, nil) end"
    local times = {}
    for _ = 1, 20 do times[world.connect():heard()[1][2].after] = true end
    local first = next(times)
    assert.is_truthy(next(times, first))
  end)

  it("closes with 1011 when it raises, and says where in the log", function()
    project 'function()\nerror "no database"\nend'
    local code, reason = world.connect():closed()
    assert.equal(1011, code)
    assert.not_equal("", reason)
    assert.matches("base.lua:3: no database", world.log(), 1, true)
  end)

  it("may register later, from a task beside it", function()
    project([[function(connection, register)
      base.after(3, function()
        seen[1] = register(connection, { id = "late" })
      end)
    end]], PUBLIC)
    local client = world.connect()
    world.advance(3)
    assert.same({ { "authenticated", { id = "late" } } }, client:heard())
    assert.is_true(seen[1])
  end)

  it("may take authenticate_time, and no longer", function()
    project("function() base.sleep(11) end",
      "limits = { authenticate_time = 7 },")
    local client = world.connect()
    world.advance(6.999)
    assert.is_nil(client:closed())
    world.advance(0.001)
    assert.equal(4010, (client:closed()))
  end)
end)

describe("register", function()
  it("answers nil, 'closed' when the connection is gone", function()
    project [[function(connection, register)
      base.sleep(1)
      for _, user in ipairs { { id = 1 }, false } do
        seen[#seen + 1] = { register(connection, user) }
      end
      seen[#seen + 1] = { register(connection, nil, "away") }
      seen[#seen + 1] = { connection:register { id = 1 } }
    end]]
    world.connect():leave()
    world.advance(1)
    local closed = { nil, "closed" }
    assert.same({ closed, closed, closed, closed }, seen)
    assert.equal("", (world.log():gsub("[^\n]*nobody can be[^\n]*\n", "")))
  end)

  local function raises(id, pattern)
    it("raises at the caller's line for the id " .. id, function()
      project("function(connection, register)\nregister(connection, { id = "
        .. id .. " })\nend")
      assert.equal(1011, (world.connect():closed()))
      local log = world.log()
      assert.equal("base.lua:3", world.place(log))
      assert.matches(pattern, log)
    end)
  end

  raises("nil", "id")
  raises("{}", "id")
  raises("true", "id")
  raises('""', "id")
  raises("1.5", "id")
  raises("0/0", "id")
  raises("1e300", "id")
  raises('("x"):rep(129)', "128")
  raises('"\\xff"', "UTF")

  it("raises for what is no user", function()
    project("function(connection, register)\nregister(connection, 42)\nend")
    world.connect()
    assert.equal("base.lua:3", world.place(world.log()))
  end)

  it("takes an id of 128 bytes", function()
    project [[function(connection, register)
      register(connection, { id = ("x"):rep(128) })
    end]]
    assert.same({ { "authenticated", { id = ("x"):rep(128) } } },
      world.connect():heard())
  end)

  it("knows 42, 42.0 and '42' as one, and '042' as another", function()
    local ids = { "42", "42.0", "'42'", "'042'" }
    project("function(connection, register) register(connection, { id = ({"
      .. table.concat(ids, ",")
      .. "})[tonumber(connection.request.query.n)] }) end")
    local base = require "base"
    local told = {}
    for n = 1, #ids do
      told[n] = world.connect { path = "/?n=" .. n }:texts()[1]
    end
    local first = '["authenticated",{"id":42}]'
    assert.same({ first, first, first, '["authenticated",{"id":"042"}]' }, told)
    assert.equal(2, base.users:count())
    assert.equal(base.users[42], base.users["42"])
    assert.equal(base.users[42], base.users[42.0])
    assert.equal("integer", math.type(base.users["42"].id))
  end)

  it("moves a connection to another user, who is told again", function()
    project("default", PUBLIC)
    local client = world.user "ada"
    client:say { "login", "bob", 1 }
    assert.same({ { "authenticated", { id = "bob" } }, { "ok", { true }, 1 } },
      client:heard())
    assert.same("bob", select(2, client:ask "private"))
  end)

  it("leaves nothing behind when welcome raises", function()
    project("default", [[welcome = function() error "no" end,]] .. PUBLIC)
    local client = world.connect { user = "ada" }
    assert.equal(1011, (client:closed()))
    assert.same({}, client:heard())
  end)
end)

describe("messages that come before the answer", function()
  it("wait for it, in order, unless they are public", function()
    project([[function(connection, register)
      base.sleep(1)
      register(connection, { id = "ada" })
    end]], PUBLIC, { ["actions/look.lua"] = world.action
      "seen[#seen + 1] = tostring(connection.user)" })
    local client = world.connect()
    client:say { "private", 1 }
    client:say { "look" }
    assert.same({ "nil" }, seen)
    world.advance(1)
    assert.same({ "nil", "private" }, seen)
    assert.same({ { "authenticated", { id = "ada" } }, { "ok", "ada" } },
      client:heard())
  end)

  it("are busy past pending_messages", function()
    project("function() base.sleep(1) end", "limits = { pending_messages = 2 }")
    local client = world.connect()
    for i = 1, 3 do client:say { "private", world.null, i } end
    local heard = client:heard()
    assert.equal(1, #heard)
    assert.equal("busy", heard[1][2].code)
    assert.equal(3, heard[1][3])
  end)

  it("close with 4001 when it leaves a guest", function()
    project("function() base.sleep(1) end", PUBLIC)
    local client = world.connect()
    client:say { "private" }
    world.advance(1)
    assert.equal(4001, (client:closed()))
    assert.same({}, seen)
  end)
end)

describe("a welcome that raises", function()
  it("ends the connection with 1011, and its error goes to the log", function()
    project("default", "welcome = function() error 'boom' end,")
    local client = world.connect { user = "ada" }
    assert.equal(1011, (client:closed()))
    assert.matches("boom", world.log())
  end)
end)

describe("a guest", function()
  before_each(function()
    project("function() end", PUBLIC .. "limits = { guest_time = 30 },")
  end)

  it("may run public actions, and log in with one", function()
    local guest = world.connect()
    guest:say { "login", "ada", 1 }
    assert.same({ { "authenticated", { id = "ada" } }, { "ok", { true }, 1 } },
      guest:heard())
    world.advance(31)
    assert.is_nil(guest:closed())
    assert.same("ada", select(2, guest:ask "private"))
  end)

  it("may send what belongs behind a login that still waits", function()
    project("function() end", 'actions = { public = { "slow" } },', {
      ["actions/slow.lua"] = world.action [[
        base.sleep(1)
        connection:register { id = message.body }
      ]],
    })
    local guest = world.connect()
    guest:say { "slow", "ada" }
    guest:say { "private" }
    assert.is_nil(guest:closed())
    world.advance(1)
    assert.same({ { "authenticated", { id = "ada" } }, { "ok", "ada" } },
      guest:heard())
  end)

  it("is closed with 4001 at the turn of a command that is not public",
    function()
      project("function() end", 'actions = { public = { "slow" } },', {
        ["actions/slow.lua"] = world.action "base.sleep(1)",
      })
      local guest = world.connect()
      guest:say { "slow" }
      guest:say { "private" }
      guest:say { "slow" }
      world.advance(1)
      assert.equal(4001, (guest:closed()))
      assert.same({}, seen)
    end)

  it("is closed with 4001 by any other command", function()
    local guest = world.connect()
    guest:say { "private", 1, 2 }
    assert.equal(4001, (guest:closed()))
    assert.same({}, guest:heard())
  end)

  it("is closed with 4001 by a command that is not there", function()
    local guest = world.connect()
    guest:say { "nothing" }
    assert.equal(4001, (guest:closed()))
  end)

  it("ends with 4010 after guest_time", function()
    local guest = world.connect()
    world.advance(29.999)
    assert.is_nil(guest:closed())
    world.advance(0.001)
    assert.equal(4010, (guest:closed()))
  end)
end)

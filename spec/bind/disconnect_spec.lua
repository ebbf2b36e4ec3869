-- Disconnecting a user means everybody who began before: who is on the way to
-- becoming that user does not arrive.
local world = require "spec.helper"

local base = require "base"
local core = require "base.core"
local seen = world.seen

-- Three seconds until somebody knows whose the cookie is.
local SLOW = [[function(connection, register)
  local user = connection.request.cookies.user
  base.sleep(3)
  seen[#seen + 1] = table.pack(register(connection, user and { id = user }))
end]]

local function project(authenticate, files)
  files = files or {}
  files["base.lua"] = world.settings("authenticate = " .. authenticate .. [[,
    actions = { public = { "login", "ping" } },
  ]] .. (files.more or ""))
  files.more = nil
  files["actions/who.lua"] = world.action
    "return message:respond('you', connection.user.id)"
  files["actions/ping.lua"] = world.action "return message:respond 'pong'"
  files["actions/login.lua"] = files["actions/login.lua"] or world.action [[
    if message.body.after then base.sleep(message.body.after) end
    return message:respond("ok",
      { connection:register { id = message.body.id } })
  ]]
  world.project(files)
end

local function assert_out(client, code, reason)
  assert.same({ code or 4003, reason or "sent away" }, { client:closed() })
  assert.same({}, client:heard())
end

local function assert_is(name, client)
  assert.is_nil(client:closed())
  assert.same({ "you", name }, { client:ask "who" })
end

local OUT = { nil, "disconnected", n = 2 }

after_each(world.reset)

describe("a disconnect while authenticate is waiting", function()
  it("ends the connection that would become the user", function()
    project(SLOW)
    local ada = world.connect { user = "ada" }
    ada:say { "who", world.null, 1 }
    world.advance(1)
    assert.equal(0, core.disconnect "ada")
    assert.is_nil(ada:closed())
    world.advance(2)
    assert_out(ada)
    assert.same({ OUT }, { table.unpack(seen) })
    assert.is_nil(base.users.ada)
  end)

  it("ends it with its own code and reason, the last ones", function()
    project(SLOW)
    local ada = world.connect { user = "ada" }
    core.disconnect("ada", 4200, "first")
    core.disconnect("ada", 4100, "banned")
    world.advance(3)
    assert_out(ada, 4100, "banned")
  end)

  it("may come from a script, for a user who has gone", function()
    project("default")
    local first = world.user "ada"
    local kept = base.users.ada
    first:leave()
    world.advance(60)
    assert.is_nil(base.users.ada)
    world.file("base.lua", world.settings("authenticate = " .. SLOW .. ","))
    world.reload()
    local ada = world.connect { user = "ada" }
    assert.equal(0, kept:disconnect(4100, "bye"))
    world.advance(3)
    assert_out(ada, 4100, "bye")
  end)

  it("closes open connections as well", function()
    project(SLOW)
    local first = world.connect { user = "ada" }
    world.advance(3)
    local second = world.connect { user = "ada" }
    first:heard()
    assert.equal(1, core.disconnect "ada")
    world.advance(3)
    assert_out(first)
    assert_out(second)
  end)

  it("finds the user by any form of the id", function()
    project [[function(connection, register)
      base.sleep(1)
      register(connection, { id = connection.request.query.n and 42 or "42" })
    end]]
    local number, string = world.connect { path = "/?n=1" }, world.connect()
    core.disconnect "42"
    world.advance(1)
    assert_out(number)
    assert_out(string)
  end)

  it("closes no later connection, and no other user's", function()
    project(SLOW)
    local bob = world.connect { user = "bob" }
    core.disconnect "ada"
    local ada = world.connect { user = "ada" }
    world.advance(3)
    assert.same({ { "authenticated", { id = "ada" } } }, ada:heard())
    assert.same({ { "authenticated", { id = "bob" } } }, bob:heard())
    assert_is("ada", ada)
  end)

  it("lets the connection become another user", function()
    project [[function(connection, register)
      base.sleep(1)
      register(connection, nil, "away")
    end]]
    local ada = world.connect { user = "ada" }
    core.disconnect "ada"
    world.advance(1)
    assert.equal(1013, (ada:closed()))
  end)

  it("ends one whose welcome is waiting", function()
    project("default", { more = "welcome = function() base.sleep(2) end," })
    local ada = world.connect { user = "ada" }
    core.disconnect "ada"
    world.advance(2)
    assert_out(ada)
  end)
end)

describe("a disconnect while an action is waiting", function()
  it("ends the guest that would log in", function()
    project "function() end"
    local guest = world.connect()
    guest:say { "login", { id = "ada", after = 2 }, 1 }
    core.disconnect "ada"
    world.advance(2)
    assert_out(guest)
  end)

  it("ends the member that would become that user", function()
    project "default"
    local bob = world.user "bob"
    bob:say { "login", { id = "ada", after = 2 }, 1 }
    core.disconnect "ada"
    world.advance(2)
    assert_out(bob)
    assert.equal(0, core.disconnect "ada")
  end)

  it("leaves alone the guest that logs in afterwards", function()
    project "function() end"
    local guest = world.connect()
    core.disconnect "ada"
    assert.same({ "ok", { true } }, { guest:ask("login", { id = "ada" }) })
    assert_is("ada", guest)
  end)

  it("leaves alone the member that registers as the same user", function()
    project "default"
    core.disconnect "ada"
    local ada = world.user "ada"
    ada:say { "login", { id = "ada", after = 2 }, 1 }
    world.advance(2)
    assert_is("ada", ada)
  end)
end)

describe("a run that authenticate spawned", function()
  local function register_by(how, register)
    project([[function(connection, register)
      local function answer()
        seen[1] = table.pack(]] .. (register or "register(connection,")
          .. [[ { id = "ada" }))
      end
      ]] .. how .. [[
    end]])
    local guest = world.connect()
    core.disconnect "ada"
    guest:say { "ping", world.null, 1 } -- a run of its own, which asks nobody
    assert.same({ { "pong", world.null, 1 } }, guest:heard())
    world.advance(4)
    return guest
  end

  for _, how in ipairs { "base.spawn(function() base.sleep(2) answer() end)",
      "base.after(2, answer)",
      "base.after(1, function() base.after(1, answer) end)",
      "base.spawn(function() base.spawn(base.after, 2, answer) end)" } do
    it("counts as begun with it: " .. how, function()
      assert_out(register_by(how))
      assert.same(OUT, seen[1])
      assert_out(register_by(how, "connection.register(connection,"))
      assert.same(OUT, seen[1])
    end)
  end

  it("counts anew in each run of base.every", function()
    local guest = register_by [[local timer
      timer = base.every(2, function() timer:cancel() answer() end)]]
    guest:heard()
    assert_is("ada", guest)
  end)
end)

describe("a run on behalf of others", function()
  it("may register a guest after a disconnect that came before", function()
    project("default", { ["actions/approve.lua"] = world.action [[
      base.sleep(2)
      local guest = base.connections[message.body]
      local ok, word = guest:register { id = "ada" }
      return message:respond("ok", ok or word)
    ]] })
    local before, after, phone = world.connect(), world.connect(),
      world.user "bob"
    phone:say { "approve", before.connection.id, 1 }
    core.disconnect "ada"
    phone:say { "approve", after.connection.id, 2 }
    world.advance(4)
    assert_out(before)
    assert.same({ { "authenticated", { id = "ada" } } }, after:heard())
    assert.same({ { "ok", "disconnected", 1 }, { "ok", true, 2 } },
      phone:heard())
  end)

  local WORKER = [[
    local base = require "base"
    local jobs = {}
    base.spawn(function()
      while true do
        base.sleep(1)
        for _, job in ipairs(jobs) do job() end
        jobs = {}
      end
    end)
    return { add = function(job) jobs[#jobs + 1] = job end }
  ]]

  local function start_worker(authenticate)
    project(authenticate, {
      ["worker.lua"] = WORKER,
      more = "on = { reload = function() require 'worker' end },",
      ["actions/login.lua"] = [[
        local worker = require "worker"
        return function(connection, message)
          worker.add(function() connection:register { id = message.body } end)
        end
      ]],
    })
  end

  it("that never ends lets in who asks after a disconnect", function()
    start_worker "function() end"
    world.advance(5)
    local guest = world.connect()
    core.disconnect "ada"
    guest:say { "login", "ada" }
    world.advance(1)
    assert.same({ { "authenticated", { id = "ada" } } }, guest:heard())
  end)

  it("that never ends refuses who asked before a disconnect", function()
    start_worker "function() end"
    world.advance(5)
    local guest = world.connect()
    guest:say { "login", "ada" }
    core.disconnect "ada"
    world.advance(1)
    assert_out(guest)
  end)

  it("answers for an authenticate that began before", function()
    start_worker [[function(connection, register)
      require "worker".add(function() register(connection, { id = "ada" }) end)
    end]]
    world.advance(5)
    local guest = world.connect()
    core.disconnect "ada"
    guest:say { "ping", world.null, 1 }
    guest:heard()
    world.advance(1)
    assert_out(guest)
  end)
end)

describe("a run that disconnects a user", function()
  local ONE = [[function(connection, register)
    base.sleep(connection.request.query.slow and 2 or 1)
    local ada = base.users.ada
    if ada then ada:disconnect(4100, "here is another") end
    seen[#seen + 1] = table.pack(register(connection, { id = "ada" }))
  end]]

  it("may register as that user in the same run", function()
    project(ONE)
    local first = world.connect()
    world.advance(1)
    first:heard()
    local second = world.connect()
    world.advance(1)
    assert_out(first, 4100, "here is another")
    second:heard()
    assert_is("ada", second)
  end)

  it("may not after another run has disconnected the user", function()
    project(ONE)
    local first = world.connect()
    world.advance(1)
    first:heard()
    local slow = world.connect { path = "/?slow=1" }
    core.disconnect "ada"
    world.connect()
    world.advance(2)
    assert.equal(4100, (slow:closed()))
    assert.same(OUT, seen[3])
  end)
end)

describe("more disconnects than are remembered", function()
  it("refuse runs that began before the oldest kept one", function()
    project(SLOW)
    local before = world.connect { user = "bob" }
    for i = 1, 65536 + 10 do core.disconnect(i) end
    local after = world.connect { user = "bob" }
    world.advance(3)
    assert.equal("reconnect", before:heard()[1][1])
    assert.equal(1013, (before:closed()))
    assert.same({ { "authenticated", { id = "bob" } } }, after:heard())
  end)

  it("are not kept while nobody is authenticating", function()
    project "default"
    for i = 1, 10000 do core.disconnect("user " .. i) end
    local bob = world.user "bob"
    assert_is("bob", bob)
  end)
end)

-- limits.connections_per_user and limits.on_exceed.
local world = require "spec.helper"

local base = require "base"

local function settings(limits)
  return world.settings([[
    actions = { public = { "login" } },
    authenticate = function(connection, register)
      local name = connection.request.cookies.user
      if name then
        seen[#seen + 1] = { register(connection, { id = name }) }
      end
    end,
    on = {
      offline = function(user) seen[#seen + 1] = "offline " .. user.id end,
    },
    limits = { ]] .. limits .. " },")
end

local function project(limits)
  world.project {
    ["base.lua"] = settings(limits),
    ["actions/login.lua"] = world.action [[
      return message:respond("ok",
        { connection:register { id = message.body } })
    ]],
  }
end

local function reload(limits)
  world.file("base.lua", settings(limits))
  assert.is_true(world.reload())
end

after_each(world.reset)

local TOO_MANY = { 4009, "too many connections of this user" }

local function assert_open(...)
  for i, client in ipairs { ... } do
    assert.is_nil(client:closed(), "the one of place " .. i)
  end
end

-- The log has just this line.
local function assert_logged(pattern)
  local log = world.log()
  assert.equal(1, select(2, log:gsub("\n", "")), log)
  assert.matches(pattern, log)
end

describe("a user with too many connections", function()
  before_each(function()
    project "connections_per_user = 2"
  end)

  it("gets no more: the newest is closed with 4009", function()
    local first, second = world.user "ada", world.user "ada"
    local third = world.connect { user = "ada" }
    assert.same(TOO_MANY, { third:closed() })
    assert.same({}, third:heard())
    assert.same({ nil, "closed" }, world.seen[3])
    assert.is_nil(third.connection.user)
    assert_open(first, second)
    assert_logged("info closed with 4009: user ada has 2 connections already "
      .. "%(limits.connections_per_user%) connection="
      .. third.connection.id .. "\n")
  end)

  it("does not affect other users", function()
    local all = {}
    for _, name in ipairs { "ada", "bob", "ada", "bob" } do
      all[#all + 1] = world.user(name)
    end
    assert_open(table.unpack(all))
    assert.equal("", world.log())
  end)

  it("may replace one that has closed", function()
    world.user "ada":leave()
    assert_open(world.user "ada", world.user "ada")
  end)

  it("may replace one that is closing", function()
    local first = world.user "ada"
    world.user "ada"
    first.connection:close()
    assert_open(world.user "ada")
  end)

  it("may register its connections again", function()
    local first, second = world.user "ada", world.user "ada"
    first:say { "login", "ada", 1 }
    assert.same({ "ok", { true }, 1 }, first:heard()[2])
    assert_open(first, second)
  end)

  it("gets no more by logging in either", function()
    world.user "ada"
    world.user "ada"
    local guest = world.connect()
    guest:say { "login", "ada", 1 }
    assert.same({}, guest:heard())
    assert.same(TOO_MANY, { guest:closed() })
  end)

  it("gets no more by moving, and the connection keeps its user", function()
    world.user "ada"
    world.user "ada"
    local bob = world.user "bob"
    bob:say { "login", "ada" }
    assert.same(TOO_MANY, { bob:closed() })
    assert.equal("bob", bob.connection.user.id)
    bob:leave()
    assert.equal("bob", bob.connection.user.id)
    world.advance(5)
    assert.same({ "offline bob" }, { table.unpack(world.seen, 4) })
  end)

  it("has room again when one has moved away", function()
    world.user "ada"
    world.user "ada":say { "login", "bob" }
    assert_open(world.user "ada")
  end)
end)

describe("on_exceed = 'close_oldest'", function()
  before_each(function()
    project 'connections_per_user = 2, on_exceed = "close_oldest"'
  end)

  it("closes the connection that registered first", function()
    local first, second = world.user "ada", world.user "ada"
    local third = world.connect { user = "ada" }
    assert.same(TOO_MANY, { first:closed() })
    assert.same({ { "authenticated", { id = "ada" } } }, third:heard())
    assert_open(second, third)
    assert_logged("info closed with 4009: user ada has 2 connections already "
      .. "%(limits.connections_per_user%) connection="
      .. first.connection.id .. " user=ada\n")
  end)

  it("uses the time of registering, not of opening", function()
    local guest = world.connect()
    local first = world.user "ada"
    guest:say { "login", "ada" }
    world.user "ada"
    assert.equal(4009, (first:closed()))
    assert_open(guest)
  end)

  it("closes no other while the oldest is still closing", function()
    local first, second = world.user "ada", world.user "ada"
    local third = world.user "ada"
    assert.equal(4009, (first:closed()))
    local fourth = world.user "ada"
    assert.equal(4009, (second:closed()))
    assert_open(third, fourth)
    first:leave(4009)
    second:leave(4009)
    world.user "ada"
    assert.equal(4009, (third:closed()))
    assert_open(fourth)
    assert.equal(4, base.users.ada:send("x") + 2)
  end)

  it("closes one when a connection moves to the user", function()
    local first = world.user "ada"
    world.user "ada"
    local bob = world.user "bob"
    bob:say { "login", "ada", 1 }
    assert.same({ "ok", { true }, 1 }, bob:heard()[2])
    assert.equal(4009, (first:closed()))
  end)

  it("does not call on.offline", function()
    local first = world.user "ada"
    world.user "ada"
    world.user "ada"
    first:leave(4009)
    world.advance(10)
    assert.equal(3, #world.seen)
    assert.equal("ada", base.users.ada.id)
  end)

  it("never closes the only one", function()
    reload 'connections_per_user = 1, on_exceed = "close_oldest"'
    local only = world.user "ada"
    only:say { "login", "ada" }
    assert_open(only)
    local next_one = world.user "ada"
    assert.equal(4009, (only:closed()))
    assert_open(next_one)
  end)
end)

describe("a reload with a smaller limit", function()
  local all

  before_each(function()
    project ""
    all = {}
    for i = 1, 4 do all[i] = world.user "ada" end
  end)

  it("closes no connection, and applies to new ones", function()
    reload "connections_per_user = 2"
    assert_open(table.unpack(all))
    assert.same(TOO_MANY, { world.user "ada":closed() })
    assert_open(table.unpack(all))
    all[1]:leave()
    all[2]:leave()
    assert.same(TOO_MANY, { world.user "ada":closed() })
    all[3]:leave()
    assert_open(world.user "ada")
  end)

  it("closes all excess connections for a new one", function()
    reload 'connections_per_user = 2, on_exceed = "close_oldest"'
    assert_open(table.unpack(all))
    local new = world.user "ada"
    for i = 1, 3 do assert.same(TOO_MANY, { all[i]:closed() }) end
    assert_open(all[4], new)
  end)
end)

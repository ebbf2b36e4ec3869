-- A registration that is good for a while: `expires` and `grace`.
local world = require "spec.helper"

local seen = world.seen

-- `register` gets these options, a Lua expression; the action `renew` registers
-- again with those that the spec puts into `seen.options`.
local function project(options, more)
  world.project {
    ["base.lua"] = world.settings([[
      authenticate = function(connection, register)
        local user = { id = connection.request.cookies.user }
        seen[#seen + 1] = { register(connection, user, ]] .. options .. [[) }
      end,
    ]] .. (more or "")),
    ["actions/renew.lua"] = world.action [[
      local id = message.body or connection.user.id
      return message:respond("ok",
        { connection:register({ id = id }, seen.options) })
    ]],
  }
end

after_each(world.reset)

describe("a registration that expires", function()
  it("sends expired, and closes with 4001 after the grace",
    function()
      project "{ expires = 60, grace = 5 }"
      local ada = world.user "ada"
      world.advance(59.999)
      assert.same({}, ada:heard())
      world.advance(0.001)
      assert.same({ '["expired"]' }, ada:texts())
      world.advance(4.999)
      assert.is_nil(ada:closed())
      world.advance(0.001)
      assert.same({ 4001, "the registration has expired" }, { ada:closed() })
      assert.same({}, ada:texts())
    end)

  it("has ten seconds of grace", function()
    project "{ expires = 1 }"
    local ada = world.user "ada"
    world.advance(10.999)
    assert.is_nil(ada:closed())
    world.advance(0.001)
    assert.equal(4001, (ada:closed()))
  end)

  it("may have no grace", function()
    project "{ expires = 1, grace = 0 }"
    local ada = world.user "ada"
    world.advance(1)
    assert.same({ { "expired" } }, ada:heard())
    assert.equal(4001, (ada:closed()))
  end)

  it("serves all actions until the grace is over", function()
    project "{ expires = 1 }"
    local ada = world.user "ada"
    world.advance(5)
    assert.same({ { "expired" } }, ada:heard())
    assert.same({ "ok", { true } }, { ada:ask "renew" })
  end)

  it("has only expired when it was told", function()
    project "nil"
    local ada = world.user "ada"
    world.advance(1e6)
    assert.same({}, ada:heard())
    assert.is_nil(ada:closed())
  end)

  it("sends nothing in a protocol of the script's own", function()
    project("{ expires = 1, grace = 1 }", "on = { text = function() end },")
    local ada = world.user "ada"
    world.advance(1.999)
    assert.same({}, ada:texts())
    assert.is_nil(ada:closed())
    world.advance(0.001)
    assert.equal(4001, (ada:closed()))
  end)
end)

describe("`expires`", function()
  local function expired_after(options)
    project(options)
    local ada = world.user "ada"
    for seconds = 0, 4000 do
      if #ada:heard() > 0 then return seconds end
      world.advance(1)
    end
  end

  it("is seconds from now below 10^9", function()
    assert.equal(2, expired_after "{ expires = 2 }")
    assert.equal(2, expired_after "{ expires = 1.5 }")
  end)

  it("is a Unix time from there on", function()
    local seconds = expired_after "{ expires = base.now() + 100.5 }"
    assert.is_true(seconds > 99 and seconds <= 101, tostring(seconds))
  end)

  it("is not affected by a jump of the clock",
    function()
      local core = require "base.core"
      local now = core.now
      finally(function() core.now = now end)
      core.now = function() return 2e9 - 100 end
      project "{ expires = 2e9 }"
      local ada = world.user "ada"
      core.now = function() return 3e9 end
      world.advance(99.999)
      assert.same({}, ada:heard())
      world.advance(0.001)
      assert.same({ { "expired" } }, ada:heard())
    end)

  for name, expires in pairs {
    ["zero"] = "0", ["less than zero"] = "-5", ["a past Unix time"] = "1e9",
    ["minus infinity"] = "-math.huge",
  } do
    it("has already passed when it is " .. name, function()
      project("{ expires = " .. expires .. " }",
        "on = { online = function() seen.online = true end },")
      local ada = world.connect { user = "ada" }
      ada:say { "renew" }
      assert.equal(4001, (ada:closed()))
      assert.same({}, ada:heard())
      assert.same({ { nil, "expired" } }, { table.unpack(seen) })
      assert.is_nil(seen.online)
      assert.is_nil(require "base".users.ada)
    end)

    it("leaves a registered user the grace when it is " .. name, function()
      project "nil"
      local ada = world.user "ada"
      seen.options = load("return { expires = " .. expires .. " }")()
      assert.same({ "ok", { true } }, { ada:ask "renew" })
      world.advance(9.999)
      assert.is_nil(ada:closed())
      world.advance(0.001)
      assert.equal(4001, (ada:closed()))
    end)

    it("moves no connection to another user when it is " .. name, function()
      project "nil"
      local ada = world.user "ada"
      seen.options = load("return { expires = " .. expires .. " }")()
      ada:say { "renew", "bob" }
      assert.equal(4001, (ada:closed()))
      assert.same({}, ada:heard())
      assert.is_nil(require "base".users.bob)
    end)
  end

  it("has passed when it is the Unix time of now", function()
    local core = require "base.core"
    local now = core.now
    finally(function() core.now = now end)
    core.now = function() return 2e9 end
    project "{ expires = 2e9 }"
    local ada = world.connect { user = "ada" }
    assert.equal(4001, (ada:closed()))
    assert.same({}, ada:heard())
  end)

  it("passes while welcome is still waiting", function()
    project("{ expires = 1 }",
      "welcome = function(user) base.sleep(2) return { user.id } end,")
    local ada = world.connect { user = "ada" }
    ada:say { "renew" }
    world.advance(1.999)
    assert.is_nil(ada:closed())
    world.advance(0.001)
    assert.equal(4001, (ada:closed()))
    assert.same({}, ada:heard())
    assert.same({ { nil, "expired" } }, { seen[1] })
  end)

  it("counts from the call of register, whatever welcome takes", function()
    project("{ expires = 5 }",
      "welcome = function(user) base.sleep(2) return { user.id } end,")
    local ada = world.connect { user = "ada" }
    world.advance(4.999)
    assert.same({ { "authenticated", { "ada" } } }, ada:heard())
    world.advance(0.001)
    assert.same({ { "expired" } }, ada:heard())
  end)

  it("that has passed ends who is not let in by an action", function()
    world.project {
      ["base.lua"] = world.settings 'actions = { public = { "login" } },',
      ["actions/login.lua"] = world.action
        "connection:register({ id = 'ada' }, { expires = -1 })",
    }
    local guest = world.connect()
    guest:say { "login" }
    assert.equal(4001, (guest:closed()))
    assert.same({}, guest:heard())
  end)

  it("that has passed makes room for nobody", function()
    project([[connection.request.query.past and { expires = -1 }]],
      "limits = { connections_per_user = 1, on_exceed = 'close_oldest' },")
    local ada = world.user "ada"
    local other = world.connect { user = "ada", path = "/?past=1" }
    assert.equal(4001, (other:closed()))
    assert.is_nil(ada:closed())
  end)

  it("may be as far away as a Unix time goes", function()
    project "{ expires = 99999999999 }"
    local ada = world.user "ada"
    world.advance(1e8)
    assert.same({}, ada:heard())
  end)
end)

describe("registering again", function()
  local ada

  before_each(function()
    project "{ expires = 60, grace = 10 }"
    ada = world.user "ada"
  end)

  it("begins a new time", function()
    world.advance(59)
    seen.options = { expires = 30 }
    ada:ask "renew"
    world.advance(29.999)
    assert.same({}, ada:heard())
    world.advance(0.001)
    assert.same({ { "expired" } }, ada:heard())
  end)

  it("within the grace keeps the connection", function()
    world.advance(69.999)
    assert.same({ { "expired" } }, ada:heard())
    seen.options = { expires = 30, grace = 1 }
    ada:ask "renew"
    world.advance(29.999)
    assert.same({}, ada:heard())
    assert.is_nil(ada:closed())
    world.advance(0.001)
    assert.same({ { "expired" } }, ada:heard())
    world.advance(1)
    assert.equal(4001, (ada:closed()))
  end)

  it("with what has passed does not begin the grace anew", function()
    world.advance(60)
    seen.options = { expires = -1, grace = 1000 }
    for _ = 1, 9 do
      world.advance(1)
      ada:ask "renew"
    end
    world.advance(0.999)
    assert.is_nil(ada:closed())
    world.advance(0.001)
    assert.equal(4001, (ada:closed()))
  end)

  it("without `expires` ends the time", function()
    world.advance(65)
    ada:heard()
    ada:ask "renew"
    world.advance(1000)
    assert.same({}, ada:heard())
    assert.is_nil(ada:closed())
  end)

  it("as somebody else does both as well", function()
    seen.options = { expires = 100 }
    ada:ask("renew", "bob")
    world.advance(99.999)
    assert.same({}, ada:heard())
    world.advance(0.001)
    assert.same({ { "expired" } }, ada:heard())
    seen.options = nil
    ada:ask("renew", "eve")
    world.advance(1000)
    assert.is_nil(ada:closed())
  end)

  it("does not change what the user's other connections have", function()
    local tab = world.user "ada"
    world.advance(30)
    ada:ask "renew"
    world.advance(30)
    assert.same({}, ada:heard())
    assert.same({ { "expired" } }, tab:heard())
  end)
end)

describe("a running expiry", function()
  before_each(function()
    project "{ expires = 60, grace = 10 }"
  end)

  it("continues over a reload", function()
    local ada = world.user "ada"
    world.advance(30)
    project "nil"
    world.advance(30)
    assert.same({ { "expired" } }, ada:heard())
    world.reload()
    world.advance(10)
    assert.equal(4001, (ada:closed()))
  end)

  it("ends with its connection, before and after it has passed", function()
    local early, late = world.user "ada", world.user "ada"
    world.advance(30)
    early:leave()
    world.advance(35)
    late:leave()
    world.advance(1000)
    assert.equal("", world.log())
  end)

  it("says nothing to a connection that a script has closed", function()
    local ada = world.user "ada"
    ada.connection:close(4100, "bye")
    world.advance(1000)
    assert.same({}, ada:heard())
    assert.same({ 4100, "bye" }, { ada:closed() })
  end)
end)

describe("wrong options", function()
  local function refused(options, pattern)
    it("raise at the caller's line: " .. options, function()
      world.project { ["base.lua"] = world.settings(
        "authenticate = function(connection, register)\n"
        .. "register(connection, { id = 1 }, " .. options .. ")\nend") }
      local client = world.connect()
      assert.equal(1011, (client:closed()))
      assert.same({}, client:heard())
      local log = world.log()
      assert.equal("base.lua:3", world.place(log))
      assert.matches(pattern, log, 1, true)
      assert.equal(0, require "base".users:count())
    end)
  end

  local EXPIRES = "expires must be seconds from now or a Unix time in seconds"
  local GRACE = "grace must be seconds, at least 0, not "

  refused("60", "the options of register must be a table, not number")
  refused("'soon'", "the options of register must be a table, not string")
  refused("{ expire = 60 }", "register has no option 'expire'")
  refused("{ 60 }", "register has no option '1'")
  refused("{ expires = '60' }", EXPIRES .. ", not string")
  refused("{ expires = true }", EXPIRES .. ", not boolean")
  refused("{ expires = 0/0 }", EXPIRES)
  refused("{ expires = math.huge }", EXPIRES .. ", not inf")
  refused("{ expires = require 'base.json'.null }", EXPIRES)
  refused("{ expires = base.now() * 1000 }", EXPIRES)
  refused("{ grace = '1' }", GRACE .. "string")
  refused("{ grace = -1 }", GRACE .. "-1")
  refused("{ grace = 0/0 }", GRACE)
  refused("{ grace = 1e9 }", GRACE)

  it("of connection:register raise at the action's line", function()
    project "nil"
    seen.options = { expires = "60" }
    local _, body = world.user "ada":ask "renew"
    assert.equal("failed", body.code)
    assert.equal("actions/renew.lua:4", world.place(world.log()))
  end)
end)

-- base.lua as a whole: what it returns, what is unknown, many mistakes at once.
local config = require "base.config"

local support = require "spec.support.settings"

local nothing, disk = support.nothing, support.disk
local check, accepted = support.check, support.accepted
local refused, value_of = support.refused, support.value_of

describe("base.lua with nothing but authenticate", function()
  local defaults = {
    port = 9000,
    ["actions.path"] = "actions",
    ["deflate.threshold"] = 1024,
    ["deflate.level"] = 1,
    ["heartbeat.interval"] = 25,
    ["heartbeat.timeout"] = 10,
    offline_after = 5,
    drain = 10,
    http_keep_alive = 75,
    ["limits.message_size"] = 65536,
    ["limits.connections"] = 10000,
    ["limits.connections_per_user"] = 0,
    ["limits.connections_per_address"] = 0,
    ["limits.on_exceed"] = "reject",
    ["limits.rate"] = 100,
    ["limits.burst"] = 200,
    ["limits.queue_size"] = 1048576,
    ["limits.on_slow"] = "close",
    ["limits.pending_messages"] = 64,
    ["limits.waiting_per_user"] = 8388608,
    ["limits.waiting_per_address"] = 33554432,
    ["limits.handshake_time"] = 10,
    ["limits.authenticate_time"] = 10,
    ["limits.guest_time"] = 60,
    ["limits.run_time"] = 1,
    ["limits.slow_run"] = 0.1,
    ["limits.action_time"] = 60,
    ["limits.timers"] = 100000,
    ["limits.coroutines"] = 100000,
    ["limits.channels"] = 128,
    ["limits.members_listed"] = 1000,
    ["limits.history_memory"] = 64 << 20,
    ["limits.run_memory"] = 67108864,
    ["limits.memory"] = 536870912,
    ["limits.http_head"] = 16384,
    ["limits.http_body"] = 1048576,
    ["http_client.connections"] = 64,
    ["http_client.queue"] = 1024,
    ["http_client.keep_alive"] = 60,
    ["log.level"] = "info",
    ["log.format"] = "text",
  }
  for name, value in pairs(defaults) do
    it(("has %s = %s"):format(name, value), function()
      assert.equal(value, value_of(accepted(), name))
      assert.equal(value, config.settings[name].default)
    end)
  end

  it("leaves out what has no default", function()
    local checked = accepted()
    for _, name in ipairs { "address", "path", "tls", "origins", "public",
      "http" } do
      assert.is_nil(checked[name], name)
    end
    assert.is_nil(checked.actions.resolver)
    assert.same({}, checked.on)
  end)

  it("has empty lists of its own", function()
    local checked = accepted()
    assert.same({}, checked.actions.public)
    assert.same({}, checked.trusted_proxies)
    assert.same({}, checked.protocols)
    assert.same({}, checked.hosts)
    assert.are_not.equal(checked.trusted_proxies, accepted().trusted_proxies)
  end)

  it("listens on port 9000 of all addresses", function()
    assert.same({ ":9000" }, accepted().listen)
  end)

  it("welcomes with the id alone", function()
    local welcome = accepted().welcome
    assert.same({ id = 42 }, welcome { id = 42, password = "secret" })
  end)

  it("keeps authenticate", function()
    assert.equal(nothing, accepted().authenticate)
  end)

  it("has all settings and no other in config.settings", function()
    for _, row in ipairs(config.settings) do
      local is_group = row.name == "tls" or row.default == nil
        or type(row.default) ~= "number" and type(row.default) ~= "string"
      local is_of_a_rule = row.name:find "^channels%[" -- which must be there
      assert.is_true(is_group or is_of_a_rule ~= nil
        or defaults[row.name] ~= nil, row.name)
      assert.is_true(row.text ~= "", row.name)
    end
  end)
end)

describe("what base.lua returns", function()
  it("has to be a table", function()
    for shown, value in pairs { ["7"] = 7, ['"x"'] = "x",
      ["a function"] = nothing } do
      local checked, mistakes = config.check(value)
      assert.same({ "base.lua: must return a table of settings, but returns "
        .. shown }, mistakes)
      assert.equal(100, checked.limits.rate)
    end
    local _, mistakes = config.check(nil)
    assert.same({
      "base.lua: must return a table of settings, but returns nil",
    }, mistakes)
  end)

  it("has to have an authenticate", function()
    local _, mistakes = config.check({}, { exists = disk {} })
    assert.same({ "base.lua: 'authenticate' is missing: "
      .. "a function(connection, register), see docs/reference/settings.md",
    }, mistakes)
  end)

  it("is not changed", function()
    local given = { authenticate = nothing, limits = { rate = 5 } }
    config.check(given, { exists = disk {}, port = 81 })
    assert.same({ authenticate = nothing, limits = { rate = 5 } }, given)
  end)

  it("is called by the name that the caller gives", function()
    assert.equal("other.lua: unknown setting 'x'",
      refused({ x = 1 }, { file = "other.lua" }))
  end)

  it("may take settings from a metatable", function()
    local shared = { authenticate = nothing, drain = 3 }
    local own = setmetatable({}, { __index = shared })
    local checked, mistakes = config.check(own, { exists = disk {} })
    assert.same({}, mistakes)
    assert.equal(3, checked.drain)
  end)
end)

describe("an unknown setting", function()
  local meant = {
    prot = "port", -- two letters swapped
    pot = "port",
    portt = "port",
    Port = "port",
    adress = "address",
    limit = "limits",
    offlineafter = "offline_after",
    authentciate = "authenticate",
    auth = "authenticate",
    message_size = "limits.message_size",
    connect = "on.connect",
  }
  for name, right in pairs(meant) do
    it(("'%s' may mean '%s'"):format(name, right), function()
      assert.equal(
        ("base.lua: unknown setting '%s': did you mean '%s'?")
          :format(name, right), refused { [name] = 1 })
    end)
  end

  it("is named with its group", function()
    assert.equal("base.lua: unknown setting 'limits.mesage_size': "
      .. "did you mean 'limits.message_size'?",
      refused { limits = { mesage_size = 1 } })
    assert.equal("base.lua: unknown setting 'on.txet': did you mean 'on.text'?",
      refused { on = { txet = nothing } })
  end)

  it("has no suggestion when nothing is near", function()
    assert.equal("base.lua: unknown setting 'colour'", refused { colour = 1 })
    assert.equal("base.lua: unknown setting 'x'", refused { x = 1 })
    assert.equal("base.lua: unknown setting 'poxxx'", refused { poxxx = 1 })
  end)

  it("may have any key", function()
    assert.equal("base.lua: unknown setting '[1]'", refused { "x" })
    assert.equal("base.lua: unknown setting 'limits[true]'",
      refused { limits = { [true] = 1 } })
    assert.equal("base.lua: unknown setting 'limits.rate'",
      refused { ["limits.rate"] = 1 })
    assert.equal("base.lua: unknown setting 'x\\x0ay'",
      refused { ["x\ny"] = 1 })
    assert.truthy(refused { [("x"):rep(100000)] = 1 })
  end)
end)

describe("many mistakes", function()
  it("are all reported, in the same order each time", function()
    local settings = {
      prot = 1,
      colour = 2,
      port = 0,
      limits = { queue_size = "big", rate = -1, memroy = 1 },
      on = { connect = true },
      log = "debug",
    }
    local _, mistakes = config.check(settings, { exists = disk {} })
    assert.same({
      "base.lua: unknown setting 'colour'",
      "base.lua: unknown setting 'prot': did you mean 'port'?",
      "base.lua: 'port' must be a whole number, 1 to 65535, but is 0",
      "base.lua: 'authenticate' is missing: a function(connection, register), "
        .. "see docs/reference/settings.md",
      "base.lua: 'on.connect' must be a function(connection), but is true",
      "base.lua: unknown setting 'limits.memroy': "
        .. "did you mean 'limits.memory'?",
      "base.lua: 'limits.rate' must be a whole number, 0 for no limit, "
        .. "but is -1",
      "base.lua: 'limits.queue_size' must be a whole number of bytes, "
        .. 'at least 1, but is "big"',
      "base.lua: 'log' must be a table, but is \"debug\"",
    }, mistakes)
  end)

  it("leave the defaults in their place", function()
    local checked = check { port = "x", limits = 7, log = { level = "loud" } }
    assert.same({ ":9000" }, checked.listen)
    assert.equal(100, checked.limits.rate)
    assert.equal("info", checked.log.level)
  end)
end)

local config = require "base.config"

local function nothing() end

-- A project with these files, and no other: path -> "file" or "directory".
local function disk(files)
  return function(path)
    return files[path] ~= nil, files[path]
  end
end

local function with_authenticate(settings)
  local all = { authenticate = nothing }
  for name, value in pairs(settings or {}) do all[name] = value end
  return all
end

local function check(settings, options)
  options = options or {}
  options.exists = options.exists or disk {}
  return config.check(with_authenticate(settings), options)
end

-- The settings in normal form; fails on any mistake.
local function accepted(settings, options)
  local checked, mistakes = check(settings, options)
  assert.same({}, mistakes)
  return checked
end

-- The one mistake that there has to be.
local function refused(settings, options)
  local _, mistakes = check(settings, options)
  assert.equal(1, #mistakes, table.concat(mistakes, "\n"))
  assert.is_nil(mistakes[1]:find("\n"), "a mistake is one line")
  return mistakes[1]
end

-- { limits = { rate = 1 } } of "limits.rate" and 1.
local function setting(name, value)
  local group, key = name:match("^(.*)%.(.*)$")
  if not group then return { [name] = value } end
  return { [group] = { [key] = value } }
end

local function value_of(checked, name)
  for key in name:gmatch("[^.]+") do checked = checked[key] end
  return checked
end

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
      assert.is_true(is_group or defaults[row.name] ~= nil, row.name)
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

describe("a number", function()
  local huge = 2.0 ^ 53 * 2
  local wrong = { -1, 0 / 0, 1 / 0, -1 / 0, huge, 1e300, math.mininteger,
    math.maxinteger, "7", true, {}, nothing }
  for _, row in ipairs(config.settings) do
    if row.unit then
      it(("has to be right for '%s'"):format(row.name), function()
        for _, value in ipairs(wrong) do
          local mistake = refused(setting(row.name, value))
          assert.truthy(mistake:find(("base.lua: '%s' must be a ")
            :format(row.name), 1, true), mistake)
        end
      end)
    end
  end

  -- name -> least, most (nil: the next larger is not tried)
  local ranges = {
    port = { 1, 65535 },
    ["limits.http_head"] = { 1, 65535 },
    ["limits.message_size"] = { 1, 1 << 53 },
    ["limits.queue_size"] = { 1, 1 << 53 },
    ["limits.run_memory"] = { 0, 1 << 53 },
    ["limits.memory"] = { 0, 1 << 53 },
    ["limits.timers"] = { 0, 1 << 53 },
    ["limits.coroutines"] = { 0, 1 << 53 },
    ["limits.http_body"] = { 1, 1 << 53 },
    ["limits.connections"] = { 0, 1 << 53 },
    ["limits.connections_per_user"] = { 0, 1 << 53 },
    ["limits.connections_per_address"] = { 0, 1 << 53 },
    ["limits.rate"] = { 0, 1 << 53 },
    ["limits.burst"] = { 0, 1 << 53 },
    ["limits.pending_messages"] = { 0, 1 << 53 },
    ["limits.waiting_per_user"] = { 0, 1 << 53 },
    ["limits.waiting_per_address"] = { 0, 1 << 53 },
  }
  for name, range in pairs(ranges) do
    it(("is whole and in its range for '%s'"):format(name), function()
      for _, value in ipairs(range) do
        assert.equal(value, value_of(accepted(setting(name, value)), name))
      end
      refused(setting(name, range[1] - 1))
      refused(setting(name, range[2] + 1))
      refused(setting(name, 7.5))
    end)
  end

  it("may be written as a float when it is whole", function()
    local port = accepted({ port = 8080.0 }).port
    assert.equal("integer", math.type(port))
    assert.same({ ":8080" }, accepted({ port = 8080.0 }).listen)
  end)

  it("is no string, not even one of digits", function()
    assert.equal("base.lua: 'port' must be a whole number, 1 to 65535, but is "
      .. '"80", a string: convert it with tonumber', refused { port = "80" })
  end)

  it("that is none is shown as what it is", function()
    assert.truthy(refused({ drain = 0 / 0 }):find("but is NaN", 1, true))
    assert.truthy(refused({ drain = {} })
      :find("but is an empty table", 1, true))
    assert.truthy(refused({ drain = { 1 } }):find("but is a table", 1, true))
    local long = refused { drain = ("é"):rep(1000) .. "\n" }
    assert.is_true(#long < 200)
    assert.truthy(utf8.len(long))
    assert.truthy(refused({ drain = "\n\xff" })
      :find('but is "\\x0a\\xff"', 1, true))
  end)
end)

describe("who gets 4009 of a user with too many connections", function()
  it("is the newest or the oldest", function()
    for _, word in ipairs { "reject", "close_oldest" } do
      assert.equal(word,
        accepted({ limits = { on_exceed = word } }).limits.on_exceed)
    end
    assert.equal("base.lua: 'limits.on_exceed' must be \"reject\" or "
      .. '"close_oldest", but is "close"',
      refused { limits = { on_exceed = "close" } })
  end)
end)

describe("a time", function()
  local may_be_0 = { "offline_after", "drain", "http_keep_alive",
    "limits.handshake_time", "limits.authenticate_time", "limits.guest_time",
    "limits.run_time", "limits.slow_run", "limits.action_time" }
  for _, name in ipairs(may_be_0) do
    it(("may be 0 for '%s'"):format(name), function()
      assert.equal(0, value_of(accepted(setting(name, 0)), name))
    end)
  end

  for _, name in ipairs { "heartbeat.interval", "heartbeat.timeout" } do
    it(("is more than 0 for '%s'"):format(name), function()
      assert.equal(("base.lua: '%s' must be a number of seconds, "
        .. "more than 0, but is 0"):format(name), refused(setting(name, 0)))
    end)
  end

  it("may have a fraction", function()
    assert.equal(0.25, accepted({ drain = 0.25 }).drain)
    assert.equal(0.001, accepted({ limits = { run_time = 0.001 } })
      .limits.run_time)
  end)

  it("that would become 0 milliseconds is refused", function()
    assert.truthy(refused({ limits = { run_time = 0.0009 } })
      :find("less than a millisecond", 1, true))
  end)

  it("has an end", function()
    assert.equal(1000000000, accepted({ drain = 1000000000 }).drain)
    refused { drain = 1000000001 }
  end)
end)

describe("where to listen", function()
  local function listen_of(settings, options)
    return accepted(settings, options).listen
  end

  it("is made of port and address", function()
    assert.same({ ":80" }, listen_of { port = 80 })
    assert.same({ "127.0.0.1:9000" }, listen_of { address = "127.0.0.1" })
    assert.same({ "[::1]:81" }, listen_of { port = 81, address = "::1" })
  end)

  it("takes IP addresses only", function()
    for _, address in ipairs { "", "localhost", "1.2.3", "1.2.3.256", "[::1]",
      "01.2.3.4", "1.2.3.4:80", ":", ":::", "1::2::3", "12345::" } do
      assert.truthy(refused({ address = address })
        :find("'address' must be an IPv4 or IPv6 address", 1, true))
    end
  end)

  it("may be a list", function()
    local places = { "127.0.0.1:9000", "[::1]:9000", ":9001",
      "unix:/run/b.sock", "[2001:db8::1:0]:1", "[::ffff:192.0.2.1]:65535" }
    local checked = accepted { listen = places }
    assert.same(places, checked.listen)
    assert.are_not.equal(places, checked.listen)
    assert.is_nil(checked.port)
  end)

  it("is refused when a place has no such form", function()
    for _, place in ipairs { "9000", "127.0.0.1", "127.0.0.1:0", "::1:9000",
      "127.0.0.1:65536", "[::1]", "[::1]9000", "localhost:9000", "unix:", "",
      "127.0.0.1:09", "*:9000", "[127.0.0.1]:9000", ":9000\0" } do
      local mistake = refused { listen = { ":1", place } }
      assert.truthy(mistake:find("'listen[2]' must be a place: ", 1, true),
        mistake)
    end
    assert.truthy(refused({ listen = { 9000 } }):find("but is 9000", 1, true))
  end)

  it("is refused when two places are the same, in any spelling", function()
    for _, list in ipairs {
      { ":9000", ":9000" }, { ":9000", "[::1]:9000" },
      { "[::]:9000", "[0::1]:9000" }, { "unix:a//b", "unix:./a/./b" },
      { "[::ffff:1.2.3.4]:1", "[::ffff:102:304]:1" },
      { "[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:0.7.0.8]:1" },
    } do
      assert.truthy(refused({ listen = list })
        :find("each can be listened on once", 1, true))
    end
    accepted { listen = { "[::]:9000", "0.0.0.0:9000", "[::1]:1", "[::2]:1",
      "[1::]:1", "unix:a/b", "unix:a/c", "unix:b", "127.0.0.1:1" } }
    assert.truthy(refused({
      port = 1, api = { listen = ":1", key = ("k"):rep(16) },
    }):find("'api.listen' (':1') is the same address as 'port' "
      .. "(':1')", 1, true))
  end)

  it("is refused when the path of a Unix socket is too long", function()
    accepted { listen = { "unix:" .. ("x"):rep(107) } }
    assert.truthy(refused({ listen = { "unix:" .. ("x"):rep(108) } })
      :find("longer than 107 bytes", 1, true))
  end)

  it("is one place or a list", function()
    assert.same({ ":9000" }, listen_of { listen = ":9000" })
    assert.same({ "systemd" }, listen_of { listen = "systemd" })
    assert.same({ ":1", "systemd:web" },
      listen_of { listen = { ":1", "systemd:web" } })
  end)

  it("is a name that systemd may give, with no port to replace", function()
    for _, place in ipairs { "systemd:", "systemd:a:b", "systemd:a b" } do
      local mistake = refused { listen = place }
      assert.truthy(mistake:find("must be a place", 1, true))
    end
    local _, mistakes = check({ listen = "systemd:9000" }, { port = 81 })
    assert.same(
      { "base.lua: --port cannot be used: 'listen' has no port to "
        .. "replace" }, mistakes)
  end)

  it("is refused when it is neither a place nor a list", function()
    for _, value in ipairs { {}, { x = ":9000" }, 9000,
      { ":9000", [3] = ":9001" } } do
      assert.truthy(refused({ listen = value })
        :find("a list of places", 1, true))
    end
  end)

  it("is said once", function()
    assert.equal("base.lua: 'listen' replaces 'port': set only one of them",
      refused { listen = { ":1" }, port = 1 })
    assert.equal(
      "base.lua: 'listen' replaces 'address': set only one of them",
      refused { listen = { ":1" }, address = "::1" })
  end)

  it("takes the port of the command line", function()
    assert.same({ ":81" }, listen_of({}, { port = 81 }))
    assert.same({ "[::1]:81" },
      listen_of({ address = "::1", port = 80 }, { port = 81 }))
    assert.same({ "unix:/s:1", "[::1]:81", ":9001" }, listen_of(
      { listen = { "unix:/s:1", "[::1]:9000", ":9001" } }, { port = 81 }))
    assert.equal(81, accepted({ port = 80 }, { port = 81 }).port)
  end)

  it("has to have a port when the command line has one", function()
    assert.equal("base.lua: --port cannot be used: 'listen' has no port to "
      .. "replace",
      refused({ listen = { "unix:/s" } }, { port = 81 }))
  end)

  it("refuses a wrong port of the command line", function()
    assert.truthy(refused({}, { port = 65536 })
      :find("'--port' must be a whole number, 1 to 65535", 1, true))
  end)
end)

describe("TLS", function()
  local files = disk { cert = "file", key = "file", folder = "directory" }

  it("takes a certificate and a key that are there", function()
    local tls = { certificate = "cert", key = "key" }
    assert.same(tls, accepted({ tls = tls }, { exists = files }).tls)
  end)

  it("needs both", function()
    assert.equal("base.lua: 'tls.key' is missing: the path of a PEM file, "
      .. "see docs/reference/settings.md",
      refused({ tls = { certificate = "cert" } }, { exists = files }))
    local _, mistakes = check { tls = {} }
    assert.equal(2, #mistakes)
  end)

  it("says which file is not there", function()
    local mistake = refused({ tls = { certificate = "cert", key = "other" } },
      { exists = files })
    assert.equal("base.lua: 'tls.key' must be the path of a PEM file, "
      .. 'but is "other", which does not exist', mistake)
    mistake = refused({ tls = { certificate = "folder", key = "key" } },
      { exists = files })
    assert.truthy(mistake:find("which is a directory", 1, true))
  end)

  it("has no other setting", function()
    assert.truthy(refused({ tls = { certificate = "cert", key = "key",
      cert = 1 } }, { exists = files }):find("did you mean 'tls.certificate'"))
  end)

  it("is a table", function()
    local _, mistakes = check { tls = true }
    assert.equal("base.lua: 'tls' must be a table, but is true", mistakes[1])
  end)
end)

describe("the path of WebSockets", function()
  it("begins with a slash", function()
    for _, path in ipairs { "/", "/socket", "/a/b%20c" } do
      assert.equal(path, accepted({ path = path }).path)
    end
    for _, path in ipairs { "", "socket", "/a b", "/a?b", "/a#b", "/\0",
      "/é", false, 7 } do
      assert.truthy(refused({ path = path }):find("'path' must be a path such"))
    end
  end)
end)

describe("origins", function()
  it("are kept as a browser writes them", function()
    local origins = { "https://example.com", "https://*.Example.com:8443", "*",
      "null", "HTTP://localhost:80", "https://a.b:443", "http://a.b:443",
      "https://[::1]:8080", "capacitor://localhost", "http://127.0.0.1:1" }
    assert.same({ "https://example.com", "https://*.example.com:8443", "*",
      "null", "http://localhost", "https://a.b", "http://a.b:443",
      "https://[::1]:8080", "capacitor://localhost", "http://127.0.0.1:1" },
      accepted({ origins = origins }).origins)
  end)

  it("may be of pages that came over no network", function()
    local origins = { "file://", "FILE://", "app://-", "app://Main:80",
      "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
      "moz-extension://0d5a3f0e-6d3e-4d5e-9a4b-3f8d6a6e9c1b",
      "ionic://localhost", "tauri://localhost", "app://*.example" }
    assert.same({ "file://", "file://", "app://-", "app://main:80",
      "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
      "moz-extension://0d5a3f0e-6d3e-4d5e-9a4b-3f8d6a6e9c1b",
      "ionic://localhost", "tauri://localhost", "app://*.example" },
      accepted({ origins = origins }).origins)
    for _, origin in ipairs { "file:", "://", "4://x", "app://*", "app://a b",
      "app://é", "app://a=b", "app://a@b", "app://a?b", "http://" } do
      local mistake = refused { origins = { origin } }
      assert.truthy(mistake:find("'origins[1]' must be an origin: ", 1, true),
        origin)
    end
  end)

  it("may be none at all", function()
    assert.same({}, accepted({ origins = {} }).origins)
  end)

  it("have a scheme and a host", function()
    for _, origin in ipairs { "", "example.com", "https://", "https://*",
      "https://a.*.com", "https://*a.com", "https://a..b", "https://a.b:0",
      "https://a.b:99999", "https://a b", "https://[::1", "*.example.com",
      "https://é.com", "https://user@a.b", "https://*.[::1]", "*.*", 7 } do
      local mistake = refused { origins = { "*", origin } }
      assert.truthy(mistake:find("'origins[2]' must be an origin: ", 1, true))
    end
  end)

  it("have no path", function()
    for _, origin in ipairs { "https://a.b/", "https://a.b/c",
      "file:///" } do
      assert.truthy(refused({ origins = { origin } })
        :find("which is more than scheme and host", 1, true))
    end
  end)

  it("are a list", function()
    assert.truthy(refused({ origins = "*" })
      :find("'origins' must be a list of origins such as", 1, true))
  end)
end)

describe("hosts", function()
  it("are kept as a browser writes them", function()
    assert.same({ "shop.example", "*.shop.example", "192.0.2.1", "[::1]",
      "shop" }, accepted({ hosts = { "Shop.Example", "*.shop.example",
      "192.0.2.1", "[::1]", "shop" } }).hosts)
    assert.same({}, accepted({ hosts = {} }).hosts)
  end)

  it("are names, without anything around them", function()
    for _, host in ipairs { "", "*", "*.*", "a b", "https://a.b", "a.b/", "::1",
      "[::1", "a..b", "a.b.", "é.example", "a@b", 7 } do
      assert.truthy(refused({ hosts = { "a.b", host } })
        :find("'hosts[2]' must be a host: ", 1, true), host)
    end
    for _, host in ipairs { "shop.example:9000", "[::1]:9000", "a:" } do
      assert.truthy(refused({ hosts = { host } })
        :find("which is more than a host name", 1, true), host)
    end
    assert.truthy(refused({ hosts = "shop.example" })
      :find("'hosts' must be a list of hosts such as", 1, true))
  end)
end)

describe("protocols", function()
  it("are names, in their order", function()
    local names = { "ocpp1.6", "mqtt", "base.v1", "a!#$%&'*+-.^_`|~9" }
    assert.same(names, accepted({ protocols = names }).protocols)
    assert.same({}, accepted({ protocols = {} }).protocols)
  end)

  it("have nothing in them that a header could not carry", function()
    for _, name in ipairs { "", "a b", "a,b", "a/b", "a;b", "é", "a\r\nb: c",
      '"a"', 7, true } do
      assert.truthy(refused({ protocols = { "mqtt", name } })
        :find("'protocols[2]' must be a subprotocol such as", 1, true))
    end
  end)

  it("are there once each", function()
    assert.equal("base.lua: 'protocols[3]' is the same as "
      .. "'protocols[1]'", refused { protocols = { "mqtt", "MQTT", "mqtt" } })
  end)

  it("are a list", function()
    for _, value in ipairs { "mqtt", { mqtt = true }, 7 } do
      assert.truthy(refused({ protocols = value })
        :find("'protocols' must be a list of subprotocols such as", 1, true))
    end
  end)
end)

describe("what becomes of what a slow reader has no room for", function()
  it("is that it is closed, or that it is dropped", function()
    for _, word in ipairs { "close", "drop" } do
      assert.equal(word,
        accepted({ limits = { on_slow = word } }).limits.on_slow)
    end
    assert.equal("base.lua: 'limits.on_slow' must be \"close\" or \"drop\", "
      .. 'but is "wait"', refused { limits = { on_slow = "wait" } })
  end)
end)

describe("a listener behind a proxy", function()
  it("is a place with proxy = true, or the one of port and address", function()
    assert.same({ "127.0.0.1:1", "proxy 0.0.0.0:2", "proxy unix:/p", ":3" },
      accepted { listen = { "127.0.0.1:1", { "0.0.0.0:2", proxy = true },
        { "unix:/p", proxy = true }, { ":3", proxy = false } },
        trusted_proxies = { "10.0.0.0/8" } }.listen)
    assert.same({ "proxy :9000" }, accepted({ proxy = true,
      trusted_proxies = { "0.0.0.0/0", "::/0" } }).listen)
  end)

  it("needs those who may bring others, unless it is near", function()
    for _, place in ipairs { ":1", "0.0.0.0:1", "[::]:1", "10.0.0.1:1",
      "systemd", "systemd:web" } do
      local mistake = refused { listen = { { place, proxy = true } } }
      assert.truthy(mistake:find(("'proxy' at '%s' needs 'trusted_proxies'")
        :format(place), 1, true), mistake)
    end
    assert.matches("'proxy' at ':9000' needs", refused { proxy = true })
    for _, place in ipairs { "127.0.0.1:1", "[::1]:1", "unix:/p" } do
      accepted { listen = { { place, proxy = true } } }
    end
    assert.same({ ":9000" }, accepted({ proxy = false }).listen)
  end)

  it("is nothing else", function()
    for _, place in ipairs { { ":1", proxy = 1 }, { ":1", ":2" }, {},
      { ":1", prox = true }, "proxy :1", { "proxy :1" } } do
      assert.truthy(refused({ listen = { place } })
        :find("'listen[1]' must be a place: ", 1, true))
    end
    assert.truthy(refused({ proxy = "yes" })
      :find("'proxy' must be true or false", 1, true))
    assert.truthy(refused({ proxy = true, listen = { ":1" } })
      :find("'listen' replaces 'proxy'", 1, true))
  end)
end)

describe("trusted proxies", function()
  it("are addresses and networks", function()
    local proxies = { "127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8",
      "1:2:3:4:5:6:7:8", "::", "::ffff:10.0.0.1/128", "1::", "1.2.3.4/32",
      "unix" }
    local checked = accepted { trusted_proxies = proxies }
    assert.same(proxies, checked.trusted_proxies)
  end)

  it("are nothing else", function()
    for _, proxy in ipairs { "", "proxy", "unix:", "unix:/run/base.sock",
      "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1",
      "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1.2.3",
      "1.2.3.4::", "g::", "::1%eth0", 7 } do
      local mistake = refused { trusted_proxies = { proxy } }
      assert.truthy(mistake:find("'trusted_proxies[1]' must be an address", 1,
        true), mistake)
    end
    assert.truthy(refused({ trusted_proxies = "::1" })
      :find("'trusted_proxies' must be a list", 1, true))
  end)
end)

describe("deflate", function()
  it("is switched on and off, or set in detail", function()
    local default = { threshold = 1024, level = 1 }
    assert.same(default, accepted({ deflate = true }).deflate)
    assert.same(default, accepted({ deflate = {} }).deflate)
    assert.is_false(accepted({ deflate = false }).deflate)
    assert.same({ threshold = 1, level = 9 },
      accepted({ deflate = { threshold = 1, level = 9 } }).deflate)
  end)

  it("is nothing else", function()
    assert.matches("'deflate' must be a table, or true or false, but is 1",
      refused { deflate = 1 }, 1, true)
    refused { deflate = "on" }
    refused { deflate = { level = 0 } }
    refused { deflate = { level = 10 } }
    refused { deflate = { threshold = 0 } }
    assert.matches("did you mean 'deflate.level'?",
      refused { deflate = { levle = 1 } }, 1, true)
  end)
end)

describe("folders", function()
  local here = disk { public = "directory", web = "directory",
    actions = "directory", index = "file" }

  it("public is served if it is there", function()
    assert.equal("public", accepted({}, { exists = here }).public)
    assert.is_nil(accepted().public)
    assert.is_nil(accepted({}, { exists = disk { public = "file" } }).public)
  end)

  it("what is there has to be readable", function()
    local function locked(path)
      return path == "public" or path == "key.pem",
        path == "public" and "directory" or "file", "Permission denied"
    end
    assert.equal("base.lua: 'public' cannot be read: Permission denied; "
      .. "public = false serves no files", refused({}, { exists = locked }))
    accepted({ public = false }, { exists = locked })
    assert.truthy(select(2, check({ public = false,
      tls = { certificate = "key.pem", key = "key.pem" } },
      { exists = locked }))[1]:find('"key.pem", which cannot be read: '
        .. "Permission denied", 1, true))
  end)

  it("public may be another or none", function()
    assert.equal("web", accepted({ public = "web" }, { exists = here }).public)
    assert.is_nil(accepted({ public = false }, { exists = here }).public)
  end)

  it("have to be there when they are named", function()
    for _, name in ipairs { "public", "actions.path" } do
      local function mistake_of(path)
        return refused(setting(name, path), { exists = here })
      end
      assert.truthy(mistake_of("gone"):find("which does not exist", 1, true))
      assert.truthy(mistake_of("index"):find("which is a file", 1, true))
      mistake_of("")
      mistake_of(true)
    end
    refused { actions = { path = "actions" } }
    refused { public = "public" }
  end)

  it("are looked for on the disk", function()
    local settings = { authenticate = nothing, public = "spec",
      actions = { path = "README-that-is-not-there" } }
    local folder, mistakes = config.check(settings)
    assert.equal("spec", folder.public)
    assert.equal(1, #mistakes)
    settings.actions, settings.public = nil, "spec/bind/config_spec.lua"
    mistakes = select(2, config.check(settings))
    assert.truthy(mistakes[1]:find("which is a file", 1, true))
  end)
end)

describe("actions", function()
  it("have public commands", function()
    local public = { "login", "room/join", ("x"):rep(128) }
    assert.same(public, accepted({ actions = { public = public } })
      .actions.public)
  end)

  it("refuse what cannot be a command", function()
    for _, command in ipairs { "", ("x"):rep(129), 7 } do
      assert.truthy(refused({ actions = { public = { command } } })
        :find("'actions.public[1]' must be a command", 1, true))
    end
    assert.truthy(refused({ actions = { public = "login" } })
      :find("'actions.public' must be a list of commands", 1, true))
  end)

  it("have a resolver", function()
    assert.equal(nothing, accepted({ actions = { resolver = nothing } })
      .actions.resolver)
    assert.equal("base.lua: 'actions.resolver' must be a function(command), "
      .. "but is true", refused { actions = { resolver = true } })
  end)
end)

describe("functions", function()
  local names = { "http", "welcome", "on.connect", "on.disconnect", "on.online",
    "on.offline", "on.before", "on.text", "on.binary", "on.error", "on.reload" }
  for _, name in ipairs(names) do
    it(("'%s' has to be one"):format(name), function()
      assert.equal(nothing, value_of(accepted(setting(name, nothing)), name))
      local callable = setmetatable({}, { __call = nothing })
      for _, value in ipairs { callable, "x", 7, false } do
        assert.truthy(refused(setting(name, value))
          :find(("'%s' must be a function("):format(name), 1, true))
      end
    end)
  end

  it("authenticate has to be one", function()
    assert.equal("base.lua: 'authenticate' must be "
      .. "a function(connection, register), but is 7",
      refused { authenticate = 7 })
  end)
end)

describe("groups", function()
  for _, name in ipairs { "actions", "on", "heartbeat", "limits", "log" } do
    it(("'%s' has to be a table"):format(name), function()
      assert.equal(("base.lua: '%s' must be a table, but is 7"):format(name),
        refused { [name] = 7 })
      assert.same(accepted()[name], accepted({ [name] = {} })[name])
    end)
  end
end)

describe("the log", function()
  it("has four levels and two formats", function()
    for _, level in ipairs { "debug", "info", "warn", "error" } do
      assert.equal(level, accepted({ log = { level = level } }).log.level)
    end
    for _, format in ipairs { "text", "json" } do
      assert.equal(format, accepted({ log = { format = format } }).log.format)
    end
    assert.equal("base.lua: 'log.level' must be "
      .. '"debug", "info", "warn" or "error", but is "loud"',
      refused { log = { level = "loud" } })
    assert.equal("base.lua: 'log.format' must be \"text\" or \"json\", "
      .. "but is 7", refused { log = { format = 7 } })
  end)

  it("takes the level of the command line", function()
    local options = { log_level = "debug" }
    assert.equal("debug", accepted({ log = { level = "error" } }, options)
      .log.level)
    assert.truthy(refused({}, { log_level = "loud" })
      :find("'--log-level' must be", 1, true))
  end)
end)

describe("The API", function()
  local key = "0123456789abcdef"

  local function api(given, place)
    return { api = { listen = place or ":1", key = given } }
  end

  it("is off unless it is asked for", function()
    assert.is_nil(accepted({}).api)
  end)

  it("takes a place and a key, or lists of them", function()
    assert.same({ listen = { ":1" }, key = { key } }, accepted(api(key)).api)
    local lists = { listen = { ":1", "unix:/run/api" }, key = { key, key } }
    assert.same(lists, accepted({ api = lists }).api)
  end)

  it("is never on without a key", function()
    local must = "a key of at least 16 characters, or a list of keys"
    assert.equal(("base.lua: 'api.key' is missing: %s, "
      .. "see docs/reference/settings.md"):format(must),
      refused { api = { listen = ":1" } })
    for why, given in pairs {
      ["has 15"] = ("k"):rep(15),
      ["is an empty list"] = {},
      ["is a number"] = 1234567890123456,
      ["has 0"] = { key, "" },
      ["has some that a header cannot contain (such as a space or a line "
        .. "feed)"] =
        key .. "\n",
    } do
      assert.equal(("base.lua: 'api.key' must be %s, but %s"):format(must, why),
        refused(api(given)))
    end
  end)

  it("has no mistake that shows a key", function()
    assert.is_nil(refused(api "a secret"):find "secret")
    assert.is_nil(refused(api { key .. " secret" }):find(key, 1, true))
  end)

  it("needs a place", function()
    assert.truthy(refused({ api = { key = key } })
      :find("'api.listen' is missing", 1, true))
    assert.truthy(refused(api(key, "9001")):find("'api.listen[1]' must be", 1,
      true))
    assert.truthy(refused(api(key, 9001)):find("'api.listen' must be", 1, true))
  end)
end)

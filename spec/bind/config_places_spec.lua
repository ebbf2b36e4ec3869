-- Settings of where to listen, and with what.
local support = require "spec.support.settings"

local disk, check = support.disk, support.check
local accepted, refused = support.accepted, support.refused

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

-- Settings of paths, origins, hosts, protocols and proxies.
local support = require "spec.support.settings"

local accepted, refused = support.accepted, support.refused

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

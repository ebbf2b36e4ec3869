-- For which hosts a listener on a loopback address is asked: a page whose
-- domain leads there (DNS rebinding) is of its own host, and must not pass for
-- ours.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local socket = require "socket"
local stream = require "spec.support.peers.stream"

local FILES = { ["public/index.html"] = "a page" }

-- What a request and the handshake of a page are answered with.
local function statuses(options, host, headers, origin)
  local all = { Host = host }
  for name, value in pairs(headers or {}) do all[name] = value end
  local request = { headers = all }
  for name, value in pairs(options) do request[name] = value end
  local answer = http.request(request)
  all.Origin = origin or "http://" .. host
  local peer, refusal = client.connect(request)
  if peer then peer:close() end
  return answer.status, peer and 101 or refusal.status
end

local function assert_served(options, hosts, origin)
  for _, host in ipairs(hosts) do
    assert.same({ 200, 101 }, { statuses(options, host, nil, origin) }, host)
  end
end

local function assert_refused(options, hosts)
  for _, host in ipairs(hosts) do
    assert.same({ 421, 421 }, { statuses(options, host) }, host)
  end
end

local OWN = { "localhost", "LOCALHOST:9000", "localhost.", "localhost:",
  "shop.localhost", "a.b.localhost:80", "127.0.0.1", "127.1.2.3:9000",
  "[::1]", "[::1]:9000", "[::ffff:127.0.0.1]" }
local FOREIGN = { "evil.example", "evil.example:9000", "localhost.evil.example",
  "evillocalhost", "127.0.0.1.evil.example", "128.0.0.1", "10.0.0.1",
  "[::2]", "[2001:db8::1]:9000", "0.0.0.0", "2130706433", "127.1", "0x7f.1",
  ".localhost", "shop.example", "localhost:x", "[::1", "x" }

describe("On a loopback address", function()
  local base

  setup(function()
    base = server.start { files = FILES, args = { "--log-level", "debug" } }
  end)

  teardown(function()
    base:stop()
  end)

  it("this machine's own names are served", function()
    assert_served(base, OWN)
  end)

  it("others are refused, and the log names the setting", function()
    assert_refused(base, FOREIGN)
    base:wait_log('warn refused: the Host is not a name of this machine; '
      .. 'hosts = { "evil.example" } in base.lua would allow it '
      .. 'host=evil.example address=127.0.0.1')
    assert.equal(1, select(2, base:log():gsub("warn refused: the Host", "")))
    base:wait_log "debug refused a request why=[^\n]*%(hosts%)[^\n]* status=421"
  end)

  it("the host of an absolute target is the one that counts", function()
    local function status(path, host)
      return http.request { port = base.port, path = path,
        headers = { Host = host } }.status
    end
    assert.equal(421, status("http://evil.example/", "localhost"))
    assert.equal(200, status("http://localhost/", "evil.example"))
    local peer, answer = client.connect { port = base.port,
      path = "ws://evil.example/",
      headers = { Host = "localhost", Origin = "http://localhost" } }
    assert.is_nil(peer)
    assert.equal(421, answer.status)
  end)

  it("a request may omit Host, as no browser does", function()
    local function status(raw)
      return http.request { port = base.port, raw = raw }.status
    end
    assert.equal(200, status "GET / HTTP/1.0\r\n\r\n")
    assert.equal(421, status "GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n")
    assert.equal(200, status "GET / HTTP/1.1\r\nHost:\r\n\r\n")
  end)

  it("a handshake without Origin may name any host",
    function()
      client.join({ port = base.port, headers = { Host = "x" } }):close()
    end)

  it("a body for another host is not waited for", function()
    local wire = stream.connect { port = base.port }
    wire:send(http.head { method = "POST", headers = {
      Host = "evil.example", ["Content-Length"] = 1000 } })
    assert.equal(421, http.read(wire, socket.gettime() + 5).status)
    wire:close()
  end)

  it("X-Forwarded fields of an untrusted client change nothing",
    function()
      for _, name in ipairs { "X-Forwarded-For", "X-Forwarded-Host" } do
        assert.same({ 421, 421 },
          { statuses(base, "evil.example", { [name] = "localhost" }) })
      end
    end)
end)

describe("An allowed host", function()
  it("in hosts is served", function()
    local base <close> = server.start { files = FILES, settings =
      'hosts = { "Shop.example", "*.shop.test", "192.0.2.1", "[::2]" },' }
    assert_served(base, { "shop.example", "SHOP.example:80", "a.shop.test",
      "a.b.shop.test:9000", "192.0.2.1:80", "[::2]", "localhost" })
    assert_refused(base, { "a.shop.example", "shop.test", "xshop.test",
      "shop.example.evil.example", "192.0.2.2" })
  end)

  it("in origins is served, as its pages are", function()
    local base <close> = server.start { files = FILES, settings =
      'origins = { "https://shop.example:8443", "http://*.shop.test", "null", '
      .. '"file://", "app://main" },' }
    assert_served(base, { "shop.example", "shop.example:9000", "a.shop.test",
      "127.0.0.1" }, "file://")
    assert_refused(base, { "shop.test", "main", "null", "evil.example" })
  end)

  it("does not follow from origins = { '*' }", function()
    local base <close> = server.start { files = FILES,
      settings = 'origins = { "*" },' }
    assert_refused(base, { "evil.example" })
  end)

  it("may be any behind a trusted proxy", function()
    local base <close> = server.start { files = FILES,
      settings = 'trusted_proxies = { "127.0.0.1" },' }
    for _, name in ipairs { "X-Forwarded-For", "X-Forwarded-Host" } do
      assert.same({ 200, 101 },
        { statuses(base, "shop.example", { [name] = "shop.example" }) })
    end
    assert_refused(base, { "shop.example" })
    assert_served(base, { "localhost" })
  end)

  it("may be any on other listeners", function()
    local folder = os.tmpname()
    os.remove(folder)
    local path = folder .. ".sock"
    local port = server.free_port()
    local base = server.start { files = {
      ["public/index.html"] = "a page",
      ["base.lua"] = ([[return {
        listen = { ":%d", "unix:%s" },
        authenticate = function(connection, register)
          register(connection, { id = 1 })
        end }]]):format(port, path),
    }, port = false }
    assert_served({ port = port }, { "shop.example", "127.0.0.1" })
    assert_served({ unix = path }, { "shop.example" })
    base:stop()
  end)

  it("may be any for the API", function()
    local base, app = application.start {}
    assert.equal(200, app:ask("GET", "/stats", nil,
      { Host = "shop.example" }).status)
    base:stop()
  end)

  it("is updated by a reload", function()
    local base <close> = server.start { files = FILES }
    assert_refused(base, { "shop.example" })
    local file = assert(io.open(base.dir .. "/base.lua"))
    local text = file:read "a"
    file:close()
    file = assert(io.open(base.dir .. "/base.lua", "w"))
    file:write((text:gsub("return {", 'return { hosts = { "shop.example" },')))
    file:close()
    base:reload()
    assert_served(base, { "shop.example" })
  end)
end)

-- Whose pages may connect: the setting `origins` (RFC 6454, RFC 6455 section
-- 10.2).
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local server = require "spec.support.server"

-- Those for which the handshakes below ask; on 127.0.0.1 they have to be named.
local HOSTS = [[hosts = { "example.com", "*.example.com", "example.org",
  "*.example", "null" }, ]]

local function start(settings, options)
  options = options or {}
  options.settings = HOSTS .. (settings or "")
  return server.start(options)
end

local function status_for(base, origin, host)
  local peer, answer = client.connect {
    port = base.port, headers = { Origin = origin, Host = host },
  }
  if not peer then return answer.status end
  peer:close()
  return 101
end

local function assert_statuses(base, cases)
  for _, case in ipairs(cases) do
    local status, origin, host = table.unpack(case)
    assert.equal(status, status_for(base, origin, host),
      ("%s on %s"):format(origin, host))
  end
end

describe("Without origins", function()
  local base

  setup(function()
    base = start()
  end)

  teardown(function()
    base:stop()
  end)

  it("pages of the same host may connect, of any scheme and port", function()
    assert_statuses(base, {
      { 101, "http://example.com", "example.com" },
      { 101, "https://example.com", "example.com" },
      { 101, "https://example.com:8443", "example.com:9000" },
      { 101, "http://EXAMPLE.com", "example.COM:9000" },
      { 101, "http://127.0.0.1:3000", "127.0.0.1:9000" },
      { 101, "http://[::1]:3000", "[::1]:9000" },
    })
  end)

  it("pages of other hosts may not", function()
    assert_statuses(base, {
      { 403, "http://example.com", "example.org" },
      { 403, "http://www.example.com", "example.com" },
      { 403, "http://example.com", "www.example.com" },
      { 403, "http://example.com.evil.example", "example.com" },
      { 403, "http://evil-example.com", "example.com" },
      { 403, "http://example.com@evil.example", "example.com" },
      { 403, "http://evil.example/example.com", "example.com" },
      { 403, "http://127.0.0.1", "127.0.0.2" },
      { 403, "example.com", "example.com" },
      { 403, "null", "example.com" },
      { 403, "null", "null" },
      { 403, "", "example.com" },
    })
  end)

  it("a client without Origin may connect", function()
    local peer = client.connect(base)
    assert.equal(101, peer.answer.status)
    peer:close()
  end)

end)

describe("A refusal of a page", function()
  it("is logged with both names and the setting", function()
    local base <close> = start()
    status_for(base, "https://shop.example", "api.example:9000")
    base:wait_log "https://shop%.example.*api%.example:9000.*origins"
  end)

  it("says what to add to an existing list", function()
    local base <close> = start 'origins = { "https://shop.example" },'
    status_for(base, "https://evil.example", "api.example")
    base:wait_log "https://evil%.example.*api%.example.*origins"
  end)

  it("is logged once for many refusals", function()
    local base, app = application.start { settings = HOSTS }
    for i = 1, 50 do
      status_for(base, ("https://evil%d.example"):format(i), "shop.example")
    end
    local _, stats = app:get("GET", "/stats")
    assert.equal(50, stats.limited.origins)
    local _, log = base:stop()
    assert.equal(1, select(2, log:gsub("refused a page", "")))
  end)
end)

local PAGES = {
  "file://", "FILE://", "null", "app://-", "app://main", "app://a:b",
  "capacitor://localhost", "ionic://localhost", "tauri://localhost",
  "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
  "moz-extension://0d5a3f0e-6d3e-4d5e-9a4b-3f8d6a6e9c1b",
  "HTTPS://Shop.Example:443", "http://shop.example:80", "https://a.b:8443",
  "https://[::1]:8443", "http://[::ffff:1.2.3.4]", "http://192.0.2.1:3000",
  "http://a_b", "http://xn--bcher-kva.example", "content://{a}%20(b)",
  "resource://'a'", "x-y+z.1://-",
}
local NO_PAGES = {
  "", "*", "https://*.shop.example", "https://*", "app://*", "file:///",
  "file:///home/ada/page.html", "https://a.b/", "https://a.b:", "a.b",
  "https://a.b:0", "https://a.b:99999", "https://a.b.", "https://a..b",
  "https://[::1", "https://a.b https://c.d", "https://a.b, https://c.d",
  'https://a"b', 'app://a" }, path = "/x', "app://a\\b", "https://ü.example",
  "app://ü", "app://\xff", "app://a\tb", "app://user=42", "https://ada@a.b",
  "NULL", "https://" .. ("a"):rep(300),
}

describe("The advice in the log", function()
  local base

  setup(function()
    base = start("", { args = { "--log-level", "debug" } })
  end)

  teardown(function()
    base:stop()
  end)

  it("is a valid setting, and lets that page in", function()
    for i, page in ipairs(PAGES) do
      assert.equal(403, status_for(base, page, "other.example"), page)
      base:wait_log("refused a page of ", nil, i)
    end
    local advised = {}
    for item in base:log():gmatch 'origins = { (".-") } in base%.lua' do
      advised[#advised + 1] = item
    end
    assert.equal(#PAGES, #advised)
    for i, page in ipairs(PAGES) do
      assert.equal(('"%s"'):format(page), advised[i])
    end
    local other <close> = start(("origins = { %s },")
      :format(table.concat(advised, ", ")))
    for _, page in ipairs(PAGES) do
      assert.equal(101, status_for(other, page, "other.example"), page)
    end
  end)

  it("is absent where the origin cannot be listed", function()
    local _, before = base:log():gsub("would allow it", "")
    for i, page in ipairs(NO_PAGES) do
      assert.equal(403, status_for(base, page, "other.example"), page)
      base:wait_log("its origin is not one that origins can list", nil, i)
    end
    local log = base:log()
    assert.equal(before, select(2, log:gsub("would allow it", "")))
    assert.is_nil(log:find "[%c\xff]" and log:gsub("\n", ""):find "[%c\xff]")
  end)
end)

describe("With origins", function()
  local base

  setup(function()
    base = start [[
      origins = {
        "https://shop.example", "http://localhost:3000",
        "https://*.example.com",
      },
    ]]
  end)

  teardown(function()
    base:stop()
  end)

  it("those that are listed may connect", function()
    assert_statuses(base, {
      { 101, "https://shop.example", "api.example" },
      { 101, "https://shop.example:443", "api.example" },
      { 101, "http://localhost:3000", "api.example" },
      { 101, "https://a.example.com", "api.example" },
      { 101, "https://a.b.example.com", "api.example" },
      { 101, "https://A.Example.COM", "api.example" },
    })
  end)

  it("another scheme, port or host may not", function()
    assert_statuses(base, {
      { 403, "http://shop.example", "api.example" },
      { 403, "https://shop.example:8443", "api.example" },
      { 403, "http://localhost", "api.example" },
      { 403, "http://localhost:30000", "api.example" },
      { 403, "https://example.com", "api.example" },
      { 403, "https://.example.com", "api.example" },
      { 403, "https://badexample.com", "api.example" },
      { 403, "https://a.example.com.evil.example", "api.example" },
      { 403, "null", "api.example" },
    })
  end)

end)

describe("Origins may list", function()
  it("null", function()
    local base <close> = start 'origins = { "null" },'
    assert_statuses(base, {
      { 101, "null", "example.com" },
      { 403, "https://example.com", "example.org" },
    })
  end)

  it("any", function()
    local base <close> = start 'origins = { "*" },'
    assert_statuses(base, {
      { 101, "https://anywhere.example", "example.com" },
      { 101, "null", "example.com" },
    })
  end)
end)

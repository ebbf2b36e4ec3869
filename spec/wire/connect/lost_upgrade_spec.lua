-- A handshake whose field Upgrade was lost on its way, and what the log says of
-- whoever does not get in.
local client = require "spec.support.peers.client"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"

local KEY = "dGhlIHNhbXBsZSBub25jZQ=="
local HINT = "arrived without the field"

local function start(settings)
  return server.start {
    settings = settings .. " log = { level = 'debug' },",
    files = { ["public/index.html"] = "hello", ["public/socket"] = "a file" },
  }
end

local function ask(base, path, headers, method)
  return http.request {
    port = base.port, path = path, method = method or "GET", headers = headers,
  }
end

local function count(text, what)
  local _, found = text:gsub(what, "")
  return found
end

describe("A handshake without Upgrade", function()
  it("is 426 on any path, with one hint in the log", function()
    local base <close> = start ""
    for _, path in ipairs { "/", "/nowhere", "/index.html" } do
      local answer = ask(base, path, { ["Sec-WebSocket-Key"] = KEY })
      assert.equal(426, answer.status)
      assert.equal("websocket", answer.headers.upgrade)
      assert.equal("13", answer.headers["sec-websocket-version"])
      assert.equal("Upgrade, close", answer.headers.connection)
    end
    base:wait_log(HINT)
    assert.equal(1, count(base:log(), HINT))
    assert.matches("proxy_set_header Upgrade", base:log(), 1, true)
    assert.equal(200, ask(base, "/").status)
    assert.equal(404, ask(base, "/nowhere").status)
  end)

  it("is 426 on the WebSocket's own path, whatever else is there", function()
    local base <close> = start [[
      path = "/socket", http = function() return 200, "a handler" end,]]
    assert.equal(426, ask(base, "/socket").status)
    assert.equal(426, ask(base, "/socket?user=1").status)
    base:wait_log(HINT)
    for _, path in ipairs { "/", "/socket/", "/sockets" } do
      assert.equal(200, ask(base, path).status)
    end
    assert.equal(200, ask(base, "/socket", nil, "POST").status)
    client.join { port = base.port, path = "/socket" }:close()
  end)

  it("leaves pages alone where both live on /", function()
    local base <close> = start 'path = "/",'
    assert.equal("hello", ask(base, "/").body)
    assert.equal(426, ask(base, "/", { ["Sec-WebSocket-Key"] = KEY }).status)
  end)

  it("logs the hint for HTTP/1.0, too", function()
    local base <close> = start ""
    local answer = http.request { port = base.port,
      raw = client.handshake { version = "1.0" } }
    assert.equal(400, answer.status)
    base:wait_log "WebSocket request arrived as HTTP/1.0: .*proxy_http_version"
  end)

  it("logs the hint where only Connection is missing", function()
    local base <close> = start ""
    local _, answer =
      client.connect { port = base.port, headers = { Connection = "close" } }
    assert.equal(400, answer.status)
    base:wait_log(HINT .. " Connection")
  end)
end)

describe("The debug log", function()
  it("says which check of a handshake failed", function()
    local base <close> = start 'path = "/socket", origins = {},'
    for why, given in pairs {
      ["there is no WebSocket on this path"] = { path = "/chat" },
      ["a WebSocket request must use GET"] = { method = "POST" },
      ["the only supported WebSocket version is 13"] =
        { headers = { ["Sec-WebSocket-Version"] = "8" } },
      ["there must be one Sec"] =
        { headers = { ["Sec-WebSocket-Key"] = "short" } },
      ["pages of this origin may not connect here"] =
        { headers = { Origin = "http://elsewhere.example" } },
    } do
      local headers = {
        Upgrade = "websocket", Connection = "Upgrade",
        ["Sec-WebSocket-Key"] = KEY, ["Sec-WebSocket-Version"] = "13",
      }
      for name, value in pairs(given.headers or {}) do headers[name] = value end
      local answer =
        ask(base, given.path or "/socket", headers, given.method)
      assert.is_true(answer.status >= 400)
      base:wait_log('refused a request why="' .. why)
    end
    assert.matches("status=426 address=127.0.0.1", base:log(), 1, true)
  end)

  it("says so when the server is full", function()
    local base <close> = start "limits = { connections = 1 },"
    local first = client.join { port = base.port }
    client.connect({ port = base.port }):close()
    base:wait_log "refused a WebSocket of 127.0.0.1: limits.connections"
    first:close()
  end)

  it("names a command that is unknown", function()
    local base <close> = start ""
    local peer = client.join { port = base.port }
    peer:send_text '["no/such command",null,1]'
    base:wait_log "debug unknown command"
    assert.matches('command="no/such command"', base:log(), 1, true)
    peer:close()
  end)
end)

-- The handshake of a WebSocket: RFC 6455 section 4.2.
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local socket = require "socket"
local stream = require "spec.support.peers.stream"

local KEY = "dGhlIHNhbXBsZSBub25jZQ==" -- the example of section 1.3
local ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

local NOT_A_HANDSHAKE = {
  { "with another method", { method = "POST" } },
  { "with HEAD", { method = "HEAD" } },
  { "with a method in small letters", { method = "get" } },
  { "of HTTP/1.0", { version = "1.0" } },
  { "of HTTP/1.2", { version = "1.2" } },
  { "of HTTP/2.0", { version = "2.0" } },
  { "with an empty Host", { headers = { Host = "" } } },
  { "with a Host that names no host", { headers = { Host = "a/b" } } },
  { "without Connection", { headers = { Connection = false } } },
  { "with another Connection", { headers = { Connection = "keep-alive" } } },
  { "with half a word in Connection",
    { headers = { Connection = "Upgraded" } } },
  { "without a key", { headers = { ["Sec-WebSocket-Key"] = false } } },
  { "with an empty key", { key = "" } },
  { "with a key of 15 bytes", { key = "AAAAAAAAAAAAAAAAAAAA" } },
  { "with a key of 17 bytes", { key = "AAAAAAAAAAAAAAAAAAAAAAA=" } },
  { "with a key of 18 bytes", { key = "AAAAAAAAAAAAAAAAAAAAAAAA" } },
  { "with a key that is no base64", { key = "dGhlIHNhbXBsZSBub25j*Q==" } },
  { "with a key without its padding", { key = "dGhlIHNhbXBsZSBub25jZQ" } },
  { "with a key with a space in it", { key = "dGhlIHNhbXBsZSBub2 jZQ==" } },
  { "with a key in the base64 of URLs", { key = "dGhlIHNhbXBsZSBub2-_ZQ==" } },
  { "with a key with padding in its middle",
    { key = "dGhlIHNhbXBsZSBub25=ZQ==" } },
  { "with a body", { headers = { ["Content-Length"] = 5 } } },
}

local BROKEN_LINES = {
  { "without Host", function(head)
    return head:gsub("Host: localhost\r\n", "")
  end },
  { "with two Hosts", function(head)
    return head:gsub("Host: localhost\r\n", "%0Host: localhost\r\n")
  end },
  { "with two keys", function(head)
    return head:gsub("Sec%-WebSocket%-Key: [^\r]*\r\n", "%0%0")
  end },
  { "with two Origins", function(head)
    return head:gsub("\r\n\r\n", "\r\nOrigin: http://localhost"
      .. "\r\nOrigin: http://localhost%0")
  end },
  { "with a space before a colon", function(head)
    return head:gsub("Upgrade: ", "Upgrade : ")
  end },
  { "with a folded field", function(head)
    return head:gsub("Host: localhost\r\n", "%0X-Folded: a\r\n b\r\n")
  end },
  { "with a line that ends without CR", function(head)
    return head:gsub("Host: localhost\r\n", "Host: localhost\n")
  end },
  { "with a CR inside of a line", function(head)
    return head:gsub("Host: localhost\r\n", "Host: local\rhost\r\n")
  end },
  { "with a NUL inside of a line", function(head)
    return head:gsub("Host: localhost\r\n", "Host: local\0host\r\n")
  end },
  { "with a space in the path", function(head)
    return head:gsub("GET /", "GET /a b")
  end },
}

local OTHER_SPELLINGS = {
  { "small letters", { ["Upgrade"] = false, ["upgrade"] = "websocket" } },
  { "big letters", { ["Upgrade"] = "WEBSOCKET" } },
  { "another protocol before it", { ["Upgrade"] = "h2c, websocket" } },
  { "another protocol in a field before it", { ["Upgrade"] = false,
    "Upgrade: h2c", "Upgrade: websocket" } },
  { "Firefox's Connection", { ["Connection"] = "keep-alive, Upgrade" } },
  { "a Connection without spaces", { ["Connection"] = "a,upgrade,b" } },
  { "no space behind a colon", { ["Upgrade"] = false,
    "Upgrade:websocket" } },
  { "space around a value", { ["Upgrade"] = false,
    "Upgrade: \t websocket \t " } },
}

describe("The handshake", function()
  local base

  setup(function()
    base = server.start { project = "spec/fixtures/plain" }
  end)

  teardown(function()
    base:stop()
  end)

  -- What a request is answered with, after which the connection must end.
  local function refusal_of(bytes)
    local peer = stream.connect(base)
    peer:send(bytes)
    local deadline = socket.gettime() + 5
    local answer = assert(http.read(peer, deadline, bytes:find "^HEAD "))
    assert.same({ nil, "closed" }, { peer:read(1, deadline) })
    peer:close()
    return answer
  end

  local function answer_of(options)
    options.key = options.key or KEY
    local peer = stream.connect(base)
    peer:send(client.handshake(options))
    local answer = assert(http.read_head(peer, socket.gettime() + 5))
    peer:close()
    return answer
  end

  it("is answered as RFC 6455 says", function()
    local answer = answer_of { path = "/chat?x=1" }
    assert.equal(101, answer.status)
    assert.equal("websocket", answer.headers["upgrade"])
    assert.equal("Upgrade", answer.headers["connection"])
    assert.equal(ACCEPT, answer.headers["sec-websocket-accept"])
    assert.is_nil(answer.headers["sec-websocket-protocol"])
    assert.is_nil(answer.headers["sec-websocket-extensions"])
    assert.is_nil(answer.headers["content-length"])
  end)

  for _, case in ipairs(OTHER_SPELLINGS) do
    it("may be written with " .. case[1], function()
      assert.equal(101, answer_of({ headers = case[2] }).status)
    end)
  end

  for _, case in ipairs(NOT_A_HANDSHAKE) do
    it("is refused with 400 " .. case[1], function()
      local answer = refusal_of(client.handshake(case[2]))
      assert.equal(400, answer.status)
    end)
  end

  for _, case in ipairs(BROKEN_LINES) do
    it("is refused with 400 " .. case[1], function()
      local head = client.handshake {}
      local broken = case[2](head)
      assert.not_equal(head, broken)
      assert.equal(400, refusal_of(broken).status)
    end)
  end

  it("is refused in words", function()
    local answer =
      refusal_of(client.handshake { headers = { Connection = false } })
    assert.truthy(answer.body:find("Connection: Upgrade", 1, true))
    assert.equal("close", answer.headers["connection"]:lower())
  end)

  it("is refused with 426 in another version, which it names", function()
    for _, version in ipairs { "8", "0", "14", "", "13, 8", "013" } do
      local answer = refusal_of(client.handshake {
        headers = { ["Sec-WebSocket-Version"] = version },
      })
      assert.equal(426, answer.status)
      assert.equal("13", answer.headers["sec-websocket-version"])
    end
  end)

  it("is refused with 426 with two versions, though they are the same",
    function()
      local name = "Sec-WebSocket-Version"
      for _, second in ipairs { "13", "8" } do
        local answer = refusal_of(client.handshake { headers = {
          [name] = false, name .. ": 13", name .. ": " .. second,
        } })
        assert.equal(426, answer.status)
        assert.equal("13", answer.headers[name:lower()])
      end
    end)

  it("is refused with 426 without a version", function()
    local answer = refusal_of(client.handshake {
      headers = { ["Sec-WebSocket-Version"] = false },
    })
    assert.equal(426, answer.status)
    assert.equal("13", answer.headers["sec-websocket-version"])
  end)

  it("may be written with the whole URL", function()
    for _, scheme in ipairs { "ws", "wss", "WS", "http", "https" } do
      local answer = answer_of { path = scheme .. "://localhost/chat?x=1" }
      assert.equal(101, answer.status)
    end
  end)

  it("may have a key whose unused bits are set", function()
    for _, key in ipairs { "AQIDBAUGBwgJCgsMDQ4PEC==",
      "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZf==" } do
      local answer = answer_of { key = key }
      assert.equal(101, answer.status)
      assert.equal(client.accept(key), answer.headers["sec-websocket-accept"])
    end
  end)

  it("is a plain request without Upgrade and key", function()
    for _, upgrade in ipairs { false, "h2c" } do
      local answer = answer_of { headers = {
        Upgrade = upgrade, ["Sec-WebSocket-Key"] = false,
      } }
      assert.equal(404, answer.status)
    end
  end)

  it("is refused with 426 where it lost its Upgrade", function()
    for _, upgrade in ipairs { false, "h2c" } do
      assert.equal(426,
        answer_of({ headers = { Upgrade = upgrade } }).status)
    end
  end)

  it("chooses base.v1 wherever it is offered", function()
    local name = "Sec-WebSocket-Protocol"
    for _, offer in ipairs { "base.v1", "chat, base.v1", "base.v1,chat" } do
      local answer = answer_of { headers = { [name] = offer } }
      assert.equal("base.v1", answer.headers["sec-websocket-protocol"])
    end
    local two_lines = { name .. ": chat", name .. ": base.v1" }
    local answer = answer_of { headers = two_lines }
    assert.equal("base.v1", answer.headers["sec-websocket-protocol"])
  end)

  it("chooses no subprotocol that it does not speak", function()
    for _, offer in ipairs { "chat", "base.v2", "base.v11" } do
      local answer =
        answer_of { headers = { ["Sec-WebSocket-Protocol"] = offer } }
      assert.equal(101, answer.status)
      assert.is_nil(answer.headers["sec-websocket-protocol"])
    end
  end)

  it("may have messages behind it in the same packet", function()
    local peer = client.connect { port = base.port, behind = frame.print {
      payload = '["echo","early",1]',
    } .. frame.print { payload = '["echo","bird",2]' } }
    assert.equal("authenticated", peer:receive_message()[1])
    assert.same({ "echo", "early", 1 }, peer:receive_message())
    assert.same({ "echo", "bird", 2 }, peer:receive_message())
    peer:close()
  end)

  it("may have a Close behind it in the same packet", function()
    local peer = client.connect { port = base.port, behind = frame.print {
      opcode = frame.CLOSE, payload = "\3\232",
    } }
    local opcode, payload
    repeat opcode, payload = peer:receive() until opcode ~= frame.TEXT
    assert.same({ frame.CLOSE, "\3\232" }, { opcode, payload })
    peer:close()
  end)

  it("is nothing that frames could follow when it is refused", function()
    local behind = frame.print { payload = '["echo","hello",1]' }
    local answer = refusal_of(client.handshake { key = "x" } .. behind)
    assert.equal(400, answer.status)
  end)
end)

describe("The subprotocol", function()
  local base

  setup(function()
    base = server.start { args = { "--log-level", "debug" }, settings = [[
      protocols = { "ocpp2.0", "ocpp1.6" },
      on = { text = function(connection)
        connection:send_text(tostring(connection.protocol))
      end },
    ]] }
  end)

  teardown(function()
    base:stop()
  end)

  -- What the 101 says, and what the script sees.
  local function chosen(...)
    local lines = {}
    for i, offer in ipairs { ... } do
      lines[i] = "Sec-WebSocket-Protocol: " .. offer
    end
    local peer <close> = client.connect { port = base.port, headers = lines }
    peer:send_text "which?"
    return peer.answer.headers["sec-websocket-protocol"], peer:receive_text()
  end

  it("is the server's favourite of those that are offered", function()
    assert.same({ "ocpp1.6", "ocpp1.6" }, { chosen "ocpp1.6" })
    assert.same({ "ocpp2.0", "ocpp2.0" }, { chosen "ocpp1.6,\tocpp2.0" })
    assert.same({ "ocpp2.0", "ocpp2.0" },
      { chosen("ocpp1.6", "x", "base.v1, ocpp2.0") })
  end)

  it("is none where none is spoken, which the log says", function()
    assert.same({ nil, "nil" }, { chosen "secret-token, OCPP1.6, base.v1" })
    base:wait_log "debug none of the subprotocols .* is supported"
    assert.is_nil(base:log():find "secret")
    assert.same({ nil, "nil" }, { chosen() })
  end)
end)

describe("The setting path", function()
  local base

  setup(function()
    base = server.start { settings = 'path = "/socket",' }
  end)

  teardown(function()
    base:stop()
  end)

  it("takes WebSockets, with any query", function()
    for _, path in ipairs { "/socket", "/socket?user=42" } do
      local peer = client.join { port = base.port, path = path }
      peer:close()
    end
  end)

  it("is the only one that does: others are 404", function()
    for _, path in ipairs { "/", "/socket/", "/Socket", "/socke", "/sockets",
      "//socket", "/other?x=/socket" } do
      local peer, answer = client.connect { port = base.port, path = path }
      assert.is_nil(peer, path)
      assert.equal(404, answer.status)
    end
  end)
end)

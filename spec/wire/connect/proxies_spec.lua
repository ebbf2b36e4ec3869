-- Who a client is behind proxies: X-Forwarded fields of those that are trusted
-- (trusted_proxies), and the PROXY protocol (proxy = true).
local cjson = require "cjson"
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

local SIGNATURE = "\r\n\r\n\0\r\nQUIT\n"

-- Tells who asks.
local HTTP = [[
  http = function(request, response)
    response:json { request.address, request.secure }
  end,
]]

local function ask(options)
  local answer = http.request(options)
  assert.equal(200, answer.status)
  return cjson.decode(answer.body)
end

describe("X-Forwarded fields of a trusted proxy", function()
  local base

  setup(function()
    base = server.start {
      settings = 'trusted_proxies = { "127.0.0.1", "10.0.0.0/8" }, '
        .. 'hosts = { "internal" },' .. HTTP,
    }
  end)

  teardown(function()
    base:stop()
  end)

  local function seen(...)
    return ask { port = base.port, headers = { ... } }
  end

  it("name the client, from the right", function()
    for _, case in ipairs {
      { "192.0.2.1", "192.0.2.1" },
      { "6.6.6.6, 192.0.2.1", "192.0.2.1" },
      { "6.6.6.6, 192.0.2.1, 10.1.2.3", "192.0.2.1" },
      { "[2001:db8::1]:80", "2001:db8::1" },
      { "::ffff:192.0.2.1", "192.0.2.1" },
      { "192.0.2.1:8080", "192.0.2.1" },
      { "192.0.2.1, nonsense", "127.0.0.1" },
      { "192.0.2.1, nonsense, 10.0.0.1", "10.0.0.1" },
      { "", "127.0.0.1" },
    } do
      assert.equal(case[2], seen("X-Forwarded-For: " .. case[1])[1], case[1])
    end
  end)

  it("are one list in several lines", function()
    assert.equal("192.0.2.1", seen("X-Forwarded-For: 6.6.6.6, 192.0.2.1",
      "X-Forwarded-For: 10.0.0.1")[1])
  end)

  it("say whether the client came over TLS", function()
    assert.is_true(seen("X-Forwarded-Proto: https")[2])
    assert.is_true(seen("X-Forwarded-Proto: wss")[2])
    assert.is_true(seen("X-Forwarded-Proto: http, https")[2])
    assert.is_false(seen("X-Forwarded-Proto: https, http")[2])
    assert.is_false(seen("X-Forwarded-Proto: nonsense")[2])
    assert.is_false(seen()[2])
  end)

  it("name the host that pages must be of", function()
    local function status(origin, forwarded)
      local peer, answer = client.connect { port = base.port, headers = {
        Host = "internal:9000", Origin = origin,
        ["X-Forwarded-Host"] = forwarded,
      } }
      if peer then peer:close() end
      return peer and 101 or answer.status
    end
    assert.equal(101, status("https://shop.example", "shop.example"))
    assert.equal(101, status("https://shop.example", "evil, shop.example:443"))
    assert.equal(403, status("https://evil.example", "shop.example"))
    assert.equal(403, status("https://internal", "shop.example"))
    assert.equal(101, status("https://internal", nil))
  end)
end)

describe("X-Forwarded-For", function()
  local NETWORKS = 200

  it("costs little, however much of it is made up", function()
    local list = {}
    for i = 1, NETWORKS do list[i] = ('"10.%d.0.0/16"'):format(i) end
    local base <close> = server.start {
      settings = ('trusted_proxies = { "127.0.0.1", %s },'):format(
        table.concat(list, ", ")) .. HTTP,
    }
    local made_up = ("10.250.0.1,"):rep(1400)
    local wire = stream.connect { port = base.port }
    local bystander = client.join { port = base.port }
    local head = http.head { headers = {
      ["X-Forwarded-For"] = made_up .. "192.0.2.1,10.1.2.3" } }
    -- From the left all this took a minute and more.
    local since = socket.gettime()
    for _ = 1, 300 do
      wire:send(head)
      local answer = http.read(wire, socket.gettime() + 5)
      assert.equal("192.0.2.1", cjson.decode(answer.body)[1])
    end
    bystander:send_message("ping", 1, 1)
    assert.same({ "pong", 1, 1 }, bystander:receive_message())
    assert.is_true(socket.gettime() - since < 10)
    wire:close()
    bystander:close()
  end)

  it("says in the log whom a limit was for", function()
    local base <close> = server.start {
      settings = 'trusted_proxies = { "127.0.0.1" }, '
        .. "limits = { http_body = 10 }," .. HTTP,
    }
    assert.equal(413, http.request { port = base.port, method = "POST",
      headers = { ["X-Forwarded-For"] = "192.0.2.7", ["Content-Length"] = 20 },
      body = ("x"):rep(20),
    }.status)
    base:wait_log "limits.http_body%) address=192.0.2.7"
  end)
end)

describe("X-Forwarded fields of an untrusted client", function()
  it("count for nothing", function()
    local base <close> = server.start {
      settings = 'trusted_proxies = { "10.0.0.0/8" }, '
        .. 'hosts = { "shop.example" },' .. HTTP,
    }
    assert.same({ "127.0.0.1", false }, ask { port = base.port, headers = {
      ["X-Forwarded-For"] = "192.0.2.1", ["X-Forwarded-Proto"] = "https",
    } })
    local peer, answer = client.connect { port = base.port, headers = {
      Host = "shop.example", Origin = "https://evil.example",
      ["X-Forwarded-Host"] = "evil.example",
    } }
    assert.is_nil(peer)
    assert.equal(403, answer.status)
  end)
end)

-- A server with a listener behind a proxy, and one without.
local function start(settings)
  local port, plain = server.free_port(), server.free_port()
  local base = server.start { port = false, files = { ["base.lua"] = ([[
    return {
      listen = { "127.0.0.1:%d", { "127.0.0.1:%d", proxy = true } },
      authenticate = function(connection, register)
        register(connection, { id = connection.address })
      end,
      welcome = function(user) return user.id end,
      %s
    }]]):format(plain, port, settings or "") } }
  base:wait_log("listening", 5, 2)
  base.port, base.plain = port, plain
  return base
end

-- What the server says to bytes, until it ends: nothing, or a head's status.
local function answer_to(base, bytes)
  local peer = stream.connect { port = base.port }
  peer:send(bytes)
  local answer = http.read(peer, socket.gettime() + 5)
  peer:close()
  return answer and answer.status
end

describe("A listener with proxy = true", function()
  local base, bystander

  setup(function()
    base = start(HTTP)
    bystander = client.join { port = base.plain }
  end)

  teardown(function()
    bystander:send_message("ping", 1, 1)
    assert.same({ "pong", 1, 1 }, bystander:receive_message())
    bystander:close()
    base:stop()
  end)

  local function seen(header)
    return ask { port = base.port, raw = header .. http.head {} }[1]
  end

  it("believes its first line, of version 1", function()
    assert.equal("192.0.2.1",
      seen "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n")
    assert.equal("2001:db8::1", seen "PROXY TCP6 2001:db8::1 ::1 56324 443\r\n")
    assert.equal("127.0.0.1", seen "PROXY UNKNOWN\r\n")
  end)

  it("and the bytes of version 2", function()
    local from = "\192\0\2\1\192\0\2\2\1\2\3\4"
    assert.equal("192.0.2.1", seen(SIGNATURE .. "\x21\x11\0\x0c" .. from))
    assert.equal("192.0.2.1", seen(SIGNATURE .. "\x21\x11\1\x0c" .. from
      .. "\4" .. "\0\xfd" .. ("x"):rep(253)))
    assert.equal("127.0.0.1", seen(SIGNATURE .. "\x20\0\0\0"))
  end)

  it("takes it byte by byte", function()
    local peer = stream.connect { port = base.port }
    local bytes = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n" .. http.head {}
    for i = 1, #bytes do peer:send(bytes:sub(i, i)) end
    local answer = http.read(peer, socket.gettime() + 5)
    assert.equal("192.0.2.1", cjson.decode(answer.body)[1])
    peer:close()
  end)

  it("ends without a word who does not send it", function()
    for _, bytes in ipairs { http.head {}, "PROXY TCP4 x\r\n",
      "PROXY " .. ("x"):rep(200), SIGNATURE .. "\x21\x11\xff\xff",
      SIGNATURE .. "\x22\0\0\0", "\x16\3\1" } do
      assert.is_nil(answer_to(base, bytes))
    end
    base:wait_log "requires a PROXY header"
    assert.equal(1, select(2, base:log():gsub("requires a PROXY header", "")))
  end)

  it("ends one that stops halfway, or goes", function()
    local peer = stream.connect { port = base.port }
    peer:send "PROXY TCP4 192"
    peer:finish()
    assert.equal("", peer:read_all(socket.gettime() + 5))
    peer:close()
  end)

  it("asks nobody for it who comes elsewhere", function()
    assert.equal("127.0.0.1", ask({ port = base.plain })[1])
  end)
end)

describe("The PROXY header", function()
  it("must come within handshake_time", function()
    local base <close> = start "limits = { handshake_time = 0.2 },"
    local peer = stream.connect { port = base.port }
    peer:send "PROXY TC"
    assert.equal("", peer:read_all(socket.gettime() + 5))
    base:wait_log "no PROXY header in time"
    peer:close()
  end)

  it("is taken from trusted proxies only, where there are any", function()
    local base <close> = start('trusted_proxies = { "10.0.0.0/8" },' .. HTTP)
    assert.is_nil(answer_to(base, "PROXY UNKNOWN\r\n" .. http.head {}))
    base:wait_log "this proxy is not listed in trusted_proxies"
    -- By itself: a scan of the port does not hide it.
    assert.is_nil(answer_to(base, "PROXY UNKNOWN\r\n" .. http.head {}))
    assert.equal(1, select(2, base:log():gsub("not listed in trusted", "")))
  end)

  it("names whose sockets are counted", function()
    local base <close> = start "limits = { connections_per_address = 1 },"
    local function connect(address)
      local peer = stream.connect { port = base.port }
      peer:send(("PROXY TCP4 %s 127.0.0.1 1 2\r\n"):format(address)
        .. client.handshake {})
      local answer = http.read(peer, socket.gettime() + 5)
      assert.equal(101, answer.status)
      local frame = require "spec.support.peers.frame"
      local got = frame.read(peer, socket.gettime() + 5)
      return got.payload, peer
    end
    local first, one = connect "192.0.2.1"
    local second, two = connect "192.0.2.1"
    local third, three = connect "192.0.2.2"
    assert.equal('["authenticated","192.0.2.1"]', first)
    assert.equal(4009, (client.read_close(second)))
    assert.equal('["authenticated","192.0.2.2"]', third)
    for _, peer in ipairs { one, two, three } do peer:close() end
  end)

  it("of those that wait keeps nobody from ending the server", function()
    local base = start()
    local peer = stream.connect { port = base.port }
    peer:send "PROXY "
    client.join({ port = base.plain }):close()
    base:stop()
    peer:close()
  end)

  it("comes before TLS", function()
    local folder = files.folder()
    files.run(("openssl req -x509 -newkey ec -pkeyopt "
      .. "ec_paramgen_curve:P-256 -nodes -keyout %s/key -out %s/chain "
      .. "-subj /CN=localhost 2>/dev/null"):format(folder, folder))
    local base <close> = start(("tls = { certificate = %q, key = %q },")
      :format(folder .. "/chain", folder .. "/key") .. HTTP)
    assert.same({ "192.0.2.1", true }, ask {
      port = base.port, tls = true,
      before = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
    })
    files.remove(folder)
  end)
end)

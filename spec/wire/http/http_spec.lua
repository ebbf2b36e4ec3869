-- HTTP: the handler of base.lua, and what there is around it.
local socket = require "socket"

local client = require "spec.support.peers.client"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

local SETTINGS = [[
http = function(request, response)
  local answers = {
    ["/hello"] = function() return 200, "Hello!" end,
    ["/echo"] = function()
      response.headers["Content-Type"] = "application/octet-stream"
      response:send(request.body)
    end,
    ["/request"] = function() response:json(request) end,
    ["/slow"] = function() base.sleep(0.2) return 200, "slow" end,
    ["/status"] = function() return 404, "none", { ["X-Why"] = "so" } end,
    ["/empty"] = function() return 204 end,
    ["/reset"] = function() return 205, "a form" end,
    ["/reset/file"] = function()
      response.status = 205
      response:file("a.txt", { root = "files" })
    end,
    ["/fails"] = function() error "boom" end,
    ["/file"] = function() response:file("a.txt", { root = "files" }) end,
    ["/outside"] = function() response:file "../../../../etc/passwd" end,
    ["/none"] = function() response:file "none.txt" end,
    ["/big"] = function() response:send(("x"):rep(3 * 1024 * 1024)) end,
  }
  local answer = answers[request.path]
  if answer then return answer() end
end,
limits = { http_body = 1000, http_head = 2000, handshake_time = 0.5 },
http_keep_alive = 2.5,
]]

local FILES = {
  ["files/a.txt"] = "a file",
  ["public/index.html"] = "<h1>public</h1>",
  ["public/.secret"] = "secret",
}

describe("A request", function()
  local base

  setup(function()
    base = server.start { settings = SETTINGS, files = FILES }
  end)

  teardown(function()
    base:stop()
  end)

  local function get(path, options)
    options = options or {}
    options.port, options.path = base.port, path
    return http.request(options)
  end

  -- Sends bytes and reads as many answers as are expected, on one connection.
  local function talk(bytes, count, pieces)
    local wire = stream.connect { port = base.port }
    local answers = {}
    if pieces then
      for i = 1, #bytes do wire:send(bytes:sub(i, i)) end
    else
      wire:send(bytes)
    end
    for i = 1, count do
      answers[i] = assert(http.read(wire, socket.gettime() + 5))
    end
    return answers, wire
  end

  it("is answered with what the handler returns", function()
    local answer = get "/hello"
    assert.equal(200, answer.status)
    assert.equal("Hello!", answer.body)
    assert.equal("text/plain; charset=utf-8", answer.headers["content-type"])
    answer = get "/status"
    assert.same({ 404, "none", "so" },
      { answer.status, answer.body, answer.headers["x-why"] })
    assert.equal(204, get("/empty").status)
  end)

  it("reaches the handler complete", function()
    local cjson = require "cjson"
    local answer = get("/request?a=1&b=x+y%21&a=2", {
      method = "POST", body = "the body",
      headers = {
        ["Content-Length"] = "8",
        ["Cookie"] = "name=J%C3%BCrgen; x=1",
      },
    })
    local request = cjson.decode(answer.body)
    assert.equal("application/json", answer.headers["content-type"])
    assert.equal("POST", request.method)
    assert.equal("/request", request.path)
    assert.same({ a = "2", b = "x y!" }, request.query)
    assert.same({ name = "Jürgen", x = "1" }, request.cookies)
    assert.equal("the body", request.body)
    assert.equal("127.0.0.1", request.address)
    assert.is_false(request.secure)
  end)

  it("may have a body in chunks, however it is cut", function()
    local bytes = "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n"
      .. "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n"
    for _, pieces in ipairs { false, true } do
      assert.equal("hello world", talk(bytes, 1, pieces)[1].body)
    end
  end)

  it("may follow another on the same connection", function()
    local answers = talk(http.head { path = "/slow" }
      .. http.head { path = "/hello" } .. http.head { path = "/" }, 3)
    assert.equal("slow", answers[1].body)
    assert.equal("Hello!", answers[2].body)
    assert.equal("<h1>public</h1>", answers[3].body)
  end)

  it("may be followed by a WebSocket on the same connection", function()
    local answers, wire = talk(http.head { path = "/hello" }
      .. client.handshake { path = "/?user=bob" }, 1)
    assert.equal("Hello!", answers[1].body)
    local answer = http.read_head(wire, socket.gettime() + 5)
    assert.equal(101, answer.status)
    wire:close()
  end)

  it("closes the connection when it asks for that", function()
    for _, head in ipairs {
      http.head { path = "/hello", headers = { Connection = "close" } },
      http.head { path = "/hello", version = "1.0" },
    } do
      local answers, wire = talk(head, 1)
      assert.equal("close", answers[1].headers["connection"])
      assert.equal("", wire:read_all(socket.gettime() + 5))
    end
  end)

  it("that the handler does not answer gets a public file",
    function()
      assert.equal("<h1>public</h1>", get("/").body)
      assert.equal(404, get("/nothing").status)
      assert.equal(404, get("/.secret").status)
      assert.equal(404, get("/%2e%2e/base.lua").status)
      assert.equal(405, get("/", { method = "POST" }).status)
    end)

  it("gets no body for HEAD, but its length", function()
    local answer = get("/hello", { method = "HEAD" })
    assert.equal("6", answer.headers["content-length"])
    assert.equal("", answer.body)
  end)

  it("gets 500 when the handler raises, and the log the line", function()
    local answer = get "/fails"
    assert.equal(500, answer.status)
    assert.is_nil(answer.body:find "boom")
    base:wait_log "base.lua:%d+: boom"
  end)

  it("gets a file that the handler names, below the project only", function()
    local answer = get "/file"
    assert.equal("a file", answer.body)
    assert.equal("text/plain; charset=utf-8", answer.headers["content-type"])
    assert.equal(404, get("/outside").status)
    assert.equal(404, get("/none").status)
  end)

  it("gets an answer of any size", function()
    assert.equal(3 * 1024 * 1024, #get("/big").body)
  end)

  it("gets no body with 205, and the next answer is in its place", function()
    local answers, wire = talk(http.head { path = "/reset" }
      .. http.head { path = "/reset/file" }
      .. http.head { path = "/hello" }, 3)
    for i = 1, 2 do
      assert.same({ 205, "0" },
        { answers[i].status, answers[i].headers["content-length"] })
    end
    assert.equal("Hello!", answers[3].body)
    wire:close()
  end)

  it("is refused when its body is too large", function()
    for _, head in ipairs {
      "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n",
      "Content-Length: 1001\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" .. ("x"):rep(1001) .. "\r\n",
    } do
      local answer = http.request { port = base.port,
        raw = "POST /echo HTTP/1.1\r\nHost: localhost\r\n" .. head }
      assert.equal(413, answer.status)
    end
  end)

  it("is refused when its head is too large", function()
    local answer = get("/", { headers = { ["X-Long"] = ("x"):rep(3000) } })
    assert.equal(431, answer.status)
  end)

  it("gets 100 Continue when it expects that", function()
    local wire = stream.connect { port = base.port }
    wire:send "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    wire:send "Expect: 100-continue\r\n\r\n"
    local deadline = socket.gettime() + 5
    assert.equal(100, http.read_head(wire, deadline).status)
    wire:send "ok"
    assert.equal("ok", http.read(wire, deadline).body)
  end)

  local UPLOAD = "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
    .. "Content-Length: 9\r\n\r\n"

  for name, bytes in pairs {
    ["whose head"] = "GET / HTTP/1.1\r\nHost:",
    ["whose body"] = UPLOAD .. "half",
    ["whose whole body"] = UPLOAD,
    ["that follows another, and"] = http.head { path = "/hello" } .. "GET",
  } do
    it(name .. " does not come in time gets 408", function()
      local wire = stream.connect { port = base.port }
      wire:send(bytes)
      local deadline = socket.gettime() + 5
      local answer = http.read(wire, deadline)
      if answer.status == 200 then answer = http.read(wire, deadline) end
      assert.equal(408, answer.status)
      assert.equal("close", answer.headers["connection"])
      assert.matches("limits.handshake_time", answer.body, 1, true)
      assert.equal("", wire:read_all(deadline))
    end)
  end

  it("whose body arrives too slowly gets 408", function()
    local wire = stream.connect { port = base.port }
    local deadline = socket.gettime() + 5
    wire:send(UPLOAD:gsub("9", "999"))
    local answer
    repeat
      wire:send "x"
      answer = http.read_head(wire, socket.gettime() + 0.01)
    until answer or socket.gettime() > deadline
    assert.equal(408, answer.status)
  end)

  it("that never begins is closed after http_keep_alive", function()
    local answers, wire = talk(http.head { path = "/hello" }, 1)
    local since = socket.gettime()
    assert.equal("Hello!", answers[1].body)
    assert.equal("timeout=2", answers[1].headers["keep-alive"])
    assert.equal("", wire:read_all(since + 10))
    assert.is_true(socket.gettime() - since > 2.4)
  end)

  it("may come after longer than a first one, and is then served", function()
    local _, wire = talk(http.head { path = "/hello" }, 1)
    local first = stream.connect { port = base.port }
    assert.equal("", first:read_all(socket.gettime() + 5)) -- handshake_time
    wire:send(http.head { path = "/hello" })
    assert.equal("Hello!", http.read(wire, socket.gettime() + 5).body)
    wire:send("GET / HT")
    assert.equal(408, http.read(wire, socket.gettime() + 5).status)
  end)

  it("hears of no time where its connection ends", function()
    for _, head in ipairs {
      http.head { path = "/hello", headers = { Connection = "close" } },
      http.head { path = "/hello", version = "1.0" },
      "GET / HTTP/1.1\r\n\r\n",
    } do
      assert.is_nil(talk(head, 1)[1].headers["keep-alive"])
    end
    local old = http.head { path = "/hello", version = "1.0",
      headers = { Connection = "keep-alive" } }
    local headers = talk(old, 1)[1].headers
    assert.equal("keep-alive", headers["connection"])
    assert.equal("timeout=2", headers["keep-alive"])
  end)

  it("has all of its time, however long the connection was idle", function()
    local _, wire = talk(http.head { path = "/hello" }, 1)
    local head = http.head { path = "/hello" }
    for _ = 1, 2 do get "/slow" end -- 0.4 s go by
    wire:send(head:sub(1, 10))
    get "/slow"
    wire:send(head:sub(11))
    local answer = assert(http.read(wire, socket.gettime() + 5))
    assert.equal("Hello!", answer.body)
  end)

  for name, bytes in pairs {
    ["a folded line"] = "GET / HTTP/1.1\r\nHost: localhost\r\n b\r\n\r\n",
    ["a space before the colon"] = "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ["a line without CR"] = "GET / HTTP/1.1\nHost: localhost\n\n",
    ["no Host"] = "GET / HTTP/1.1\r\n\r\n",
    ["two Hosts"] =
      "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    ["a version that is none"] = "GET / HTTP/3.7\r\nHost: localhost\r\n\r\n",
    ["both lengths"] = "POST / HTTP/1.1\r\nHost: localhost\r\n"
      .. "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ["a trailer that is folded"] = "POST /echo HTTP/1.1\r\n"
      .. "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "0\r\nA: b\r\n c\r\n\r\n",
    ["a NUL in a trailer"] = "POST /echo HTTP/1.1\r\n"
      .. "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "0\r\nA: b\0\r\n\r\n",
    ["a NUL"] = "GET / HTTP/1.1\r\nHost: localhost\0\r\n\r\n",
    ["no HTTP at all"] = "hello, is it me?\r\n\r\n",
  } do
    it("is refused with " .. name, function()
      local answer = http.request { port = base.port, raw = bytes }
      assert.is_true(answer.status >= 400 and answer.status < 600)
      assert.equal("close", answer.headers["connection"])
    end)
  end
end)

describe("An answer", function()
  local MEGABYTES = 8 << 20
  local base, bystander

  setup(function()
    base = server.start {
      settings = [[
        http = (function(body, part)
          return function(request)
            if request.path == "/body" then return 200, body end
            if request.path == "/part" then return 200, part end
          end
        end)(("x"):rep(8 << 20), ("x"):rep(100000)),
        limits = { handshake_time = 0.3 }, heartbeat = { interval = 600 },
      ]],
      files = { ["public/file"] = ("x"):rep(MEGABYTES) },
    }
    bystander = client.join { port = base.port }
  end)

  teardown(function()
    bystander:close()
    base:stop()
  end)

  -- The pace of a reader: meanwhile a bystander hears nothing.
  local function pause(seconds)
    assert.same({ nil, "timeout" }, { bystander:receive(seconds) })
  end

  local function ask(bytes)
    local wire = stream.connect { port = base.port, receive_buffer = 4096 }
    wire:send(bytes)
    return wire
  end

  -- Reads a little at a time, for as long as there is something. Returns how
  -- much it was.
  local function drip(wire)
    local taken, patience = 0, socket.gettime() + 40
    local bytes, why
    repeat
      bytes, why = wire:read(200, patience)
      taken = taken + (bytes and #bytes or 0)
      assert.is_true(socket.gettime() < patience, "it drips on")
      pause(0.02)
    until not bytes
    assert.equal("closed", why)
    return taken
  end

  for name, bytes in pairs {
    ["that is a file"] = http.head { path = "/file" },
    ["that is a handler's"] = http.head { path = "/body" },
    ["that is the last"] = http.head { path = "/body",
      headers = { Connection = "close" } },
    ["behind others"] = http.head { path = "/part" }:rep(200),
  } do
    it(name .. " is cut off for a client that reads too slowly", function()
      assert.is_true(drip(ask(bytes)) < 1 << 20)
    end)
  end

  it("may be read in pieces, if the client keeps reading", function()
    local wire = ask(http.head { path = "/file" })
    assert.equal(200, http.read_head(wire, socket.gettime() + 5).status)
    local since = socket.gettime()
    for _ = 1, 16 do
      assert(wire:read(MEGABYTES // 16, socket.gettime() + 5))
      pause(0.1)
    end
    assert.is_true(socket.gettime() - since > 1)
    wire:send(http.head { path = "/part" })
    assert.equal(100000, #http.read(wire, socket.gettime() + 5).body)
    wire:close()
  end)
end)

describe("http_keep_alive", function()
  local HANDLER = 'http = function() return 200, "one" end,'

  it("of 0 gives each connection one request", function()
    local base <close> = server.start {
      settings = HANDLER .. "http_keep_alive = 0,",
    }
    local wire = stream.connect { port = base.port }
    wire:send(http.head {}:rep(2))
    local answer = http.read(wire, socket.gettime() + 5)
    assert.equal("close", answer.headers["connection"])
    assert.is_nil(answer.headers["keep-alive"])
    assert.equal("", wire:read_all(socket.gettime() + 5))
  end)

  it("is sent in whole seconds, and not if less than one", function()
    local told = {}
    for i, seconds in ipairs { "0.9", "60.9" } do
      local base <close> = server.start {
        settings = ("%s http_keep_alive = %s,"):format(HANDLER, seconds),
      }
      local answer = http.request { port = base.port }
      told[i] = answer.headers["keep-alive"] or "nothing"
      assert.is_nil(answer.headers["connection"])
    end
    assert.same({ "nothing", "timeout=60" }, told)
  end)
end)

describe("An upload", function()
  it("that is slow but steady may take longer than handshake_time", function()
    local base <close> = server.start { settings = [[
      http = function(request) return 200, tostring(#request.body) end,
      limits = { handshake_time = 0.5 },
    ]] }
    local wire = stream.connect { port = base.port }
    local since = socket.gettime()
    local pieces, piece = 12, ("x"):rep(16 * 1024)
    wire:send(("POST / HTTP/1.1\r\nHost: localhost\r\n"
      .. "Content-Length: %d\r\n\r\n")
      :format(pieces * #piece))
    for _ = 1, pieces do
      -- Its pace: nothing comes meanwhile, above all no 408.
      assert.same({ nil, "timeout" },
        { wire:read(1, socket.gettime() + 0.1) })
      wire:send(piece)
    end
    local answer = assert(http.read(wire, socket.gettime() + 5))
    assert.equal(tostring(pieces * #piece), answer.body)
    assert.is_true(socket.gettime() - since > 1)
    wire:close()
  end)
end)

describe("While a request is answered", function()
  local ONE_READ = 256 * 1024

  -- What the kernel keeps of a connection in both directions, as it says in
  -- /proc/net/tcp: sent and not taken by the server.
  local function bytes_in_kernel(from, to)
    local sum = 0
    for line in io.lines "/proc/net/tcp" do
      local own, peer, out, back =
        line:match ":%s+%x+:(%x+) %x+:(%x+) %x+ (%x+):(%x+)"
      local a, b = tonumber(own or "0", 16), tonumber(peer or "0", 16)
      if a == from and b == to then sum = sum + tonumber(out, 16) end
      if a == to and b == from then sum = sum + tonumber(back, 16) end
    end
    return sum
  end

  it("at most one read of later requests is taken", function()
    local base <close> = server.start { settings = [[
      http = function(request)
        if request.path == "/held" then
          print "held"
          while not base.state.is_released do base.sleep(0.01) end
        end
        if request.path == "/release" then base.state.is_released = true end
        return 200, request.path
      end,
    ]] }
    local wire = stream.connect { port = base.port }
    local head = http.head { path = "/next" }
    local count = 1024 * 1024 // #head
    local bytes = http.head { path = "/held" } .. head:rep(count)
    wire.socket:settimeout(0)
    local _, _, sent = wire.socket:send(bytes)
    sent = sent or #bytes
    base:wait_log "held"
    local _, port = wire.socket:getsockname()
    -- An answer to another shows that the server has been round its loop.
    for _ = 1, 3 do http.request { port = base.port, path = "/other" } end
    local kept = bytes_in_kernel(tonumber(port), base.port)
    assert.is_true(sent > 2 * ONE_READ)
    assert.is_true(sent - kept <= ONE_READ, sent - kept .. " bytes are taken")

    http.request { port = base.port, path = "/release" }
    local deadline = socket.gettime() + 20
    assert.equal("/held", http.read(wire, deadline).body)
    for _ = 1, sent // #head - 1 do
      assert.equal("/next", assert(http.read(wire, deadline)).body)
    end
    wire:close()
  end)
end)

-- HTTP: the handler of base.lua, and what there is around it.
local socket = require "socket"

local client = require "spec.support.client"
local http = require "spec.support.http"
local server = require "spec.support.server"
local stream = require "spec.support.stream"

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
    ["/fails"] = function() error "boom" end,
    ["/file"] = function() response:file "files/a.txt" end,
    ["/outside"] = function() response:file "../../etc/passwd" end,
    ["/none"] = function() response:file "files/none.txt" end,
    ["/big"] = function() response:send(("x"):rep(3 * 1024 * 1024)) end,
  }
  local answer = answers[request.path]
  if answer then return answer() end
end,
limits = { http_body = 1000, http_head = 2000, handshake_time = 0.5 },
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

  it("reaches the handler whole", function()
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
    local bytes = "POST /echo HTTP/1.1\r\nHost: a\r\n"
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

  it("ends the connection when it says so", function()
    for _, head in ipairs {
      http.head { path = "/hello", headers = { Connection = "close" } },
      http.head { path = "/hello", version = "1.0" },
    } do
      local answers, wire = talk(head, 1)
      assert.equal("close", answers[1].headers["connection"])
      assert.equal("", wire:read_all(socket.gettime() + 5))
    end
  end)

  it("that the handler leaves alone gets a file of the public folder",
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

  it("is refused when its body is too large", function()
    for _, head in ipairs {
      "Content-Length: 1001\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" .. ("x"):rep(1001) .. "\r\n",
    } do
      local answer = http.request { port = base.port,
        raw = "POST /echo HTTP/1.1\r\nHost: a\r\n" .. head }
      assert.equal(413, answer.status)
    end
  end)

  it("is refused when its head is too large", function()
    local answer = get("/", { headers = { ["X-Long"] = ("x"):rep(3000) } })
    assert.equal(431, answer.status)
  end)

  it("is asked to go on when it waits for that", function()
    local wire = stream.connect { port = base.port }
    wire:send "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
    wire:send "Expect: 100-continue\r\n\r\n"
    local deadline = socket.gettime() + 5
    assert.equal(100, http.read_head(wire, deadline).status)
    wire:send "ok"
    assert.equal("ok", http.read(wire, deadline).body)
  end)

  it("that does not come in time ends", function()
    local wire = stream.connect { port = base.port }
    wire:send "GET / HTTP/1.1\r\nHost:"
    assert.equal("", wire:read_all(socket.gettime() + 5))
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
    ["a folded line"] = "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    ["a space before the colon"] = "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ["a line without CR"] = "GET / HTTP/1.1\nHost: a\n\n",
    ["no Host"] = "GET / HTTP/1.1\r\n\r\n",
    ["two Hosts"] = "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    ["a version that is none"] = "GET / HTTP/3.7\r\nHost: a\r\n\r\n",
    ["both lengths"] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n",
    ["a NUL"] = "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n",
    ["no HTTP at all"] = "hello, is it me?\r\n\r\n",
  } do
    it("is refused with " .. name, function()
      local answer = http.request { port = base.port, raw = bytes }
      assert.is_true(answer.status >= 400 and answer.status < 600)
      assert.equal("close", answer.headers["connection"])
    end)
  end
end)

-- Requests that scripts make, over real sockets, to applications that answer
-- well or badly.
local cjson = require "cjson"
local socket = require "socket"

local asking = require "spec.support.asking"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local upstream = require "spec.support.peers.upstream"
local wait = require "spec.support.wait"

local ask, project = asking.ask, asking.project

describe("A script", function()
  local base, app, peer

  setup(function()
    app = upstream.start()
    base = server.start { files = project(),
      -- What the environment says of proxies does not count.
      env = { http_proxy = "http://127.0.0.1:1", HTTP_PROXY = "127.0.0.1:1",
        https_proxy = "http://127.0.0.1:1", ALL_PROXY = "127.0.0.1:1" } }
    peer = client.join { port = base.port }
  end)

  teardown(function()
    peer:close()
    base:stop()
    app.process:remove()
  end)

  local function get(path, options)
    options = options or {}
    options.url = app:url(path)
    return ask(peer, options)
  end

  it("gets an answer", function()
    local reply = get "/hello"
    assert.equal(200, reply.status)
    assert.equal("hello", reply.body)
    assert.equal("5", reply.headers["content-length"])
    assert.same({ "a=1", "b=2" }, reply.headers["set-cookie"])
  end)

  it("sends its request exactly, and nothing else", function()
    local reply = get("/mirror?a=1", { method = "POST", json = { id = 42 },
      headers = { Cookie = "session=ada", ["X-Empty"] = "" } })
    local method, target, headers, body =
      table.unpack(cjson.decode(reply.body))
    assert.same({ "POST", "/mirror?a=1", '{"id":42}' },
      { method, target, body })
    assert.matches("^base/", headers["user-agent"])
    headers["user-agent"] = nil
    assert.same({
      host = "127.0.0.1:" .. app.port, accept = "*/*", cookie = "session=ada",
      ["accept-encoding"] = "gzip", ["content-length"] = "9",
      ["content-type"] = "application/json", ["x-empty"] = "",
    }, headers)
  end)

  for _, row in ipairs {
    { "GET", nil }, { "HEAD", nil }, { "POST", "b" }, { "POST", nil, "0" },
    { "PUT", "b" }, { "PATCH", "" }, { "DELETE", nil }, { "DELETE", "b" },
    { "OPTIONS", nil }, { "GET", "b" },
  } do
    local method, body, length = table.unpack(row, 1, 3)
    local name = method .. (body and (" and the body '%s'"):format(body) or "")
    it("can send " .. name, function()
      local reply = get("/mirror", { method = method, body = body })
      if method == "HEAD" then
        return assert.same({ 200, "" }, { reply.status, reply.body })
      end
      local got = cjson.decode(reply.body)
      assert.same({ method, body or "" }, { got[1], got[4] })
      assert.equal(length or body and tostring(#body) or nil,
        got[3]["content-length"])
      assert.is_nil(got[3]["content-type"])
    end)
  end

  it("sends a large body at once", function()
    local reply = get("/mirror", { method = "POST", body = ("x"):rep(50000) })
    assert.equal(50000, #cjson.decode(reply.body)[4])
  end)

  it("sees the final response head, not interim ones or trailers",
    function()
      local reply = get "/hints"
      assert.same({ 200, "hello" }, { reply.status, reply.body })
      assert.same({ ["transfer-encoding"] = "chunked", ["x-last"] = "1" },
        reply.headers)
    end)

  it("gets a 500 as a response", function()
    assert.equal(500, get("/status/500").status)
  end)

  it("reuses a connection", function()
    get "/hello"
    local before = app:seen().opened
    for _ = 1, 20 do assert.equal("hello", get("/hello").body) end
    assert.equal(before + 1, app:seen().opened) -- our own question
  end)

  it("does not notice that the application was restarted", function()
    local first = upstream.start()
    local url = first:url "/hello"
    assert.equal("hello", ask(peer, { url = url }).body)
    first.process:remove()
    local second <close> = upstream.start { port = first.port }
    assert.equal(url, second:url "/hello")
    assert.equal("hello", ask(peer, { url = url }).body)
  end)

  it("decompresses a body in two parts", function()
    assert.equal("one two", get("/two_gzips").body)
  end)

  it("gets a compressed body decompressed", function()
    local reply = get "/packed/100000"
    assert.equal(("x"):rep(100000), reply.body)
    assert.is_nil(reply.headers["content-encoding"])
    assert.is_nil(reply.headers["content-length"])
  end)

  local words = {
    { "a connection that ends without an answer", "/drop", "closed" },
    { "an answer that ends half-way", "/half", "closed" },
    { "a head that ends half-way", "/half_head", "closed" },
    { "what is no HTTP", "/garbage", "invalid" },
    { "what is packed wrongly", "/bad_gzip", "invalid" },
    { "what is packed and cut at its beginning", "/cut_gzip/5", "invalid" },
    { "what is packed and cut in the middle", "/cut_gzip/20", "invalid" },
    { "what is packed and cut at its end", "/cut_gzip/33", "invalid" },
    { "an endless body", "/endless", "too_large" },
    { "an endless head", "/endless_head", "too_large" },
    { "a gigabyte that is announced", "/announced/1073741824", "too_large" },
    { "a little that unpacks to a lot", "/packed/200000000", "too_large" },
    { "a body past max_body", "/size/101", "too_large", { max_body = 100 } },
    { "silence", "/never", "timeout", { timeout = 0.2 } },
    { "redirects in a circle", "/loop", "redirects", { redirects = 5 } },
    { "one redirect too many", "/countdown/3", "redirects", { redirects = 2 } },
    { "a redirect to a file", "/to/file:///etc/passwd", "redirects",
      { redirects = 5 } },
    { "a redirect to another protocol", "/to/gopher://127.0.0.1:1/",
      "redirects", { redirects = 5 } },
  }
  for _, row in ipairs(words) do
    local name, path, word, options = table.unpack(row, 1, 4)
    it(("gets '%s' for %s"):format(word, name), function()
      local since = socket.gettime()
      assert.same({ word, "no" }, { get(path, options) })
      assert.is_true(socket.gettime() - since < 5, "too late")
    end)
  end

  it("gets 'unreachable' where nobody listens", function()
    local url = ("http://127.0.0.1:%d/"):format(server.free_port())
    assert.equal("unreachable", (ask(peer, { url = url })))
    assert.equal("unreachable",
      (ask(peer, { url = "http://localhost/", unix = "/nowhere.sock" })))
  end)

  it("gets 'resolve' for a host that does not exist", function()
    assert.equal("resolve",
      (ask(peer, { url = "http://nowhere.invalid/" })))
  end)

  it("gets 'timeout' when the connection is not accepted", function()
    -- A backlog of none, which is full.
    local full = assert(socket.tcp4())
    assert(full:bind("127.0.0.1", 0))
    assert(full:listen(0))
    local _, port = full:getsockname()
    local filling = {}
    for i = 1, 4 do
      filling[i] = socket.tcp4()
      filling[i]:settimeout(0)
      filling[i]:connect("127.0.0.1", port)
    end
    local since = socket.gettime()
    assert.equal("timeout", (ask(peer, { connect_timeout = 0.3,
      url = ("http://127.0.0.1:%d/"):format(port) })))
    assert.is_true(socket.gettime() - since < 2, "not the connect_timeout")
    for _, each in ipairs(filling) do each:close() end
    full:close()
  end)

  it("gets exactly max_body bytes", function()
    assert.equal(100, #get("/size/100", { max_body = 100 }).body)
  end)

  it("gets the head of what is larger than max_body", function()
    local reply = get("/hello", { method = "HEAD", max_body = 1 })
    assert.equal(200, reply.status)
  end)

  it("follows redirects only when told to", function()
    local reply = get "/countdown/2"
    assert.equal(302, reply.status)
    assert.equal("/countdown/1", reply.headers.location)
    assert.equal("landed", get("/countdown/2", { redirects = 2 }).body)
  end)

  it("never tells another host its cookie or its password", function()
    local other <close> = upstream.start()
    local headers = { cookie = "session=ada", authorization = "Bearer x",
      ["x-a"] = "b" }
    local elsewhere = get("/to/" .. other:url "/mirror",
      { redirects = 1, headers = headers })
    local got = cjson.decode(elsewhere.body)[3]
    assert.same({ "b" }, { got["x-a"], got.cookie, got.authorization })
    local same = get("/to//mirror", { redirects = 1, headers = headers })
    got = cjson.decode(same.body)[3]
    assert.same({ "session=ada", "Bearer x" }, { got.cookie,
      got.authorization })
  end)

  it("raises for a URL that libcurl cannot parse", function()
    local err, kind = ask(peer, { url = "http://[::1/" })
    assert.same({ "error", "failed" }, { kind, err.code })
    base:wait_log "'url' is not a valid URL"
  end)

  it("cannot be answered by a client", function()
    -- The numbers that Base gives to its own questions count for nothing here.
    local other = client.join { port = base.port }
    peer:send_message("ask", { url = app:url "/slow/1" }, 1)
    for i = 1, 50 do
      peer:send_message("ok", "forged", "$" .. i)
      other:send_message("ok", "forged", "$" .. i)
    end
    assert.equal("at last", peer:receive_message()[2].body)
    other:close()
  end)

  it("that waits blocks nobody", function()
    local other = client.join { port = base.port }
    peer:send_message("ask", { url = app:url "/slow/5" }, 1)
    app:wait_count("/slow/5", 1)
    local worst = 0
    for i = 1, 100 do
      local since = socket.gettime()
      other:send_message("echo", i, i)
      assert.same({ "echo", i, i }, other:receive_message())
      worst = math.max(worst, socket.gettime() - since)
    end
    assert.is_true(worst < 0.5, ("an echo took %g s"):format(worst))
    assert.same({ nil, "timeout" }, { peer:receive(0) })
    assert.equal("at last", peer:receive_message(10)[2].body)
    other:close()
  end)
end)

describe("Python's HTTP server", function()
  it("is understood", function()
    local folder = files.folder()
    files.write(folder .. "/page.txt", "written by others")
    local port = server.free_port()
    local other = process.start { "python3", "-m", "http.server", port,
      "--bind", "127.0.0.1", "--directory", folder }
    do
      local base <close> = server.start { files = project() }
      local peer = client.join { port = base.port }
      local url = ("http://127.0.0.1:%d/"):format(port)
      wait.for_(10, "its first answer", function()
        return ask(peer, { url = url }) ~= "unreachable"
      end)
      local reply = ask(peer, { url = url .. "page.txt" })
      assert.same({ 200, "written by others" }, { reply.status, reply.body })
      assert.matches("^SimpleHTTP", reply.headers.server)
      assert.equal(404, ask(peer, { url = url .. "nothing" }).status)
      assert.equal(501, ask(peer, { url = url, method = "DELETE" }).status)
      peer:close()
    end
    other:remove()
    files.remove(folder)
  end)
end)

describe("A Unix socket", function()
  it("can be requested", function()
    local folder = files.folder()
    do
      local app <close> = upstream.start { unix = folder .. "/app.sock" }
      local base <close> = server.start { files = project() }
      local peer = client.join { port = base.port }
      local reply = ask(peer, { url = "http://shop.example/mirror",
        unix = app.unix })
      assert.equal("shop.example", cjson.decode(reply.body)[3].host)
      peer:close()
    end
    files.remove(folder)
  end)
end)

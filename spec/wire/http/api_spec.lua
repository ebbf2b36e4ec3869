-- The HTTP API, by which the application speaks to its users.
local cjson = require "cjson"
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local openapi = require "spec.support.openapi"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"
local stream = require "spec.support.peers.stream"

local SETTINGS = [[
  http = function() return 200, "the handler" end,
  limits = { http_body = 2000, http_head = 1000, action_time = 5 },
]]

local FILES = {
  ["public/stats"] = "a public file",
  ["actions/slow.lua"] = [[
    local base = require "base"
    return function(connection, message)
      while not connection.user.go do base.sleep(0.02) end
      return message:respond "gone"
    end]],
}

describe("The API", function()
  local base, app

  setup(function()
    base, app = application.start { settings = SETTINGS, files = FILES }
  end)

  teardown(function()
    base:stop()
  end)

  it("reaches a user at once", function()
    local ada = client.join { port = base.port, user = "ada" }
    assert.same({ 200, { connections = 1 } },
      { app:get("POST", "/users/ada/send", { "alert", "hi" }) })
    assert.same({ "alert", "hi" }, ada:receive_message())
    ada:close()
  end)

  it("asks a user's client and tells what it says", function()
    local ada = client.join { port = base.port, user = "ada" }
    local wire = stream.connect { port = app.port }
    local body = '["sure","Delete?"]'
    wire:send(http.head {
      method = "POST", path = "/users/ada/call",
      headers = { Authorization = "Bearer " .. application.key,
        ["Content-Length"] = #body },
    } .. body)
    local question = ada:receive_message()
    assert.same({ "sure", "Delete?" }, { question[1], question[2] })
    ada:send_message("ok", { yes = true }, question[3])
    local answer = http.read(wire, socket.gettime() + 5)
    assert.same({ body = { yes = true } },
      openapi.read():check("POST", "/users/{id}/call", answer))
    wire:close()
    ada:close()
  end)

  it("has no WebSockets, no public files, and no handler of base.lua",
    function()
      local peer, answer = client.connect { port = app.port }
      assert.is_nil(peer)
      assert.equal(401, answer.status)
      peer, answer = client.connect { port = app.port, path = "/stats",
        headers = { Authorization = "Bearer " .. application.key } }
      assert.is_nil(peer)
      assert.equal(200, answer.status)
      assert.is_truthy(cjson.decode(answer.body).uptime)
      assert.equal(404, app:ask("GET", "/").status)
      assert.equal(404, app:ask("GET", "/public/stats").status)
    end)

  it("is nowhere else", function()
    local answer = http.request { port = base.port, path = "/stats",
      headers = { Authorization = "Bearer " .. application.key } }
    assert.equal("the handler", answer.body)
  end)

  it("serves many requests on one connection, whatever they come to",
    function()
      local wire = stream.connect { port = app.port }
      local key = { Authorization = "Bearer " .. application.key }
      for _, line in ipairs { "GET /stats 200", "GET /none 404",
        "PUT /stats 405", "GET /users/ada 200", "HEAD /metrics 200" } do
        local method, path, status = line:match "(%S+) (%S+) (%d+)"
        wire:send(http.head { method = method, path = path, headers = key })
        local answer =
          http.read(wire, socket.gettime() + 5, method == "HEAD")
        assert.equal(tonumber(status), answer.status)
      end
      wire:send(http.head { path = "/stats" })
      assert.equal(401, http.read(wire, socket.gettime() + 5).status)
      wire:close()
    end)

  it("tells in JSON what HTTP cannot take", function()
    local function refused(raw)
      local answer = http.request { port = app.port, raw = raw }
      assert.equal("application/json", answer.headers["content-type"])
      assert.is_string(cjson.decode(answer.body).error.message)
      return answer.status, cjson.decode(answer.body).error.code
    end
    assert.same({ 400, "malformed" }, { refused "GET / HTTP/1.1\r\n\r\n" })
    assert.same({ 413, "too_large" }, { refused(http.head {
      method = "POST", path = "/broadcast",
      headers = { ["Content-Length"] = 2001 } }) })
    assert.same({ 431, "too_large" }, { refused(http.head {
      path = "/" .. ("x"):rep(1000) }) })
    assert.same({ 501, "not_implemented" }, { refused(http.head {
      method = "POST", headers = { ["Transfer-Encoding"] = "gzip" } }) })
  end)

  it("takes a message in pieces, after 100 Continue", function()
    local wire = stream.connect { port = app.port }
    wire:send(http.head { method = "POST", path = "/broadcast", headers = {
      Authorization = "Bearer " .. application.key,
      Expect = "100-continue", ["Content-Length"] = 8 } })
    assert.equal("HTTP/1.1 100 Continue\r\n\r\n",
      wire:read_to("\r\n\r\n", socket.gettime() + 5))
    for byte in ('["news"]'):gmatch "." do wire:send(byte) end
    assert.equal(200, http.read(wire, socket.gettime() + 5).status)
    wire:close()
  end)

  it("answers nobody who has gone meanwhile", function()
    local ada = client.join { port = base.port, user = "gone" }
    local wire = stream.connect { port = app.port }
    wire:send(http.head { method = "POST", path = "/users/gone/call",
      headers = { Authorization = "Bearer " .. application.key,
        ["Content-Length"] = 8 } } .. '["sure"]')
    local question = ada:receive_message()
    wire:close(true)
    ada:send_message("ok", nil, question[3])
    ada:close()
    assert.equal(200, app:ask("GET", "/stats").status)
  end)
end)

describe("docs/openapi.json", function()
  local base, app, doc, ada

  setup(function()
    base, app = application.start { settings = SETTINGS, files = FILES }
    doc = openapi.read()
    ada = client.join { port = base.port, user = "ada" }
  end)

  teardown(function()
    ada:close()
    base:stop()
  end)

  -- Asks, and checks the answer against the document.
  local function ask(status, method, template, options)
    options = options or {}
    local path = template:gsub("{id}", options.id or "ada")
      .. (options.query or "")
    local answer = app:ask(method, path, options.body, options.headers)
    assert.equal(status, answer.status, method .. " " .. path)
    return doc:check(method, template, answer)
  end

  local function example(operation)
    local request = operation.requestBody
    return request and cjson.encode(request.content["application/json"].example)
  end

  local QUERY = { ["/users"] = "?ids=ada,bob,3", ["/users/{id}/call"] =
    "?timeout=0.05" }

  it("has an example for every request that is served so", function()
    for _, each in ipairs(doc:operations()) do
      local is_call = each.path == "/users/{id}/call"
      local is_one = each.path:find "^/connections"
      ask(is_call and 504 or 200, each.method, each.path, {
        id = is_one and "1" or nil,
        query = QUERY[each.path],
        -- Who is sent away cannot be asked any more.
        body = each.operation.operationId == "disconnectUser" and "{}"
          or example(each.operation),
      })
      if each.path:find "disconnect" then
        ada:close()
        ada = client.join { port = base.port, user = "ada" }
      end
    end
    doc:check_coverage()
  end)

  it("says how every request is refused", function()
    for _, each in ipairs(doc:operations()) do
      local method, path, responses =
        each.method, each.path, each.operation.responses
      local id = path:find "^/connections" and "1" or nil
      if responses["401"] then
        ask(401, method, path, { headers = { Authorization = false } })
      end
      if each.operation.requestBody then
        ask(400, method, path, { id = id, body = "{" })
        ask(415, method, path, { id = id, body = "{}",
          headers = { ["Content-Encoding"] = "gzip" } })
        ask(422, method, path, { id = id, body = "7" })
      end
      if path:find "{id}" then
        ask(400, method, path, { id = "%%ff", body = example(each.operation) })
      end
      ask(413, method, path, { id = id, body = ("x"):rep(2001) })
    end
    ask(422, "GET", "/users")
  end)

  it("says how a call may end", function()
    ask(409, "POST", "/users/{id}/call", { id = "nobody", body = '["sure"]' })
    ask(422, "POST", "/users/{id}/call",
      { query = "?timeout=x", body = '["sure"]' })
  end)
end)

describe("A server with an API", function()
  it("does not start without a key", function()
    local base = server.launch { settings = 'api = { listen = ":1" },' }
    local _, log = base:wait_end(1)
    assert.matches("'api.key' is missing", log, 1, true)
    assert.is_nil(log:find "listening")
  end)

  it("does not start where somebody listens already", function()
    local other <close> = server.start {}
    local base = server.launch { settings =
      ('api = { listen = "127.0.0.1:%d", key = "0123456789abcdef" },')
        :format(other.port) }
    local _, log = base:wait_end(1)
    assert.matches("127.0.0.1:" .. other.port, log, 1, true)
  end)

  it("may have it on several places, one of them a Unix socket", function()
    local folder, port = files.folder(), server.free_port()
    local base <close> = server.start { settings = ([[api = {
      listen = { "unix:%s/api", "127.0.0.1:%d" },
      key = { "the-first-key-of-it", "the-second-key-of-it" } },]])
      :format(folder, port) }
    base:wait_log("for=api", 5, 2)
    for _, options in ipairs {
      { unix = folder .. "/api",
        headers = { Authorization = "Bearer the-first-key-of-it" } },
      { port = port,
        headers = { Authorization = "Bearer the-second-key-of-it" } },
    } do
      options.path = "/users/ada"
      assert.equal(200, http.request(options).status)
    end
    base:stop()
    assert.is_false(pcall(files.run, "test -e " .. folder .. "/api"))
    files.remove(folder)
  end)

  it("speaks TLS there as elsewhere", function()
    local folder = story.certificate()
    local base <close>, app = application.start { settings = ([[
      tls = { certificate = "%s/certificate.pem", key = "%s/key.pem" },]])
      :format(folder, folder) }
    local answer = http.request { port = app.port, tls = true, path = "/stats",
      headers = { Authorization = "Bearer " .. application.key } }
    assert.equal(200, answer.status)
    base:stop()
    files.remove(folder)
  end)

  it("takes new keys with a reload, but no new place", function()
    local base <close>, app = application.start {}
    local path = base.dir .. "/base.lua"
    local text = files.read(path)
    files.write(path, (text:gsub(application.key, "a-new-key-for-the-app")))
    base:reload()
    assert.equal(401, app:ask("GET", "/stats").status)
    assert.equal(200, app:ask("GET", "/stats", nil,
      { Authorization = "Bearer a-new-key-for-the-app" }).status)
    files.write(path, (text:gsub(":" .. app.port, ":" .. server.free_port())))
    base:reload()
    base:wait_log "needs a restart"
    assert.equal(200, app:ask("GET", "/stats").status)
  end)

  it("answers the application when it is full", function()
    local base <close>, app =
      application.start { settings = "limits = { connections = 1 }," }
    local ada = client.join { port = base.port, user = "ada" }
    local bob = client.connect { port = base.port, user = "bob" }
    assert.equal("reconnect", bob:receive_message()[1])
    local _, stats = app:get("GET", "/stats")
    assert.same({ 1, 1 }, { stats.connections, stats.refused })
    assert.equal(200, app:ask("POST", "/users/ada/send", { "a" }).status)
    assert.same({ "a" }, ada:receive_message())
    ada:close()
    bob:close()
  end)

  it("answers the application when strangers take every descriptor", function()
    local base <close>, app = application.start {
      settings = "limits = { connections = 20, handshake_time = 60 },",
      under = { "prlimit", "--nofile=160" },
    }
    local strangers = {}
    for i = 1, 200 do strangers[i] = stream.connect { port = base.port } end
    base:wait_log "their share of the descriptors"
    for _ = 1, 5 do
      assert.equal(200, app:ask("GET", "/users/ada").status)
    end
    for _, stranger in ipairs(strangers) do stranger:close() end
  end)

  it("disconnects who is on the way to a user, and nobody later", function()
    local base <close>, app = application.start { base_lua = [[return {
      address = "127.0.0.1",
      authenticate = function(connection, register)
        register(connection, { id = connection:call "who" })
      end,
      %s
    }]] }
    local function come()
      local peer = client.connect { port = base.port }
      return peer, peer:receive_message()[3]
    end
    local early, question = come()
    assert.same({ 200, { connections = 0 } }, { app:get("POST",
      "/users/ada/disconnect", { code = 4100, reason = "logged out" }) })
    early:send_message("ok", "ada", question)
    assert.same({ 4100, "logged out" }, { early:expect_close() })
    local late
    late, question = come()
    late:send_message("ok", "ada", question)
    assert.equal("authenticated", late:receive_message()[1])
    assert.same({ 200, { connections = 1 } },
      { app:get("POST", "/users/ada/disconnect") })
    assert.same({ 4003, "sent away" }, { late:expect_close() })
  end)

  it("says that it ends, and serves the application until then", function()
    local base <close>, app = application.start { files = FILES }
    local ada = client.join { port = base.port, user = "ada" }
    assert.same({ 200, { status = "ok" } },
      { app:get("GET", "/health", nil, { Authorization = false }) })
    ada:send_message("slow", nil, 7)
    local idle = stream.connect { port = app.port }
    app:ask("GET", "/users/ada") -- behind it the action is running
    base:signal "TERM"
    base:wait_log "shutting down"
    assert.same({ 503, { status = "ending" } },
      { app:get("GET", "/health", nil, { Authorization = false }) })
    assert.equal(503, app:ask("POST", "/users/ada/call", { "sure" }).status)
    assert.same({ 200, { connections = 1 } },
      { app:get("POST", "/users/ada/send", { "last" }) })
    assert.same({ "last" }, ada:receive_message())
    assert.equal(200, app:ask("PATCH", "/users/ada", { go = true }).status)
    assert.same({ "gone", cjson.null, 7 }, ada:receive_message())
    assert.equal("reconnect", ada:receive_message()[1])
    assert.equal(1012, (ada:expect_close()))
    assert.equal("", idle:read_all(socket.gettime() + 5))
    idle:close()
    base:wait_end(0)
  end)

  it("ends a request that waits, when its time is over", function()
    local base <close>, app = application.start {
      settings = "drain = 0.2,", files = FILES }
    local wire = stream.connect { port = app.port }
    local ada = client.join { port = base.port, user = "ada" }
    ada:send_message "slow"
    wire:send(http.head { method = "POST", path = "/users/ada/call",
      headers = { Authorization = "Bearer " .. application.key,
        ["Content-Length"] = 8 } } .. '["sure"]')
    ada:receive_message()
    base:signal "TERM"
    local answer = assert(http.read(wire, socket.gettime() + 5))
    assert.same({ 503, "ending" },
      { answer.status, cjson.decode(answer.body).error.code })
    wire:close()
    ada:close()
    base:wait_end(0)
  end)
end)

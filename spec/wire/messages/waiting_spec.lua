-- What clients make the server keep: messages that wait for their turn, and
-- bodies of requests.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"
local wait = require "spec.support.wait"

local FILES = {
  ["actions/echo.lua"] = [[
    return function(_, message)
      return message:respond("echo", message.body)
    end]],
  ["actions/nap.lua"] = [[
    local base = require "base"
    return function() base.sleep(30) end]],
}

local function assert_served(peer)
  peer:send_message("echo", "hi", 1)
  assert.same({ "echo", "hi", 1 }, peer:receive_message())
end

describe("Messages that wait", function()
  it("take the memory of their bytes, not of their values", function()
    local base <close>, app = application.start {
      files = FILES, settings = "limits = { memory = 32 << 20, rate = 0 },",
    }
    local bystander, crowd = client.join { port = base.port }, {}
    -- 60 KB, and as values 20,000 tables.
    local large = '["echo",[' .. ("[],"):rep(20000) .. "0]]"
    for i = 1, 30 do
      crowd[i] = client.join { port = base.port, path = "/?user=" .. i }
      crowd[i]:send_message "nap"
      for _ = 1, 4 do crowd[i]:send_text(large) end
      crowd[i]:send_message("ping", nil, i)
      assert.equal("pong", crowd[i]:receive_message()[1])
      assert_served(bystander)
    end
    assert.is_true(select(2, app:get("GET", "/stats")).memory.lua < 24 << 20)
    assert.is_nil(base:log():find("memory is short", 1, true))
    for _, peer in ipairs(crowd) do peer:close() end
    bystander:close()
  end)

  it("run in order", function()
    local base <close> = server.start { files = {
      ["actions/echo.lua"] = FILES["actions/echo.lua"],
      ["actions/nap.lua"] = [[
        local base = require "base"
        return function(_, message) base.sleep(message.body) end]],
    } }
    local peer = client.join { port = base.port }
    peer:send_message("nap", 0.2)
    for i, body in ipairs { "[]", "{}", "9007199254740993", '"\\u0000"' } do
      peer:send_text(('["echo",%s,%d]'):format(body, i))
    end
    for i, body in ipairs { "[]", "{}", "9007199254740993", '"\\u0000"' } do
      local _, text = peer:receive()
      assert.equal(('["echo",%s,%d]'):format(body, i), text)
    end
    peer:close()
  end)
end)

describe("Messages that wait one after another", function()
  it("may be more in all than pending_messages", function()
    local base <close> = server.start {
      settings = "limits = { message_size = 10000, rate = 0 },",
      files = { ["actions/echo.lua"] = FILES["actions/echo.lua"],
        ["actions/nap.lua"] = [[
          local base = require "base"
          return function(_, message)
            base.sleep(0.005)
            return message:respond("woke", #message.body)
          end]] },
    }
    local peer = client.join { port = base.port }
    local text = ("x"):rep(9000)
    for id = 1, 3 do peer:send_message("nap", text, id) end
    for id = 1, 60 do
      assert.same({ "woke", 9000, id }, peer:receive_message())
      peer:send_message("nap", text, id + 3)
    end
    peer:close()
  end)
end)

describe("When memory is no longer short", function()
  local LIMITS = "limits = { memory = 16 << 20, run_memory = 4 << 20, "
    .. "rate = 0, run_time = 5 },"

  -- Adds to what is kept until no more may be.
  local FILL = [[
    local base = require "base"
    local list = base.state.list or {}
    base.state.list = list
    for _ = 1, 500 do list[#list + 1] = ("x"):rep(1000) .. #list end
  ]]

  it("a run may leave garbage again", function()
    local base <close> = server.start { settings = LIMITS, files = {
      ["actions/fill.lua"] = "return function(_, message) " .. FILL
        .. 'return message:respond "filled" end',
      ["actions/empty.lua"] = [[
        local base = require "base"
        return function(_, message)
          base.state.list = nil
          return message:respond "emptied"
        end]],
      ["actions/churn.lua"] = [[
        return function(_, message)
          local size = 0
          for i = 1, 40 do size = size + #(("x"):rep(1 << 19) .. i) end
          return message:respond "churned"
        end]],
    } }
    local peer = client.join { port = base.port }
    local function ask(command)
      peer:send_message(command, nil, 1)
      return peer:receive_message()[1]
    end
    assert.equal("churned", ask "churn")
    repeat until ask "fill" == "error"
    assert.equal("emptied", ask "empty")
    for _ = 1, 5 do assert.equal("churned", ask "churn") end
    peer:close()
  end)

  it("requests are served, though nobody connects", function()
    local base <close> = server.start { settings = LIMITS
      .. "http = function() " .. FILL
      .. "base.after(1, function() base.state.list = nil end) "
      .. "return 200 end,", files = {} }
    local function get()
      return http.request { port = base.port }.status
    end
    repeat until get() ~= 200
    wait.for_(20, "requests to be served again", function()
      return get() == 200
    end)
  end)
end)

describe("An HTTP body", function()
  it("is not read where no script would see it", function()
    local base <close> = server.start {}
    local wire = stream.connect { port = base.port }
    wire:send(http.head { method = "POST", path = "/", headers = {
      ["Content-Length"] = 1 << 20 } })
    local answer = http.read(wire, socket.gettime() + 5)
    assert.equal(404, answer.status)
    assert.equal("close", answer.headers.connection)
    wire:close()
  end)

  it("is not kept by the API without a valid key", function()
    local base, app = application.start {
      settings = "limits = { http_body = 8 << 20 },",
    }
    -- All but the last byte, and then some, of whatever it may be for.
    for _, line in ipairs { "POST /broadcast", "POST /users/ada/send",
      "GET /none", "POST /batch", "PUT /health" } do
      local method, path = line:match "(%S+) (%S+)"
      for _, fields in ipairs {
        { ["Content-Length"] = 1 << 20 },
        { ["Content-Length"] = 1 << 20, Expect = "100-continue" },
        { ["Content-Length"] = 1 << 20, Authorization = "Bearer no-key" },
        { ["Transfer-Encoding"] = "chunked" },
      } do
        local wire = stream.connect { port = app.port }
        wire:send(http.head { method = method, path = path, headers = fields })
        local answer = http.read(wire, socket.gettime() + 5)
        assert.equal(401, answer.status, line)
        assert.equal("Bearer", answer.headers["www-authenticate"])
        assert.equal("close", answer.headers.connection)
        wire:close()
      end
    end
    -- Who needs none is answered as ever.
    local answer = app:ask("GET", "/health", ("x"):rep(100000),
      { Authorization = false })
    assert.equal(200, answer.status)
    assert.equal("close", answer.headers.connection)
    -- And who has one is heard.
    assert.same({ 200, { connections = 0 } },
      { app:get("POST", "/broadcast", { "alert", ("x"):rep(1 << 20) }) })
    base:stop()
  end)

  it("costs no memory without a valid key", function()
    local base <close>, app = application.start {}
    local function resident()
      local status = files.read(("/proc/%d/status"):format(base.process.id))
      return tonumber(status:match "VmRSS:%s+(%d+)") >> 10 -- MiB
    end
    app:get("GET", "/stats")
    local before, crowd = resident(), {}
    for i = 1, 100 do
      crowd[i] = stream.connect { port = app.port }
      crowd[i]:send(http.head { method = "POST", path = "/broadcast",
        headers = { ["Content-Length"] = 1 << 20 } }
        .. ("x"):rep((1 << 20) - 1))
    end
    app:get("GET", "/stats") -- all of that has been seen
    assert.is_true(resident() - before < 50, "it keeps them")
    for _, wire in ipairs(crowd) do wire:close() end
  end)

  it("is refused when all bodies together are too large", function()
    local base <close>, app = application.start {
      settings = "http = function(request) return 200, #request.body end, "
        .. "limits = { http_body = 2048 },",
    }
    local crowd = {}
    -- Two thousand bytes each, of which the last never comes.
    for i = 1, 64 do
      crowd[i] = stream.connect { port = base.port }
      crowd[i]:send(http.head { method = "POST", headers = {
        ["Content-Length"] = 2048 } } .. ("x"):rep(2047))
    end
    local function limited()
      return app:stats().limited.http_bodies
    end
    assert.equal(0, limited())
    local one = stream.connect { port = base.port }
    one:send(http.head { method = "POST", headers = {
      ["Content-Length"] = 2048 } } .. ("x"):rep(2047))
    assert.equal(503, http.read(one, socket.gettime() + 5).status)
    one:close()
    assert.equal(1, limited())
    base:wait_log "refused %(64 times limits.http_body at once%)"
    -- Who sends none is served all the same.
    assert.equal(200, http.request { port = base.port }.status)
    crowd[1]:send "x"
    local answer = http.read(crowd[1], socket.gettime() + 5)
    assert.same({ 200, "2048" }, { answer.status, answer.body })
    -- There is room again.
    assert.equal(200, http.request { port = base.port, method = "POST",
      body = ("x"):rep(1000) }.status)
    for _, wire in ipairs(crowd) do wire:close() end
  end)
end)

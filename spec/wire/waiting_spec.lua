-- What clients make the server keep: messages that wait for their turn, and
-- bodies of requests.
local socket = require "socket"

local application = require "spec.support.application"
local client = require "spec.support.client"
local http = require "spec.support.http"
local server = require "spec.support.server"
local stream = require "spec.support.stream"

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
  it("take their bytes, not what they would be as values", function()
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

  it("run in their order, as they came", function()
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

describe("A body", function()
  it("is not waited for where no script would see it", function()
    local base <close> = server.start {}
    local wire = stream.connect { port = base.port }
    wire:send(http.head { method = "POST", path = "/", headers = {
      ["Content-Length"] = 1 << 20 } })
    local answer = http.read(wire, socket.gettime() + 5)
    assert.equal(404, answer.status)
    assert.equal("close", answer.headers.connection)
    wire:close()
  end)

  it("is refused when too much is kept of all requests", function()
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
      return select(2, app:get("GET", "/stats")).limited.http_body
    end
    assert.equal(0, limited())
    local one = stream.connect { port = base.port }
    one:send(http.head { method = "POST", headers = {
      ["Content-Length"] = 2048 } } .. ("x"):rep(2047))
    assert.equal(503, http.read(one, socket.gettime() + 5).status)
    one:close()
    assert.equal(1, limited())
    base:wait_log "refused %(limits.http_body%)"
    crowd[1]:send "x"
    local answer = http.read(crowd[1], socket.gettime() + 5)
    assert.same({ 200, "2048" }, { answer.status, answer.body })
    -- There is room again.
    assert.equal(200, http.request { port = base.port, method = "POST",
      body = ("x"):rep(1000) }.status)
    for _, wire in ipairs(crowd) do wire:close() end
  end)
end)

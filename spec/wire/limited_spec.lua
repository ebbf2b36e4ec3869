-- Every limit that a client can reach counts under its name, and is told in
-- the log once.
local cjson = require "cjson"
local socket = require "socket"

local application = require "spec.support.application"
local client = require "spec.support.client"
local http = require "spec.support.http"
local server = require "spec.support.server"
local stream = require "spec.support.stream"
local wait = require "spec.support.wait"

local BASE_LUA = [[
local base = require "base"
return {
  address = "127.0.0.1", drain = 0.1,
  authenticate = function(connection, register)
    local who = connection.request.query.user
    if who == "late" then base.sleep(60) end
    if who ~= "guest" then register(connection, { id = who or "ada" }) end
  end,
  http = function() end,
  limits = {
    message_size = 100, pending_messages = 1, http_head = 400, http_body = 9,
    handshake_time = 0.2, authenticate_time = 0.2, guest_time = 0.2,
  },
  api = { listen = "127.0.0.1:%d", key = "%s" },
}]]

local WAIT = [[
return function(connection) connection:call "ready?" end
]]

describe("Who reaches a limit", function()
  local base, app_port, bystander

  setup(function()
    app_port = server.free_port()
    base = server.start { files = {
      ["base.lua"] = BASE_LUA:format(app_port, application.key),
      ["actions/wait.lua"] = WAIT,
    } }
    bystander = client.join { port = base.port, user = "bystander" }
  end)

  teardown(function()
    bystander:send_message("ping", 1, 1)
    assert.same({ "pong", 1, 1 }, bystander:receive_message())
    bystander:close()
    base:stop()
  end)

  local function limited(name)
    local answer = http.request { port = app_port, path = "/stats", headers = {
      Authorization = "Bearer " .. application.key,
    } }
    return cjson.decode(answer.body).limited[name]
  end

  local function counts(name, act)
    local before = limited(name)
    act()
    wait.for_(5, name, function() return limited(name) == before + 1 end)
    base:wait_log("limits%." .. name)
  end

  it("with a message", function()
    counts("message_size", function()
      local peer = client.join(base)
      peer:send_text(("x"):rep(101))
      assert.equal(1009, (peer:expect_close()))
    end)
  end)

  it("with messages that wait", function()
    counts("pending_messages", function()
      local peer = client.join(base)
      for id = 1, 3 do peer:send_message("wait", nil, id) end
      local first, second = peer:receive_message(), peer:receive_message()
      assert.equal("ready?", first[1])
      assert.same({ "busy", 3 }, { second[2].code, second[3] })
      peer:close()
    end)
  end)

  it("with a handshake", function()
    counts("handshake_time", function()
      local peer = stream.connect { port = base.port }
      peer:send "GET / HT"
      assert.equal(408, http.read(peer, socket.gettime() + 5).status)
      peer:close()
    end)
  end)

  it("with authenticate", function()
    counts("authenticate_time", function()
      local peer = client.connect { port = base.port, user = "late" }
      assert.equal(4010, (peer:expect_close()))
    end)
  end)

  it("as a guest", function()
    counts("guest_time", function()
      local peer = client.connect { port = base.port, user = "guest" }
      assert.equal(4010, (peer:expect_close()))
    end)
  end)

  it("with the head of a request", function()
    counts("http_head", function()
      assert.equal(431, http.request({
        port = base.port, path = "/" .. ("x"):rep(400),
      }).status)
    end)
  end)

  it("with its body", function()
    counts("http_body", function()
      assert.equal(413, http.request({
        port = base.port, method = "POST", body = ("x"):rep(10),
        headers = { ["Content-Length"] = 10 },
      }).status)
    end)
  end)
end)

-- Limits on time: of the handshake, of authentication, of guests, of actions.
local socket = require "socket"

local client = require "spec.support.peers.client"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

-- The query says who is a guest, who is slow, and who is somebody.
local BASE_LUA = [[
local base = require "base"
return {
  address = "127.0.0.1",
  drain = 0,
  authenticate = function(connection, register)
    local kind = connection.request.query.kind
    if kind == "slow" then base.sleep(30) end
    if kind ~= "guest" then register(connection, { id = kind }) end
  end,
  actions = { path = "actions", public = { "login", "hello" } },
  limits = { %s },
}
]]

local HELLO = [[
return function(_, message)
  return message:respond "hello"
end
]]

local LOGIN = [[
return function(connection, message)
  connection:register { id = message.body }
end
]]

local SLEEP = [[
local base = require "base"
return function(_, message)
  base.sleep(message.body)
  return message:respond "slept"
end
]]

local function start(limits)
  return server.start { files = {
    ["base.lua"] = BASE_LUA:format(limits),
    ["actions/hello.lua"] = HELLO,
    ["actions/login.lua"] = LOGIN,
    ["actions/sleep.lua"] = SLEEP,
  } }
end

local function connect(base, kind)
  return client.connect { port = base.port, path = "/?kind=" .. kind }
end

-- The limit, and a generous time for a slow machine.
local LIMIT, LATE = 0.5, 5

local function assert_took_the_limit(since)
  local passed = socket.gettime() - since
  assert.is_true(passed > LIMIT * 0.9, "ended too early")
end

describe("limits on time:", function()
  local base

  setup(function()
    base = start("handshake_time = 0.5, authenticate_time = 0.5, "
      .. "guest_time = 0.5")
  end)

  teardown(function()
    base:stop()
  end)

  it("a client must send something in handshake_time", function()
    local since = socket.gettime()
    local peer = stream.connect(base)
    local bytes = assert(peer:read_all(since + LATE))
    assert.is_nil(bytes:find "101")
    assert_took_the_limit(since)
    peer:close()
  end)

  it("a handshake must end in time, whatever its pieces", function()
    local since = socket.gettime()
    local peer = stream.connect(base)
    local sent, answer, why = 0
    local head = client.handshake { headers = { ["X-Long"] = ("x"):rep(9000) } }
    repeat
      sent = sent + 1
      peer:send(head:sub(sent, sent))
      answer, why = http.read_head(peer, socket.gettime() + 0.01)
    until why ~= "timeout" or socket.gettime() > since + LATE
    assert.is_true(socket.gettime() < since + LATE, "it drips on")
    assert.equal(408, answer.status)
    assert_took_the_limit(since)
    peer:close()
  end)

  it("authenticate must answer, else 4010", function()
    local since = socket.gettime()
    local peer = connect(base, "slow")
    assert.equal(4010, (peer:expect_close()))
    assert_took_the_limit(since)
  end)

  it("a guest must become a user, else 4010", function()
    local since = socket.gettime()
    local peer = connect(base, "guest")
    peer:send_message("hello", nil, 1)
    assert.equal("hello", peer:receive_message()[1])
    assert.equal(4010, (peer:expect_close()))
    assert_took_the_limit(since)
  end)

  it("a guest who became a user stays", function()
    local other = connect(base, "guest")
    local peer = connect(base, "guest")
    peer:send_message("login", "ada")
    assert.equal("authenticated", peer:receive_message()[1])
    assert.equal(4010, (other:expect_close()))
    local third = connect(base, "guest")
    assert.equal(4010, (third:expect_close()))
    peer:send_message("hello", nil, 1)
    assert.equal("hello", peer:receive_message()[1])
    peer:close()
  end)
end)

describe("limits.action_time", function()
  it("ends an action, and its client hears of the timeout", function()
    local base <close> = start "action_time = 0.5"
    local peer = client.join { port = base.port, path = "/?kind=ada" }
    local since = socket.gettime()
    peer:send_message("sleep", 30, 7)
    peer:send_message("hello", nil, 8)
    local message = peer:receive_message()
    assert.same({ "error", "timeout", 7 },
      { message[1], message[2].code, message[3] })
    assert_took_the_limit(since)
    assert.equal(8, peer:receive_message()[3])
    peer:send_message("sleep", 0.01, 9)
    message = peer:receive_message()
    assert.same({ "slept", 9 }, { message[1], message[3] })
    peer:close()
  end)
end)

describe("0 means no limit:", function()
  it("on the handshake, authentication, guests and actions", function()
    local limited <close> = start "guest_time = 0.5"
    local free <close> = start("handshake_time = 0, authenticate_time = 0, "
      .. "guest_time = 0, action_time = 0")
    local silent = stream.connect(free)
    local slow = connect(free, "slow")
    local guest = connect(free, "guest")

    -- Whoever comes later to the server that has limits meets them.
    local late = connect(limited, "guest")
    assert.equal(4010, (late:expect_close()))

    assert.same({ nil, "timeout" }, { silent:read(1, 0) })
    assert.same({ nil, "timeout" }, { slow:receive(0) })
    guest:send_message("hello", nil, 1)
    assert.equal("hello", guest:receive_message()[1])
    for _, peer in ipairs { silent, slow, guest } do peer:close() end
  end)
end)

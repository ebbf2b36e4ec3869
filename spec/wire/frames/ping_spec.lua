-- Pings of both sides: RFC 6455 sections 5.5.2 and 5.5.3, and `heartbeat`.
local socket = require "socket"

local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

local WAIT = [[
return function(connection, message)
  return message:respond("done", (connection:call "ready?"))
end
]]

local LOG_DISCONNECT = [[
on = {
  disconnect = function(connection, code, reason)
    print(connection.user.id, code, reason)
  end,
},
]]

describe("A ping", function()
  local base

  setup(function()
    base = server.start { files = { ["actions/wait.lua"] = WAIT } }
  end)

  teardown(function()
    base:stop()
  end)

  it("is answered with its own payload, from 0 to 125 bytes", function()
    local peer = client.join(base)
    for size = 0, 125 do
      local payload = ("\255"):rep(size)
      peer:send_frame { opcode = frame.PING, payload = payload }
      assert.same({ frame.PONG, payload }, { peer:receive() })
    end
    peer:close()
  end)

  it("is answered each, in order, when many come at once", function()
    local peer = client.join(base)
    local bytes = {}
    for i = 1, 100 do
      bytes[i] = frame.print { opcode = frame.PING, payload = "ping " .. i }
    end
    peer:send_raw(table.concat(bytes))
    for i = 1, 100 do
      assert.same({ frame.PONG, "ping " .. i }, { peer:receive() })
    end
    peer:close()
  end)

  it("is answered while an action waits", function()
    local peer = client.join(base)
    peer:send_message("wait", nil, 1)
    local question = peer:receive_message()
    peer:send_frame { opcode = frame.PING, payload = "still there?" }
    assert.same({ frame.PONG, "still there?" }, { peer:receive() })
    peer:send_message("ok", "yes", question[3])
    assert.same({ "done", "yes", 1 }, peer:receive_message())
    peer:close()
  end)

  it("may come right behind the handshake", function()
    local ping = frame.print { opcode = frame.PING, payload = "early" }
    local peer = client.connect { port = base.port, behind = ping }
    local got = {}
    for _ = 1, 2 do
      local opcode, payload = peer:receive()
      got[opcode] = payload
    end
    assert.equal("early", got[frame.PONG])
    assert.truthy(got[frame.TEXT])
    peer:close()
  end)
end)

describe("The heartbeat", function()
  local base

  setup(function()
    base = server.start {
      settings = "heartbeat = { interval = 1, timeout = 1 }," .. LOG_DISCONNECT,
    }
  end)

  teardown(function()
    base:stop()
  end)

  it("closes a silent connection", function()
    local peer = client.join { port = base.port, user = "silent" }
    assert.equal(frame.PING, (peer:receive(5)))
    assert.same({ nil, "closed" }, { peer:receive(5) })
    base:wait_log "silent 1006 no answer to a ping"
    peer:close()
  end)

  it("keeps a peer that answers, or sends anything else", function()
    local polite = client.join { port = base.port, user = "polite" }
    local chatty = client.join { port = base.port, user = "chatty" }
    local silent = client.join { port = base.port, user = "dumb" }
    for _ = 1, 2 do
      assert.equal(frame.PING, (polite:receive(5)))
      polite:send_frame { opcode = frame.PONG }
      assert.equal(frame.PING, (chatty:receive(5)))
      chatty:send_frame { opcode = frame.PONG, payload = "not what was sent" }
    end
    assert.equal(frame.PING, (silent:receive()))
    assert.same({ nil, "closed" }, { silent:receive() })
    for _, peer in ipairs { polite, chatty } do
      peer:send_message("ping", "alive", 1)
      assert.same({ "pong", "alive", 1 }, peer:receive_message())
      peer:close()
    end
    silent:close()
  end)

  it("sends no ping to a peer that has just sent something", function()
    local busy = client.join { port = base.port, user = "busy" }
    local idle = client.join { port = base.port, user = "idle" }
    local deadline = socket.gettime() + 5
    local opcode
    repeat
      busy:send_message("ping", "busy", 1)
      assert.same({ "pong", "busy", 1 }, busy:receive_message())
      opcode = idle:receive(0.01)
    until opcode or socket.gettime() > deadline
    assert.equal(frame.PING, opcode)
    busy:close()
    idle:close()
  end)
end)

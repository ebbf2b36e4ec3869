-- How a connection ends: RFC 6455 section 7, and what `disconnect` hears.
local socket = require "socket"

local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local SETTINGS = [[
on = {
  disconnect = function(connection, code, reason)
    print(("%s: %d '%s'"):format(connection.user.id, code, reason))
  end,
},
]]

local FILES = {
  ["actions/leave.lua"] = [[
    return function(connection)
      connection:close(4100, "bye")
    end]],
  ["actions/big.lua"] = [[
    return function(connection, message)
      connection:send("big", ("x"):rep(message.body))
      connection:close(1000, "that was all")
    end]],
  ["actions/say.lua"] = [[
    return function(_, message)
      print("said " .. message.body)
    end]],
}

local CLOSE_WAIT = 2 -- seconds that a client has to answer a Close
local AT_ONCE = 1.5 -- seconds: less than that, on a slow machine, too

-- The seconds until the server ends its side; `meanwhile` is done every now and
-- then.
local function seconds_to_end(peer, meanwhile)
  local since = socket.gettime()
  repeat
    if meanwhile then meanwhile() end
    local got, why = peer:receive(meanwhile and 0.1 or 10)
    assert.is_nil(got, "something behind the Close")
  until why == "closed" or socket.gettime() > since + 10
  peer:close()
  return socket.gettime() - since
end

describe("A connection ends", function()
  local base

  setup(function()
    base = server.start { settings = SETTINGS, files = FILES }
  end)

  teardown(function()
    base:stop()
  end)

  local function join(user)
    return client.join { port = base.port, user = user }
  end

  it("when the client says Close", function()
    local peer = join "polite"
    peer:send_close(1000, "enough")
    assert.same({ 1000, "" }, { peer:expect_close() })
    base:wait_log "polite: 1000 'enough'"
  end)

  it("when the client says Close without a code", function()
    local peer = join "terse"
    peer:send_close()
    assert.is_nil((peer:expect_close()))
    base:wait_log "terse: 1005 ''"
  end)

  it("after what came before the Close has been answered", function()
    local peer = join "last"
    local bytes = {}
    for i = 1, 20 do
      bytes[i] = frame.print { payload = ('["ping",%d]'):format(i) }
    end
    peer:send_raw(table.concat(bytes) .. frame.print {
      opcode = frame.CLOSE, payload = "\3\232",
    })
    for i = 1, 20 do
      assert.same({ "pong", i }, peer:receive_message())
    end
    assert.equal(1000, (peer:expect_close()))
  end)

  it("and frames after the client's Close are ignored", function()
    local peer = join "verbose"
    peer:send_raw(frame.print { opcode = frame.CLOSE, payload = "\3\232" }
      .. frame.print { payload = '["say","behind a Close"]' }
      .. frame.print { opcode = frame.PING })
    assert.equal(1000, (peer:expect_close()))
    base:wait_log "verbose: 1000"
    assert.is_nil(base:log():find "said behind a Close")
  end)

  it("when a script closes it, after the client's Close", function()
    local peer = join "dismissed"
    peer:send_message "leave"
    assert.same({ frame.CLOSE, frame.close_payload(4100, "bye") },
      { peer:receive() })
    peer:send_message("say", "behind the server's Close")
    peer:send_frame { opcode = frame.PING }
    assert.same({ nil, "timeout" }, { peer:receive(0.2) })
    peer:send_close(4100)
    assert.same({ nil, "closed" }, { peer:receive() })
    base:wait_log "dismissed: 4100 'bye'"
    assert.is_nil(base:log():find "said behind the server's Close")
    peer:close()
  end)

  it("in the end when the client never answers a Close", function()
    local peer = join "stubborn"
    peer:send_message "leave"
    assert.equal(4100, (peer:expect_close(nil, true)))
    local seconds = seconds_to_end(peer)
    assert.is_true(seconds > CLOSE_WAIT - AT_ONCE, "it waits for it")
    assert.is_true(seconds < CLOSE_WAIT + AT_ONCE, "and no longer")
    base:wait_log "stubborn: 4100 'bye'"
  end)

  it("in the same time when the client keeps sending instead", function()
    local peer = join "talker"
    peer:send_message "leave"
    assert.equal(4100, (peer:expect_close(nil, true)))
    local seconds = seconds_to_end(peer, function()
      peer:send_frame { opcode = frame.PING }
    end)
    assert.is_true(seconds < CLOSE_WAIT + AT_ONCE)
    base:wait_log "talker: 4100 'bye'"
  end)

  it("without waiting for a client that has made a mistake", function()
    for code, mistake in pairs {
      [1002] = "\x83\x80", [1007] = frame.print { payload = "\xff" },
      [1009] = frame.print { size = 1 << 40 },
    } do
      local peer = join "mistaken"
      peer:send_raw(mistake)
      assert.equal(code, (peer:expect_close(nil, true)))
      assert.is_true(seconds_to_end(peer) < AT_ONCE, code)
    end
  end)

  it("at once when the client has sent a Close", function()
    local peer = join "hasty"
    peer:send_close(1000)
    assert.equal(1000, (peer:expect_close(nil, true)))
    assert.is_true(seconds_to_end(peer) < AT_ONCE)
    peer = join "hasty"
    peer:send_message "leave"
    assert.equal(4100, (peer:expect_close(nil, true)))
    peer:send_close(4100)
    assert.is_true(seconds_to_end(peer) < AT_ONCE)
  end)

  it("when the client's side ends without a Close", function()
    local peer = join "half"
    peer.stream:finish()
    assert.same({ nil, "closed" }, { peer:receive() })
    base:wait_log "half: 1006"
    peer:close()
  end)

  it("when the client resets it", function()
    join("lost"):close(true)
    base:wait_log "lost: 1006"
  end)

  it("when the client is gone in the middle of a message", function()
    local peer = join "interrupted"
    peer:send_frame { fin = false, payload = '["say",' }
    peer:send_frame { opcode = frame.CONTINUATION, payload = "x", size = 100 }
    peer:close()
    base:wait_log "interrupted: 1006"
  end)

  it("after all that was sent before the Close has arrived", function()
    local peer = join "reader"
    peer:send_message("big", 900000)
    local message = peer:receive_message()
    assert.equal(900000, #message[2])
    assert.same({ 1000, "that was all" }, { peer:expect_close() })
  end)

  it("without a reset, though the client goes on sending", function()
    local peer = join "babbler"
    peer:send_frame { rsv = 1 }
    peer:send_raw(("x"):rep(300000))
    assert.equal(1002, (peer:expect_close(nil, true)))
    assert.same({ nil, "closed" }, { peer:receive() })
    base:wait_log "babbler: 1002"
    peer:close()
  end)

  it("after a time limit, though the client stays connected", function()
    local peer = join "clinging"
    peer:send_close(1000)
    assert.equal(1000, (peer:expect_close(nil, true)))
    local since = socket.gettime()
    wait.for_(5, "the server to let go", function()
      return not peer:send_raw "x"
    end)
    assert.is_true(socket.gettime() - since > 0.5, "it lingers")
    peer:close()
  end)
end)

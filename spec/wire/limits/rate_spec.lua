-- limits.rate and limits.burst: who says too much is told so, and sent away
-- with 4029 when that does not help.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

local ECHO = [[
return function(_, message)
  return message:respond("echo", message.body)
end
]]

local NAP = [[
local base = require "base"
return function(_, message)
  base.sleep(message.body)
  return message:respond "woke"
end
]]

-- So slow that none comes back while a test runs.
local FIVE = "limits = { rate = 1, burst = 5 },"

local function text(payload)
  return frame.print { payload = payload }
end

local function echo(id)
  return text(('["echo",null,%d]'):format(id))
end

local function answers_until_close(peer)
  local answers = {}
  while true do
    local opcode, payload = peer:receive()
    if opcode ~= frame.TEXT then
      assert.equal(frame.CLOSE, opcode)
      peer:close()
      return answers, client.read_close(payload)
    end
    answers[#answers + 1] = payload
  end
end

local function assert_served(bystander)
  bystander:send_message("ping", "still there?", 1)
  assert.same({ "pong", "still there?", 1 }, bystander:receive_message())
end

describe("limits.rate", function()
  local base, app, bystander

  setup(function()
    base, app = application.start {
      settings = FIVE, files = { ["actions/echo.lua"] = ECHO },
    }
  end)

  teardown(function()
    base:stop()
  end)

  before_each(function()
    bystander = client.join { port = base.port, user = "bystander" }
  end)

  after_each(function()
    assert_served(bystander)
    bystander:close()
  end)

  local function limited()
    local _, stats = app:get("GET", "/stats")
    return stats.limited.rate, stats.errors.rate
  end

  it("answers what it does not take with its id, and the tenth in a row "
    .. "closes with 4029", function()
      local closed, refused = limited()
      local peer = client.join(base)
      local frames = {}
      for id = 1, 15 do frames[id] = echo(id) end
      peer:send_raw(table.concat(frames))
      local answers, code, reason = answers_until_close(peer)
      assert.equal(5 + 9, #answers)
      for id = 1, 5 do
        assert.equal(('["echo",null,%d]'):format(id), answers[id])
      end
      for id = 6, 14 do
        assert.matches('^%["error",{.*"code":"rate".*},' .. id .. "%]$",
          answers[id])
      end
      assert.same({ 4029, "too many messages a second" }, { code, reason })
      base:wait_log "4029 %(limits%.rate%)"
      local closed_now, refused_now = limited()
      assert.same({ closed + 1, refused + 9 }, { closed_now, refused_now })
    end)

  it("does not decode a long message for its id", function()
    local peer = client.join(base)
    peer:send_raw(echo(1):rep(5))
    for _ = 1, 5 do peer:receive_message() end
    peer:send_text(('["echo","%s",7]'):format(("x"):rep(2000)))
    local message = peer:receive_message()
    assert.same({ "rate", nil }, { message[2].code, message[3] })
    peer:close()
  end)

  it("does not decode what is not a message", function()
    local peer = client.join(base)
    peer:send_raw(text("{"):rep(6))
    for _ = 1, 5 do assert.equal("invalid", peer:receive_message()[2].code) end
    assert.equal("rate", peer:receive_message()[2].code)
    peer:close()
  end)

  it("does not inflate messages that it refuses", function()
    local peer = client.connect {
      port = base.port,
      headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" },
    }
    peer:receive_message()
    peer:send_raw(echo(1):rep(5))
    for _ = 1, 5 do peer:receive_message() end
    peer:send_frame { rsv = 4, payload = "\xff\xff\xff\xff" }
    assert.equal("rate", peer:receive_message()[2].code)
    peer:send_frame { rsv = 4, payload = deflate.pack '["echo",null,8]' }
    local message = peer:receive_message()
    assert.same({ "rate", nil }, { message[2].code, message[3] })
    peer:close()
  end)

  it("counts the server's own ping, too", function()
    local peer = client.join(base)
    for id = 1, 6 do peer:send_message("ping", nil, id) end
    for id = 1, 5 do
      assert.equal(id, peer:receive_message()[3])
    end
    local message = peer:receive_message()
    assert.same({ "rate", 6 }, { message[2].code, message[3] })
    peer:close()
  end)

  it("counts pings of the protocol: a flood of them is closed with 4029",
    function()
      local peer = client.join(base)
      local ping = frame.print { opcode = frame.PING, payload = "x" }
      peer:send_raw(ping:rep(1000))
      for _ = 1, 5 do assert.equal(frame.PONG, (peer:receive())) end
      assert.equal(4029, (peer:expect_close()))
    end)

  it("counts unsolicited pongs", function()
    local peer = client.join(base)
    peer:send_raw(frame.print { opcode = frame.PONG }:rep(1000))
    assert.equal(4029, (peer:expect_close()))
  end)

  it("counts tiny fragments: a message of thousands is closed with 4029",
    function()
      local peer = client.join(base)
      peer:send_frame { fin = false, payload = "[" }
      peer:send_raw(frame.print {
        opcode = frame.CONTINUATION, fin = false, payload = " ",
      }:rep(5000))
      assert.equal(4029, (peer:expect_close()))
    end)

  it("accepts a message in a few fragments", function()
    local peer = client.join(base)
    peer:send_frame { fin = false, payload = "[" }
    peer:send_raw(frame.print {
      opcode = frame.CONTINUATION, fin = false, payload = " ",
    }:rep(40))
    peer:send_frame { opcode = frame.CONTINUATION, payload = '"echo",1,2]' }
    assert.same({ "echo", 1, 2 }, peer:receive_message())
    peer:close()
  end)

  it("drops a message in fragments as a whole, and understands what follows",
    function()
      local peer = client.join(base)
      peer:send_raw(echo(1):rep(5))
      for _ = 1, 5 do peer:receive_message() end
      peer:send_frame { fin = false, payload = '["echo",' }
      peer:send_frame { opcode = frame.CONTINUATION, payload = "null,6]" }
      local message = peer:receive_message()
      assert.same({ "rate", nil }, { message[2].code, message[3] })
      peer:send_raw(echo(7))
      message = peer:receive_message()
      assert.same({ "rate", 7 }, { message[2].code, message[3] })
      peer:close()
    end)

  it("closes with the tenth, whatever fragments of it are paid for", function()
    local peer = client.join(base)
    peer:send_raw(echo(1):rep(5))
    for _ = 1, 5 do peer:receive_message() end
    peer:send_raw(echo(2):rep(4))
    for _ = 1, 4 do peer:receive_message() end
    -- A sixteenth of a token comes back in a sixteenth of a second.
    socket.sleep(0.1)
    peer:send_raw(frame.print { fin = false, payload = '["echo",' }
      .. frame.print { opcode = frame.CONTINUATION, payload = "null,6]" }
      .. echo(7):rep(5))
    local answers, code = answers_until_close(peer)
    assert.same({ 5, 4029 }, { #answers, code })
  end)

  it("lets a Close through", function()
    local peer = client.join(base)
    peer:send_raw(echo(1):rep(8))
    for _ = 1, 8 do peer:receive_message() end
    peer:send_close(1000)
    assert.equal(1000, (peer:expect_close()))
  end)
end)

describe("A rate", function()
  it("refills, and an accepted message resets the count of ten", function()
    local base <close> = server.start {
      settings = "limits = { rate = 20, burst = 2 },",
      files = { ["actions/echo.lua"] = ECHO, ["actions/nap.lua"] = NAP },
    }
    local peer, clock = client.join(base), client.join(base)
    for _ = 1, 4 do
      peer:send_raw(echo(1):rep(9))
      for i = 1, 9 do
        assert.equal(i <= 2 and "echo" or "error", peer:receive_message()[1])
      end
      clock:send_message("nap", 0.15, 1)
      assert.equal("woke", clock:receive_message()[1])
    end
    peer:close()
    clock:close()
  end)

  it("limits on.text and on.binary, without an answer", function()
    local base <close> = server.start { settings = FIVE .. [[
      on = {
        text = function(connection, text) connection:send_text(text) end,
        binary = function(connection, bytes) connection:send_binary(bytes) end,
      },
    ]] }
    for _, opcode in ipairs { frame.TEXT, frame.BINARY } do
      local peer = client.connect(base)
      peer:send_raw(frame.print { opcode = opcode, payload = "x" }:rep(20))
      for _ = 1, 5 do assert.same({ opcode, "x" }, { peer:receive() }) end
      assert.equal(4029, (peer:expect_close()))
    end
  end)

  it("of 0 means no limit", function()
    local base <close> = server.start {
      settings = "limits = { rate = 0, pending_messages = 0 },",
      files = { ["actions/echo.lua"] = ECHO },
    }
    local peer = client.join(base)
    peer:send_raw(echo(1):rep(1000))
    for _ = 1, 1000 do assert.equal("echo", peer:receive_message()[1]) end
    peer:close()
  end)
end)

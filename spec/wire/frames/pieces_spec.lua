-- TCP cuts where it likes: what a client says means the same however it was
-- cut on its way.
local socket = require "socket"

local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

local LONG = ("grün "):rep(30) -- needs a length of two bytes

local conversation = client.handshake {} .. frame.print { payload = "wörter" }
  .. frame.print { opcode = frame.PING, payload = "here?" }
  .. frame.print { fin = false, payload = "ei\xc3" }
  .. frame.print { opcode = frame.PING }
  .. frame.print { opcode = frame.CONTINUATION, payload = "\xb6n" }
  .. frame.print { payload = LONG }
  .. frame.print { opcode = frame.BINARY, payload = "\0\255" }
  .. frame.print { payload = "" }
  .. frame.print { opcode = frame.CLOSE, payload = "\3\232done" }

local answers = {
  [frame.TEXT] = { "wörter", "eiön", LONG, "" },
  [frame.BINARY] = { "\0\255" },
  [frame.PONG] = { "here?", "" },
  [frame.CLOSE] = { "\3\232" },
}

describe("A conversation gives the same result", function()
  local base, other

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
    other = client.connect(base)
  end)

  teardown(function()
    other:close()
    base:stop()
  end)

  local function answers_in(pieces)
    local peer = stream.connect(base)
    for _, piece in ipairs(pieces) do
      assert(peer:send(piece))
      other:await_read()
    end
    local deadline = socket.gettime() + 5
    assert(peer:read_to("\r\n\r\n", deadline):find "^HTTP/1%.1 101 ")
    local got = {}
    while true do
      local message, why = frame.read(peer, deadline)
      if not message then
        peer:close()
        assert.equal("closed", why)
        return got
      end
      got[message.opcode] = got[message.opcode] or {}
      table.insert(got[message.opcode], message.payload)
    end
  end

  it("in one piece", function()
    assert.same(answers, answers_in { conversation })
  end)

  it("cut in two at every byte", function()
    for cut = 1, #conversation - 1 do
      assert.same(answers,
        answers_in { conversation:sub(1, cut), conversation:sub(cut + 1) })
    end
  end)

  it("cut into three", function()
    for cut = 1, #conversation - 8, 3 do
      assert.same(answers, answers_in { conversation:sub(1, cut),
        conversation:sub(cut + 1, cut + 7), conversation:sub(cut + 8) })
    end
  end)

  it("in single bytes", function()
    local pieces = {}
    for byte in conversation:gmatch "." do pieces[#pieces + 1] = byte end
    assert.same(answers, answers_in(pieces))
  end)
end)

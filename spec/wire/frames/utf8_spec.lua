-- Texts are UTF-8, however they are cut (RFC 6455 section 8.1, RFC 3629).
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

-- The first and the last character of each length, and those beside the gap.
local TEXT = "a\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}"
  .. "\u{10ffff}\0z"

local WRONG = {
  { "a continuation byte alone", "\x80" },
  { "a character that is cut off", "ab\xc3" },
  { "three bytes, cut off", "\xe2\x82" },
  { "four bytes, cut off", "\xf0\x9f\x98" },
  { "a beginning inside of a character", "\xe2\xc3\xa4" },
  { "two bytes for what needs one", "\xc0\xaf" },
  { "two bytes for what needs one, the last such", "\xc1\xbf" },
  { "three bytes for what needs two", "\xe0\x9f\xbf" },
  { "four bytes for what needs three", "\xf0\x8f\xbf\xbf" },
  { "the first surrogate", "\xed\xa0\x80" },
  { "the last surrogate", "\xed\xbf\xbf" },
  { "what lies beyond U+10FFFF", "\xf4\x90\x80\x80" },
  { "a beginning of five bytes", "\xf8\x88\x80\x80\x80" },
  { "the byte 254", "\xfe" },
  { "the byte 255", "\xff" },
}

describe("UTF-8:", function()
  local base

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
  end)

  teardown(function()
    base:stop()
  end)

  it("takes every length of character", function()
    local peer = client.connect(base)
    peer:send_text(TEXT)
    assert.equal(TEXT, peer:receive_text())
    peer:close()
  end)

  it("may be cut by fragments at every byte", function()
    local peer = client.connect(base)
    for cut = 0, #TEXT do
      peer:send_frame { fin = false, payload = TEXT:sub(1, cut) }
      peer:send_frame { opcode = frame.CONTINUATION,
        payload = TEXT:sub(cut + 1) }
      assert.equal(TEXT, peer:receive_text())
    end
    peer:close()
  end)

  it("may be cut into single bytes, with pings between them", function()
    local peer = client.connect(base)
    peer:send_frame { fin = false }
    for byte in TEXT:gmatch "." do
      peer:send_frame { opcode = frame.CONTINUATION, fin = false,
        payload = byte }
      peer:send_frame { opcode = frame.PING, payload = byte }
      assert.same({ frame.PONG, byte }, { peer:receive() })
    end
    peer:send_frame { opcode = frame.CONTINUATION }
    assert.equal(TEXT, peer:receive_text())
    peer:close()
  end)

  for _, case in ipairs(WRONG) do
    local name, bytes = table.unpack(case)

    it("refuses with 1007 " .. name, function()
      local peer = client.connect(base)
      peer:send_text("good " .. bytes)
      peer:send_text "too late"
      assert.equal(1007, (peer:expect_close()))
    end)

    it("refuses with 1007, in fragments, " .. name, function()
      for cut = 1, #bytes do
        local peer = client.connect(base)
        peer:send_frame { fin = false, payload = bytes:sub(1, cut) }
        peer:send_frame { opcode = frame.CONTINUATION,
          payload = bytes:sub(cut + 1) }
        peer:send_text "too late"
        assert.equal(1007, (peer:expect_close()))
      end
    end)
  end

  it("is refused before the message has ended", function()
    local peer = client.connect(base)
    peer:send_frame { fin = false, payload = "good \xff" }
    assert.equal(1007, (peer:expect_close()))
  end)

  it("is refused before its frame has ended", function()
    local peer = client.connect(base)
    peer:send_frame { payload = "good \xff", size = 100 }
    assert.equal(1007, (peer:expect_close()))
  end)

  it("does not matter in binary messages", function()
    local peer = client.connect(base)
    for _, case in ipairs(WRONG) do
      peer:send_frame { opcode = frame.BINARY, payload = case[2] }
      assert.same({ frame.BINARY, case[2] }, { peer:receive() })
    end
    peer:close()
  end)
end)

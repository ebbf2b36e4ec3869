-- Frames of a client, right and wrong ones: RFC 6455 section 5.
local client = require "spec.support.client"
local frame = require "spec.support.frame"
local server = require "spec.support.server"

local function reserved_opcodes()
  local cases = {}
  for _, opcode in ipairs { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 } do
    cases[#cases + 1] = {
      ("the reserved opcode %d"):format(opcode), { opcode = opcode },
    }
  end
  return cases
end

local CONTROLS = {
  { "a ping", frame.PING }, { "a pong", frame.PONG },
  { "a Close", frame.CLOSE },
}

describe("Frames:", function()
  local base

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
  end)

  teardown(function()
    base:stop()
  end)

  -- Sends frames, and behind them a text that nobody may answer any more.
  local function assert_refused(code, frames)
    local peer = client.connect(base)
    local bytes = ""
    for _, options in ipairs(frames) do
      bytes = bytes .. frame.print(options)
    end
    peer:send_raw(bytes .. frame.print { payload = "too late" })
    local got, reason = peer:expect_close()
    assert.equal(code, got)
    assert.is_true(#reason > 0)
  end

  local function assert_echoed(payload, frames)
    local peer = client.connect(base)
    for _, options in ipairs(frames) do peer:send_frame(options) end
    local opcode, got = peer:receive()
    assert.equal(frames[1].opcode or frame.TEXT, opcode)
    assert.is_true(got == payload, "it comes back as it went")
    peer:close()
  end

  describe("refuses with 1002", function()
    it("a frame without a mask", function()
      assert_refused(1002, { { payload = "hello", mask = false } })
    end)

    it("an empty frame without a mask", function()
      assert_refused(1002, { { mask = false } })
    end)

    it("each of the reserved bits", function()
      for _, rsv in ipairs { 1, 2, 4, 7 } do
        assert_refused(1002, { { rsv = rsv, payload = "hello" } })
        assert_refused(1002, { { rsv = rsv, opcode = frame.PING } })
      end
    end)

    it("a continuation of nothing", function()
      assert_refused(1002, { { opcode = frame.CONTINUATION } })
      assert_refused(1002, { { opcode = frame.CONTINUATION, fin = false } })
    end)

    it("a continuation of what was finished", function()
      local peer = client.connect(base)
      peer:send_frame { fin = false, payload = "a" }
      peer:send_frame { opcode = frame.CONTINUATION, payload = "b" }
      peer:send_frame { opcode = frame.CONTINUATION, payload = "c" }
      assert.equal("ab", peer:receive_text())
      assert.equal(1002, (peer:expect_close()))
    end)

    for _, opcode in ipairs { frame.TEXT, frame.BINARY } do
      it(("opcode %d inside of another message"):format(opcode), function()
        assert_refused(1002, { { fin = false, payload = "a" },
          { opcode = opcode, payload = "b" } })
        assert_refused(1002, { { fin = false, payload = "a" },
          { opcode = opcode, fin = false, payload = "b" } })
      end)
    end

    for _, case in ipairs(reserved_opcodes()) do
      it(case[1], function()
        assert_refused(1002, { case[2] })
      end)
    end

    for _, control in ipairs(CONTROLS) do
      local name, opcode = table.unpack(control)

      it(name .. " of more than 125 bytes", function()
        assert_refused(1002,
          { { opcode = opcode, payload = "\3\232" .. ("x"):rep(124) } })
        assert_refused(1002,
          { { opcode = opcode, payload = ("x"):rep(65536) } })
      end)

      it(name .. " whose length is not in its shortest form", function()
        assert_refused(1002, { { opcode = opcode, length_form = 2 } })
        assert_refused(1002, { { opcode = opcode, length_form = 8 } })
      end)

      it(name .. " in fragments", function()
        assert_refused(1002, { { opcode = opcode, fin = false } })
      end)
    end

    for _, case in ipairs { { 0, 2 }, { 125, 2 }, { 0, 8 }, { 125, 8 },
      { 126, 8 }, { 65535, 8 } } do
      local size, form = table.unpack(case)
      it(("a length of %d in %d bytes"):format(size, form), function()
        assert_refused(1002,
          { { payload = ("x"):rep(size), length_form = form } })
      end)
    end

    it("a length with the highest bit set", function()
      assert_refused(1002, { { size = math.mininteger, length_form = 8 } })
      assert_refused(1002, { { size = -1, length_form = 8 } })
    end)
  end)

  describe("takes", function()
    for _, size in ipairs { 0, 1, 125, 126, 127, 65535, 65536 } do
      it(("%d bytes, and sends them back"):format(size), function()
        local text = ("x"):rep(size)
        assert_echoed(text, { { payload = text } })
        assert_echoed(text, { { payload = text, opcode = frame.BINARY } })
      end)
    end

    it("any bytes as binary", function()
      local bytes = {}
      for byte = 0, 255 do bytes[#bytes + 1] = string.char(byte) end
      local all = table.concat(bytes)
      assert_echoed(all, { { payload = all, opcode = frame.BINARY } })
    end)

    it("any mask, at any size around its own", function()
      for _, mask in ipairs { "\0\0\0\0", "\255\255\255\255", "\1\2\3\4" } do
        for size = 0, 17 do
          local text = ("abcdefghijklmnopq"):sub(1, size)
          assert_echoed(text, { { payload = text, mask = mask } })
        end
      end
    end)

    it("a message in one fragment for each byte", function()
      local frames = { { fin = false, payload = "h" } }
      for letter in ("ello"):gmatch "." do
        frames[#frames + 1] =
          { opcode = frame.CONTINUATION, fin = false, payload = letter }
      end
      frames[#frames].fin = true
      assert_echoed("hello", frames)
    end)

    it("fragments of which some or all are empty", function()
      local nothing = { opcode = frame.CONTINUATION, fin = false }
      local last = { opcode = frame.CONTINUATION }
      local word = { opcode = frame.CONTINUATION, fin = false, payload = "x" }
      assert_echoed("", { { fin = false }, last })
      assert_echoed("x", { { fin = false }, nothing, word, nothing, last })
    end)

    it("a binary message in fragments", function()
      assert_echoed("\255\0\254", {
        { opcode = frame.BINARY, fin = false, payload = "\255\0" },
        { opcode = frame.CONTINUATION, payload = "\254" },
      })
    end)

    it("control frames between the fragments of a message", function()
      local peer = client.connect(base)
      peer:send_frame { fin = false, payload = "a" }
      peer:send_frame { opcode = frame.PING, payload = "first" }
      peer:send_frame { opcode = frame.PONG, payload = "nobody asked" }
      peer:send_frame { opcode = frame.CONTINUATION, fin = false,
        payload = "b" }
      peer:send_frame { opcode = frame.PING, payload = "second" }
      peer:send_frame { opcode = frame.CONTINUATION, payload = "c" }
      assert.same({ frame.PONG, "first" }, { peer:receive() })
      assert.same({ frame.PONG, "second" }, { peer:receive() })
      assert.same({ frame.TEXT, "abc" }, { peer:receive() })
      peer:close()
    end)

    it("many messages in one packet, in their order", function()
      local peer = client.connect(base)
      local bytes = {}
      for i = 1, 50 do bytes[i] = frame.print { payload = "message " .. i } end
      peer:send_raw(table.concat(bytes))
      for i = 1, 50 do
        assert.equal("message " .. i, peer:receive_text())
      end
      peer:close()
    end)
  end)

  it("refuses binary with 1003 where nobody takes it", function()
    local messages <close> = server.start { project = "spec/fixtures/plain" }
    local peer = client.join(messages)
    peer:send_frame { opcode = frame.BINARY, payload = "[\"echo\"]" }
    assert.equal(1003, (peer:expect_close()))
  end)
end)

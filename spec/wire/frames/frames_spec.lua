-- Frames of a client that no single rule is about. The rules of RFC 6455 stand
-- in rfc6455_spec.
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

describe("Base takes", function()
  local base

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
  end)

  teardown(function()
    base:stop()
  end)

  it("any mask, at any size around its own", function()
    local peer <close> = client.connect(base)
    for _, mask in ipairs { "\0\0\0\0", "\255\255\255\255", "\1\2\3\4" } do
      for size = 0, 17 do
        local text = ("abcdefghijklmnopq"):sub(1, size)
        peer:send_frame { payload = text, mask = mask }
        assert.equal(text, peer:receive_text())
      end
    end
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

describe("Binary", function()
  it("is refused with 1003 where nobody takes it", function()
    local messages <close> = server.start { project = "spec/fixtures/plain" }
    local peer = client.join(messages)
    peer:send_frame { opcode = frame.BINARY, payload = "[\"echo\"]" }
    assert.equal(1003, (peer:expect_close()))
  end)
end)

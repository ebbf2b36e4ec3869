-- What a client's Close may say: RFC 6455 sections 5.5.1 and 7.4.
local client = require "spec.support.client"
local frame = require "spec.support.frame"
local server = require "spec.support.server"

local GOOD = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
  1013, 1014, 3000, 3999, 4000, 4999 }

local BAD = { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999,
  5000, 65535 }

describe("A Close", function()
  local base

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
  end)

  teardown(function()
    base:stop()
  end)

  local function answer_to(payload)
    local peer = client.connect(base)
    peer:send_frame { opcode = frame.CLOSE, payload = payload }
    local opcode, answer = peer:receive()
    assert.equal(frame.CLOSE, opcode)
    assert.same({ nil, "closed" }, { peer:receive() })
    peer:close()
    return client.read_close(answer)
  end

  for _, code in ipairs(GOOD) do
    it(("with the code %d gets it back"):format(code), function()
      assert.equal(code, (answer_to(frame.close_payload(code))))
      assert.equal(code, (answer_to(frame.close_payload(code, "done"))))
    end)
  end

  for _, code in ipairs(BAD) do
    it(("with the code %d is refused with 1002"):format(code), function()
      assert.equal(1002, (answer_to(frame.close_payload(code))))
      assert.equal(1002, (answer_to(frame.close_payload(code, "done"))))
    end)
  end

  it("without a code gets one without a code", function()
    assert.same({ nil, "" }, { answer_to "" })
  end)

  it("with half a code is refused with 1002", function()
    assert.equal(1002, (answer_to "\3"))
  end)

  it("may have a reason of 123 bytes", function()
    assert.equal(1000,
      (answer_to(frame.close_payload(1000, ("x"):rep(123)))))
  end)

  it("may have a reason in any language", function()
    assert.equal(1000, (answer_to(frame.close_payload(1000, "vorüber"))))
  end)

  it("whose reason is not UTF-8 is refused with 1007", function()
    assert.equal(1007, (answer_to(frame.close_payload(1000, "\xff"))))
    assert.equal(1007, (answer_to(frame.close_payload(1000, "\xe2\x82"))))
  end)

  it("may come between the fragments of a message", function()
    local peer = client.connect(base)
    peer:send_frame { fin = false, payload = "never to be finished" }
    peer:send_close(1000)
    assert.equal(1000, (peer:expect_close(nil, true)))
    peer:close()
  end)
end)

-- RFC 7692, sections 5 to 7: what a client may offer, what it is answered, and
-- what deflated messages may look like, byte for byte. What it is worth, and
-- what bounds it, is in deflate_spec.
local socket = require "socket"

local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

local PATIENCE = 10 -- seconds
local RSV1 = 4
local NAME = "permessage-deflate"
local AGREED = NAME .. "; server_no_context_takeover"
  .. "; client_no_context_takeover"
local HELLO = "\xf2\x48\xcd\xc9\xc9\x07\x00"
local LAST = "\xf3" .. HELLO:sub(2) -- in a block that is marked as the last

-- Each is: the section, the offer, and the answer, or false where there is to
-- be none. Section 7: an offer is declined that has a parameter unknown, of no
-- valid value, or twice.
local OFFERS = {
  { "7", NAME, AGREED },
  { "7", NAME .. "; unknown", false },
  { "7", NAME .. "; unknown=1; client_max_window_bits", false },
  { "7", NAME .. "; client_max_window_bits; unknown", false },
  { "7", "permessage-bzip2", false },
  { "7", "x-webkit-deflate-frame", false },

  { "5.1", NAME .. "; unknown, " .. NAME, AGREED },
  { "5.1", NAME .. "; server_max_window_bits=10, " .. NAME,
    AGREED .. "; server_max_window_bits=10" },
  { "5.1", NAME .. ", " .. NAME .. "; server_max_window_bits=10", AGREED },
  { "5.1", "permessage-bzip2; a=b, " .. NAME .. ", other", AGREED },

  { "7.1.1.1", NAME .. "; server_no_context_takeover", AGREED },
  { "7.1.1.1", NAME .. "; server_no_context_takeover=1", false },
  { "7.1.1.1", NAME .. '; server_no_context_takeover="true"', false },
  { "7.1.1.2", NAME .. "; client_no_context_takeover", AGREED },
  { "7.1.1.2", NAME .. "; client_no_context_takeover=0", false },
  { "7.1.1.2", NAME .. "; client_no_context_takeover"
    .. "; server_no_context_takeover", AGREED },

  { "7.1.2.1", NAME .. "; server_max_window_bits", false },
  { "7.1.2.1", NAME .. '; server_max_window_bits="12"',
    AGREED .. "; server_max_window_bits=12" },
  -- A window of 8 bits is not done, as zlib does not do it.
  { "7.1.2.1", NAME .. "; server_max_window_bits=8", false },
  { "7.1.2.2", NAME .. "; client_max_window_bits=8", false },
  { "7.1.2.2", NAME .. "; client_max_window_bits", AGREED },
  { "7.1.2.2", NAME .. '; client_max_window_bits="12"', AGREED },
  { "7.1.2.2", NAME .. "; client_max_window_bits"
    .. "; server_max_window_bits=11", AGREED .. "; server_max_window_bits=11" },
}

for _, value in ipairs { "0", "7", "16", "-9", "09", "010", "1x", "9.0", "100",
  "1e1", "+9" } do
  table.insert(OFFERS,
    { "7.1.2.1", NAME .. "; server_max_window_bits=" .. value, false })
  table.insert(OFFERS,
    { "7.1.2.2", NAME .. "; client_max_window_bits=" .. value, false })
end
for bits = 9, 15 do
  local parameter = "; server_max_window_bits=" .. bits
  table.insert(OFFERS, { "7.1.2.1", NAME .. parameter, AGREED .. parameter })
end
-- Whatever the client's window, ours holds it.
for bits = 9, 15 do
  table.insert(OFFERS,
    { "7.1.2.2", NAME .. "; client_max_window_bits=" .. bits, AGREED })
end
for _, parameter in ipairs { "server_no_context_takeover",
  "client_no_context_takeover", "client_max_window_bits",
  "server_max_window_bits=10" } do
  table.insert(OFFERS,
    { "7", ("%s; %s; %s"):format(NAME, parameter, parameter), false })
end

local function first(payload, opcode, fin)
  return frame.print { rsv = RSV1, payload = payload, opcode = opcode,
    fin = fin }
end

local function rest(payload, fin, rsv)
  return frame.print { opcode = frame.CONTINUATION, payload = payload,
    fin = fin, rsv = rsv }
end

local function control(opcode, rsv)
  return frame.print { opcode = opcode, rsv = rsv, payload = "\3\xe8" }
end

-- A payload in a fragment for each byte.
local function in_fragments(payload)
  return first(payload:sub(1, 1), nil, false)
    .. payload:sub(2, -2):gsub(".", function(byte) return rest(byte, false) end)
    .. rest(payload:sub(-1))
end

local HELLO_BACK = "\x81\5Hello"

-- Each is: the section; what it is about; what is sent; what comes back (short
-- messages are not deflated); and the code with which Base ends it, if it does.
local MESSAGES = {
  { "6.1", "a message that is not deflated", frame.print { payload = "Hello" },
    HELLO_BACK },
  { "6.1", "the bit on a ping", control(frame.PING, RSV1), "", 1002 },
  { "6.1", "the bit on a pong", control(frame.PONG, RSV1), "", 1002 },
  { "6.1", "the bit on a Close", control(frame.CLOSE, RSV1), "", 1002 },
  { "6.1", "the bit on the second fragment, too",
    first(HELLO:sub(1, 3), nil, false) .. rest(HELLO:sub(4), true, RSV1), "",
    1002 },
  { "6.1", "the bit on the second fragment alone",
    frame.print { fin = false, payload = "a" } .. rest("b", true, RSV1), "",
    1002 },
  { "6.1", "the bit beside another",
    frame.print { rsv = RSV1 | 2, payload = HELLO }, "", 1002 },
  { "6.1", "another bit", frame.print { rsv = 1, payload = HELLO }, "", 1002 },
  { "6.1", "control frames between the fragments, which are not deflated",
    first(HELLO:sub(1, 3), nil, false)
      .. frame.print { opcode = frame.PING, payload = "x" }
      .. rest(HELLO:sub(4)), "\x8a\1x" .. HELLO_BACK },
  { "6.1", "a deflated message between others",
    frame.print { payload = "a" } .. first(HELLO)
      .. frame.print { payload = "b" }, "\x81\1a" .. HELLO_BACK .. "\x81\1b" },

  { "6.2", "binary", first(HELLO, frame.BINARY), "\x82\5Hello" },
  { "6.2", "a first fragment of nothing", first("", nil, false) .. rest(HELLO),
    HELLO_BACK },
  { "6.2", "a fragment for each byte", in_fragments(HELLO), HELLO_BACK },
  { "6.2", "a text that is not UTF-8", first(deflate.pack "\xc0\xaf"), "",
    1007 },
  { "6.2", "a text whose characters are cut by fragments",
    in_fragments(deflate.pack("w\u{f6}rter \u{20ac} \u{1f600}", 0)),
    "\x81\x10w\u{f6}rter \u{20ac} \u{1f600}" },
  { "6.2", "a text that is not UTF-8, cut by fragments",
    in_fragments(deflate.pack("w\xed\xa0\x80rter", 0)), "", 1007 },
  { "6.2", "a text that ends inside of a character, in fragments",
    in_fragments(deflate.pack("w\xc3", 0)), "", 1007 },
  { "6.2", "a text like any other behind one in fragments",
    in_fragments(deflate.pack("\u{f6}", 0)) .. frame.print { fin = false,
      payload = "\xc3" } .. rest "\xb6", "\x81\2\u{f6}\x81\2\u{f6}" },
  { "6.2", "binary that is not UTF-8",
    first(deflate.pack "\xc0\xaf", frame.BINARY), "\x82\2\xc0\xaf" },

  { "7.2.1", "no compression", first(deflate.pack("Hello", 0)), HELLO_BACK },
  { "7.2.1", "the least compression", first(deflate.pack("Hello", 1)),
    HELLO_BACK },
  { "7.2.1", "the most compression", first(deflate.pack("Hello", 9)),
    HELLO_BACK },
  { "7.2.2", "the four bytes left where they should be taken off",
    first(HELLO .. "\x00\x00\xff\xff"), "", 1007 },
  { "7.2.2", "a payload of nothing at all", first "", "", 1007 },
  { "7.2.2", "half a message", first(HELLO:sub(1, 4)), "", 1007 },
  { "7.2.2", "a block of a type that there is not", first "\x07", "", 1007 },
  { "7.2.2", "a block whose length is wrong",
    first "\x00\x05\x00\xfa\xfeHello\x00", "", 1007 },
  { "7.2.2", "a distance beyond the message", first "\x4a\x04\x72\x00", "",
    1007 },

  { "7.2.3.1", "the example of one block", "\xc1\x87\0\0\0\0" .. HELLO,
    HELLO_BACK },
  { "7.2.3.1", "the example of two fragments",
    "\x41\x83\0\0\0\0\xf2\x48\xcd" .. "\x80\x84\0\0\0\0\xc9\xc9\x07\x00",
    HELLO_BACK },
  { "7.2.3.2", "the example of a window that is kept, which is not agreed on",
    first(HELLO) .. first "\xf2\x00\x11\x00\x00", HELLO_BACK, 1007 },
  { "7.2.3.2", "the same message twice", first(HELLO) .. first(HELLO),
    HELLO_BACK:rep(2) },
  { "7.2.3.3", "the example without compression",
    "\xc1\x8b\0\0\0\0\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
    HELLO_BACK },
  { "7.2.3.4", "the example of a block marked as the last",
    "\xc1\x88\0\0\0\0\xf3\x48\xcd\xc9\xc9\x07\x00\x00", HELLO_BACK },
  { "7.2.3.4", "a block behind one that is marked as the last",
    first(LAST .. HELLO), "\x81\x0aHelloHello" },
  { "7.2.3.4", "blocks behind several of that kind, in fragments",
    first(LAST, nil, false) .. rest(LAST .. HELLO:sub(1, 1), false)
      .. rest(HELLO:sub(2)), "\x81\x0fHelloHelloHello" },
  { "7.2.3.4", "a distance beyond a block that is marked as the last",
    first(LAST .. "\xf2\x00\x11\x00\x00"), "", 1007 },
  { "7.2.3.4", "nonsense behind a block that is marked as the last",
    first(LAST .. "\x07"), "", 1007 },
  { "7.2.3.5", "the example of two blocks",
    first "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    HELLO_BACK },
  { "7.2.3.6", "the example of an empty message", first "\x00", "\x81\0" },
}

describe("RFC 7692,", function()
  local base, other

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
    other = client.connect(base)
  end)

  teardown(function()
    other:close()
    base:stop()
  end)

  local function offer(value)
    return client.connect { port = base.port,
      headers = { ["Sec-WebSocket-Extensions"] = value } }
  end

  for _, case in ipairs(OFFERS) do
    local section, value, answer = table.unpack(case)
    it(("section %s: the offer %s"):format(section, value), function()
      local peer <close> = offer(value)
      assert.equal(answer or nil,
        peer.answer.headers["sec-websocket-extensions"])
    end)
  end

  -- All that comes back, up to the end. What is `behind` comes in a packet of
  -- its own, when the rest has been read.
  local function answer_to(bytes, behind)
    local peer <close> = offer(NAME)
    assert(peer:send_raw(bytes))
    if behind then
      other:await_read()
      peer:send_raw(behind)
    end
    return assert(peer.stream:read_all(socket.gettime() + PATIENCE))
  end

  local function assert_answer(answer, code, got)
    assert.equal(answer, got:sub(1, #answer))
    assert.equal(0x88, got:byte(#answer + 1))
    assert.equal(#got, #answer + 2 + got:byte(#answer + 2))
    assert.equal(code, (">I2"):unpack(got, #answer + 3))
  end

  for _, case in ipairs(MESSAGES) do
    local section, about, sent, answer, code = table.unpack(case)
    it(("section %s: %s"):format(section, about), function()
      local behind = code and first(HELLO) .. control(frame.CLOSE)
        or control(frame.CLOSE)
      assert_answer(answer, code or 1000, answer_to(sent .. behind))
      assert_answer(answer, code or 1000, answer_to(sent, behind))
    end)
  end

  it("section 9.1 of RFC 6455: offers in several fields are one list",
    function()
      local name = "Sec-WebSocket-Extensions"
      for _, case in ipairs {
        { AGREED, "permessage-bzip2", NAME },
        { AGREED, NAME .. "; unknown", NAME },
        { AGREED, NAME, NAME .. "; server_max_window_bits=10" },
        { AGREED .. "; server_max_window_bits=10",
          NAME .. "; server_max_window_bits=10", NAME },
        { nil, NAME .. "; unknown", "permessage-bzip2" },
      } do
        local peer <close> = client.connect { port = base.port, headers = {
          name .. ": " .. case[2], name .. ": " .. case[3],
        } }
        assert.equal(case[1], peer.answer.headers[name:lower()])
      end
      local peer, answer = client.connect { port = base.port, headers = {
        name .. ": " .. NAME, name .. ": " .. NAME .. ";",
      } }
      assert.is_nil(peer)
      assert.equal(400, answer.status)
    end)

  it("section 7.1.1.1: no message needs the one before it", function()
    local peer <close> = offer(NAME)
    local text = ("the same again "):rep(200)
    local wires = {}
    for i = 1, 3 do
      peer:send_raw(first(deflate.pack(text)))
      local _, got, wire = peer:receive()
      assert.equal(text, got)
      wires[i] = assert(wire, "it comes deflated")
    end
    assert.equal(wires[1], wires[2])
    assert.equal(wires[1], wires[3])
  end)

  it("section 7.1.2.1: no distance is beyond the window", function()
    local far = {}
    for i = 1, 300 do far[i] = ("%x"):format(i * 2654435761 % (1 << 32)) end
    local text = table.concat(far):rep(2)
    for bits = 9, 15 do
      local peer <close> = offer(NAME .. "; server_max_window_bits=" .. bits)
      peer:send_raw(first(deflate.pack(text)))
      local _, got, wire = peer:receive() -- inflates with such a window
      assert.equal(text, got)
      assert(wire, "it comes deflated")
    end
  end)

  it("section 7.2.1: the last four bytes of a flush are not sent", function()
    local peer <close> = offer(NAME)
    peer:send_text(("x"):rep(2000))
    local _, _, wire = peer:receive()
    assert.not_equal("\x00\x00\xff\xff", wire:sub(-4))
  end)
end)

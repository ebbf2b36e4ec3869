-- RFC 6455, read from section 4 to 10: what a client sends, byte for byte, and
-- what has to come back, byte for byte and nothing else.
--
-- What has a story of its own stands there: the handshake's refusals in
-- handshake_spec, whose pages may connect in origins_spec, what is UTF-8 in
-- utf8_spec, what TCP cuts in pieces_spec, extensions in rfc7692_spec.
local socket = require "socket"

local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

local PATIENCE = 10 -- seconds
local HELLO = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
local HELLO_BACK = "\x81\x05Hello"
local KiB, MiB = 1024, 1 << 20

local function hex(digits)
  return (digits:gsub("%s", ""):gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

local function part(opcode, payload, is_last)
  return frame.print { opcode = opcode, payload = payload,
    fin = is_last or false }
end

local function ping(payload)
  return frame.print { opcode = frame.PING, payload = payload }
end

local function text(payload)
  return frame.print { payload = payload }
end

local function close(code, reason)
  return frame.print { opcode = frame.CLOSE,
    payload = frame.close_payload(code, reason) }
end

-- A header of so many bytes, which never come.
local function announced(size, opcode)
  return frame.print { opcode = opcode, size = size }
end

local CONTINUATION, TEXT, BINARY = frame.CONTINUATION, frame.TEXT, frame.BINARY
local BYTES = {}
for byte = 0, 255 do BYTES[byte + 1] = string.char(byte) end
local ALL_BYTES = table.concat(BYTES)

-- Each is: the section; what it is about; `sent`; `answer`: what comes back,
-- nothing by default; and `close`: the code with which Base then ends it. Where
-- that is missing, all has been understood, and the client ends it with 1000.
local CASES = {
  { "5.1", "a text without a mask", sent = "\x81\x05Hello", close = 1002 },
  { "5.1", "binary without a mask", sent = "\x82\x01x", close = 1002 },
  { "5.1", "a ping without a mask", sent = "\x89\x00", close = 1002 },
  { "5.1", "a pong without a mask", sent = "\x8a\x00", close = 1002 },
  { "5.1", "a Close without a mask", sent = "\x88\x02\x03\xe8",
    close = 1002 },
  { "5.1", "a continuation without a mask",
    sent = part(TEXT, "a") .. "\x80\x01b", close = 1002 },
  { "5.1", "a mask behind frames that had one",
    sent = HELLO .. "\x81\x05Hello", answer = HELLO_BACK, close = 1002 },

  { "5.2", "125 bytes, the last size in one byte",
    sent = text(("x"):rep(125)), answer = "\x81\x7d" .. ("x"):rep(125) },
  { "5.2", "126 bytes, the first in three", sent = text(("x"):rep(126)),
    answer = "\x81\x7e\0\x7e" .. ("x"):rep(126) },
  { "5.2", "127 bytes", sent = text(("x"):rep(127)),
    answer = "\x81\x7e\0\x7f" .. ("x"):rep(127) },
  { "5.2", "65535 bytes, the last in three", sent = text(("x"):rep(65535)),
    answer = "\x81\x7e\xff\xff" .. ("x"):rep(65535) },
  { "5.2", "65536 bytes, the first in nine", sent = text(("x"):rep(65536)),
    answer = "\x81\x7f\0\0\0\0\0\1\0\0" .. ("x"):rep(65536) },
  { "5.2", "65537 bytes of binary",
    sent = frame.print { opcode = BINARY, payload = ("\xff"):rep(65537) },
    answer = "\x82\x7f\0\0\0\0\0\1\0\1" .. ("\xff"):rep(65537) },
  { "5.2", "a length of 2^63", sent = hex "81ff 8000000000000000 00000000",
    close = 1002 },
  { "5.2", "a length of 2^64 - 1",
    sent = hex "81ff ffffffffffffffff 00000000", close = 1002 },
  { "5.2", "a length of 124 as 126, 0, 124",
    sent = hex "81fe 007c 00000000", close = 1002 },
  { "5.2", "a length of 65535 in eight bytes",
    sent = hex "82ff 000000000000ffff 00000000", close = 1002 },
  { "5.2", "a length of nothing in eight bytes",
    sent = hex "82ff 0000000000000000 00000000", close = 1002 },
  { "5.2", "a length of a continuation that is not the shortest",
    sent = part(TEXT, "a") .. hex "80fe 0001 00000000" .. "b", close = 1002 },

  { "5.3", "a mask of nothing but zeros", sent = "\x81\x85\0\0\0\0Hello",
    answer = HELLO_BACK },
  { "5.3", "a mask that is the text", sent = "\x81\x84abcd\0\0\0\0",
    answer = "\x81\4abcd" },
  { "5.3", "another mask for each fragment",
    sent = frame.print { fin = false, payload = "Hel", mask = "\1\2\3\4" }
      .. frame.print { opcode = CONTINUATION, payload = "lo",
        mask = "\xff\xfe\xfd\xfc" },
    answer = HELLO_BACK },

  { "5.4", "a message in two fragments",
    sent = part(TEXT, "Hel") .. part(CONTINUATION, "lo", true),
    answer = HELLO_BACK },
  { "5.4", "a message in three fragments, empty ones among them",
    sent = part(TEXT, "") .. part(CONTINUATION, "Hello")
      .. part(CONTINUATION, "", true),
    answer = HELLO_BACK },
  { "5.4", "fragments of different sizes",
    sent = part(BINARY, ("a"):rep(126)) .. part(CONTINUATION, "b")
      .. part(CONTINUATION, ("c"):rep(65536), true),
    answer = "\x82\x7f\0\0\0\0\0\1\0\x7f" .. ("a"):rep(126) .. "b"
      .. ("c"):rep(65536) },
  { "5.4", "pings between fragments, answered at once",
    sent = part(TEXT, "Hel") .. ping "1" .. part(CONTINUATION, "")
      .. ping "2" .. part(CONTINUATION, "lo", true) .. ping "3",
    answer = "\x8a\0011" .. "\x8a\0012" .. HELLO_BACK .. "\x8a\0013" },
  { "5.4", "a pong between fragments",
    sent = part(TEXT, "Hel") .. part(frame.PONG, "x", true)
      .. part(CONTINUATION, "lo", true), answer = HELLO_BACK },
  { "5.4", "a Close between fragments, of which no message comes",
    sent = part(TEXT, "Hel") .. close(1000)
      .. part(CONTINUATION, "lo", true), close = 1000 },
  { "5.4", "one message behind another, each in fragments",
    sent = part(TEXT, "a") .. part(CONTINUATION, "b", true)
      .. part(BINARY, "c") .. part(CONTINUATION, "d", true),
    answer = "\x81\2ab\x82\2cd" },
  { "5.4", "a message in a fragment for each byte",
    sent = part(TEXT, "H") .. part(CONTINUATION, "e")
      .. part(CONTINUATION, "l") .. part(CONTINUATION, "l")
      .. part(CONTINUATION, "o", true), answer = HELLO_BACK },
  { "5.4", "fragments all of which are empty",
    sent = part(TEXT, "") .. part(CONTINUATION, "", true), answer = "\x81\0" },
  { "5.4", "a continuation without a first frame",
    sent = part(CONTINUATION, "a", true),
    close = 1002 },
  { "5.4", "a continuation without a first frame that goes on",
    sent = part(CONTINUATION, "a"), close = 1002 },
  { "5.4", "a continuation of what has ended",
    sent = part(TEXT, "a") .. part(CONTINUATION, "b", true)
      .. part(CONTINUATION, "c", true), answer = "\x81\2ab", close = 1002 },
  { "5.4", "binary inside of a text, in fragments too",
    sent = part(TEXT, "a") .. part(BINARY, "b", true), close = 1002 },
  { "5.4", "fragments of two messages, mixed",
    sent = part(TEXT, "a") .. part(BINARY, "b")
      .. part(CONTINUATION, "c", true), close = 1002 },
  { "5.4", "a message that begins anew inside of itself",
    sent = part(TEXT, "a") .. part(TEXT, "b", true), close = 1002 },
  { "5.4", "a ping in fragments",
    sent = part(frame.PING, "a") .. part(CONTINUATION, "b", true),
    close = 1002 },
  { "5.4", "a Close in fragments",
    sent = part(frame.CLOSE, "\3\xe8") .. part(CONTINUATION, "b", true),
    close = 1002 },
  { "5.4", "a continuation behind a control frame alone",
    sent = ping "a" .. part(CONTINUATION, "b", true), answer = "\x8a\1a",
    close = 1002 },

  { "5.5", "a ping of 125 bytes", sent = ping(("x"):rep(125)),
    answer = "\x8a\x7d" .. ("x"):rep(125) },
  { "5.5", "a ping of 126 bytes, refused by its header",
    sent = hex "89fe", close = 1002 },
  { "5.5", "a Close of 125 bytes", sent = close(1000, ("x"):rep(123)),
    close = 1000 },
  { "5.5", "a Close of 126 bytes, refused by its header",
    sent = hex "88fe", close = 1002 },
  { "5.5", "a pong of 2^16 bytes, refused by its header",
    sent = hex "8aff", close = 1002 },

  { "5.5.1", "a Close of nothing", sent = close(), close = "nothing" },
  { "5.5.1", "a Close of one byte", sent = hex "8881 00000000 03",
    close = 1002 },
  { "5.5.1", "a reason that is not UTF-8",
    sent = close(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80"),
    close = 1007 },
  { "5.5.1", "a reason that ends inside of a character",
    sent = close(1000, "\xe2\x82"), close = 1007 },
  { "5.5.1", "a reason in any language", sent = close(1000, "vorüber"),
    close = 1000 },
  { "5.5.1", "a Close behind messages, which are answered first",
    sent = HELLO .. ping "x" .. close(1001),
    answer = HELLO_BACK .. "\x8a\1x", close = 1001 },
  { "5.5.1", "messages behind a Close, which are not",
    sent = close(1000) .. HELLO .. ping "x" .. close(1001), close = 1000 },
  { "5.5.1", "nonsense behind a Close", sent = close(4999) .. ("\xff"):rep(99),
    close = 4999 },

  { "5.5.2", "a ping of nothing", sent = ping "", answer = "\x8a\0" },
  { "5.5.2", "a ping of any bytes", sent = ping(ALL_BYTES:sub(132)),
    answer = "\x8a\x7d" .. ALL_BYTES:sub(132) },
  { "5.5.2", "ten pings, of which each is answered, in their order",
    sent = ping "1" .. ping "2" .. ping "3" .. ping "4" .. ping "5"
      .. ping "6" .. ping "7" .. ping "8" .. ping "9" .. ping "0",
    answer = ("1234567890"):gsub(".", "\x8a\1%0") },
  { "5.5.3", "pongs that nobody asked for",
    sent = part(frame.PONG, "", true) .. part(frame.PONG, "x", true)
      .. HELLO, answer = HELLO_BACK },

  { "5.6", "a text of every length of character",
    sent = text "\u{7f}\u{7ff}\u{ffff}\u{10ffff}",
    answer = "\x81\x0a\u{7f}\u{7ff}\u{ffff}\u{10ffff}" },
  { "5.6", "a character in as many fragments as bytes",
    sent = part(TEXT, "\xf0") .. part(CONTINUATION, "\x9f")
      .. part(CONTINUATION, "\x98") .. part(CONTINUATION, "\x80", true),
    answer = "\x81\4\u{1f600}" },
  { "5.6", "binary of any bytes",
    sent = frame.print { opcode = BINARY, payload = ALL_BYTES },
    answer = "\x82\x7e\1\0" .. ALL_BYTES },
  { "5.6", "nothing, as text and as binary",
    sent = text "" .. part(BINARY, "", true), answer = "\x81\0\x82\0" },

  { "5.7", "the example of a text", sent = HELLO, answer = HELLO_BACK },
  { "5.7", "the example of a ping",
    sent = hex "8985 37fa213d 7f9f4d5158", answer = "\x8a\5Hello" },
  { "5.7", "the example of a pong", sent = hex "8a85 37fa213d 7f9f4d5158" },
  { "5.7", "the example of 256 bytes",
    sent = hex "82fe 0100 00000000" .. ALL_BYTES,
    answer = hex "827e 0100" .. ALL_BYTES },
  { "5.7", "the example of 64 KiB",
    sent = hex "82ff 0000000000010000 00000000" .. ALL_BYTES:rep(256),
    answer = hex "827f 0000000000010000" .. ALL_BYTES:rep(256) },

  { "7.1.7", "what follows a mistake", sent = hex "83 80 00000000" .. HELLO
    .. ping "x" .. close(1000), close = 1002 },
  { "7.4.2", "a code beyond those of applications", sent = close(5000),
    close = 1002 },
  { "7.4.2", "a code beyond them whose low byte is one of theirs",
    sent = close(0x83e8, "done"), close = 1002 },
  { "7.4.2", "the largest code", sent = close(65535), close = 1002 },
  { "8.1", "a text that is not UTF-8", sent = text "\xc0\x80", close = 1007 },
  { "8.1", "a text that is not, from its second fragment on",
    sent = part(TEXT, "\xed") .. part(CONTINUATION, "\xa0"), close = 1007 },
  { "8.1", "a text that ends inside of a character",
    sent = part(TEXT, "\xe2") .. part(CONTINUATION, "\x82", true),
    close = 1007 },

  { "10.4", "a message of 16 MiB", sent = part(BINARY, ("x"):rep(16 * MiB),
    true), answer = "\x82\x7f\0\0\0\0\1\0\0\0" .. ("x"):rep(16 * MiB) },
  { "10.4", "the header of one byte more", sent = announced(16 * MiB + 1),
    close = 1009 },
  { "10.4", "the header of 2^32 bytes", sent = announced(1 << 32, BINARY),
    close = 1009 },
  { "10.4", "the header of 2^63 - 1 bytes, the most there can be",
    sent = announced(math.maxinteger), close = 1009 },
  { "10.4", "a fragment that makes a message too large",
    sent = part(BINARY, ("x"):rep(64 * KiB))
      .. announced(16 * MiB - 64 * KiB + 1, CONTINUATION), close = 1009 },
}

-- Sections 5.2 and 5.8: each reserved bit with each opcode, and each reserved
-- opcode, final or not.
for _, opcode in ipairs { 0, 1, 2, 8, 9, 10 } do
  for rsv = 1, 7 do
    CASES[#CASES + 1] = { "5.2",
      ("the reserved bits %d with the opcode %d"):format(rsv, opcode),
      sent = frame.print { opcode = opcode, rsv = rsv }, close = 1002 }
  end
end
for _, opcode in ipairs { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 } do
  for _, fin in ipairs { true, false } do
    CASES[#CASES + 1] = { "5.2",
      ("the opcode %d%s"):format(opcode, fin and "" or ", not final"),
      sent = frame.print { opcode = opcode, fin = fin, payload = "x" },
      close = 1002 }
  end
end

-- Section 5.2: a length in more bytes than it takes, of any kind of frame.
for _, form in ipairs { 2, 8 } do
  for _, opcode in ipairs { 1, 2, 8, 9, 10 } do
    CASES[#CASES + 1] = { "5.2",
      ("a length of 0 in %d bytes, with the opcode %d"):format(form, opcode),
      sent = frame.print { opcode = opcode, length_form = form }, close = 1002 }
  end
  CASES[#CASES + 1] = { "5.2",
    ("a length of 125 in %d bytes"):format(form),
    sent = frame.print { payload = ("x"):rep(125), length_form = form },
    close = 1002 }
end

-- Sections 7.4.1 and 7.4.2, with the codes that were registered since.
local function is_sent(code)
  return code >= 1000 and code <= 1003 or code >= 1007 and code <= 1014
    or code >= 3000 and code <= 4999
end

-- What nobody looks at behind the end, in the same packet or in another.
local BEHIND = HELLO .. ping "x" .. close(1001)

-- The codes with which Base says in words what was wrong.
local MISTAKES = { [1002] = true, [1007] = true, [1009] = true }

-- Section 4.2: a client's head that may look otherwise, what is sent in the
-- place of what, and a field of the answer.
local HEADS = {
  { "4.2.1", "any order of the fields", function(head)
    local line, fields = head:match "^(.-\r\n)(.*)\r\n$"
    local turned = {}
    for field in fields:gmatch ".-\r\n" do table.insert(turned, 1, field) end
    return line .. table.concat(turned) .. "\r\n"
  end },
  { "4.2.1", "names in any case", function(head)
    return head:gsub("\r\n[^:]+:", string.upper)
  end },
  { "4.2.1", "a whole URI as the target", function(head)
    return head:gsub("GET /", "GET http://localhost/")
  end },
  { "4.2.1", "fields that nobody knows", function(head)
    return head:gsub("\r\n\r\n", "\r\nSec-WebSocket-Other: 1%0")
  end },
  { "4.2.1", "no Origin, as of no browser", function(head) return head end },
  { "4.2.2", "the key of the example", function(head) return head end,
    "sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" },
  { "4.2.2", "an extension that is not known", function(head)
    return head:gsub("\r\n\r\n", "\r\nSec-WebSocket-Extensions: foo; bar%0")
  end, "sec-websocket-extensions", nil },
  { "4.2.2", "a protocol that is not spoken", function(head)
    return head:gsub("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat%0")
  end, "sec-websocket-protocol", nil },
}

describe("RFC 6455,", function()
  local base, other

  setup(function()
    base = server.start { project = "spec/fixtures/echo" }
    other = client.connect(base)
  end)

  teardown(function()
    other:close()
    base:stop()
  end)

  -- All that comes back, up to the end. What is `behind` comes in a packet of
  -- its own, when the rest has been read.
  local function answer_to(bytes, behind)
    local peer = client.connect(base)
    assert(peer:send_raw(bytes))
    if behind then
      other:await_read()
      peer:send_raw(behind)
    end
    local got = peer.stream:read_all(socket.gettime() + PATIENCE)
    peer:close()
    return assert(got, "the server does not end the connection")
  end

  -- The Close that a server sends: two bytes of header, the code, a reason.
  local function read_close(bytes)
    assert.equal(0x88, bytes:byte(1))
    assert.equal(#bytes - 2, bytes:byte(2))
    if #bytes == 2 then return "nothing" end
    assert(utf8.len(bytes, 5), "a reason that is not UTF-8")
    return (">I2"):unpack(bytes, 3), bytes:sub(5)
  end

  local function assert_answer(case, got)
    local wanted = case.answer or ""
    assert.is_true(got:sub(1, #wanted) == wanted, "it answers")
    local code, reason = read_close(got:sub(#wanted + 1))
    assert.equal(case.close or 1000, code)
    assert.equal(MISTAKES[code] or false, reason ~= nil and reason ~= "")
  end

  for _, case in ipairs(CASES) do
    local section, about = case[1], case[2]
    it(("section %s: %s"):format(section, about), function()
      if case.close then
        assert_answer(case, answer_to(case.sent .. BEHIND))
        assert_answer(case, answer_to(case.sent, BEHIND))
      else
        assert_answer(case, answer_to(case.sent .. close(1000)))
      end
    end)
  end

  for _, case in ipairs(HEADS) do
    local section, about, change, name, value = table.unpack(case)
    it(("section %s: %s"):format(section, about), function()
      local peer = stream.connect(base)
      local head = change(client.handshake {})
      peer:send(head .. HELLO .. close(1000))
      local deadline = socket.gettime() + PATIENCE
      local answer = assert(http.read_head(peer, deadline))
      assert.equal(101, answer.status)
      if name then assert.equal(value, answer.headers[name]) end
      assert.equal(HELLO_BACK .. "\x88\2\3\xe8", peer:read_all(deadline))
      peer:close()
    end)
  end

  -- As many at once as fit a packet each way: the handshake and the Close are
  -- sent together.
  it("section 7.4: every code of a Close from 0 to 4999", function()
    local wrong = {}
    for first = 0, 4999, 100 do
      local peers = {}
      for code = first, first + 99 do
        peers[code] = stream.connect(base)
        local reason = code % 2 == 0 and "done" or nil
        peers[code]:send(client.handshake {} .. close(code, reason))
      end
      for code = first, first + 99 do
        local deadline = socket.gettime() + PATIENCE
        local answer = assert(http.read_head(peers[code], deadline))
        assert.equal(101, answer.status)
        local got = assert(peers[code]:read_all(deadline))
        local wanted = is_sent(code) and code or 1002
        if read_close(got) ~= wanted then wrong[#wrong + 1] = code end
        peers[code]:close()
      end
    end
    assert.same({}, wrong)
  end)
end)

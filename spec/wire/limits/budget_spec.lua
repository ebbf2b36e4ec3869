-- What a stranger's bytes cost grows with their number and no faster, whatever
-- their shape; nor do they cost much more than harmless ones of the same size;
-- nor do they keep others waiting, which only the release is measured for.
-- BUDGET_TABLE names a file to which the figures are added.
local application = require "spec.support.peers.application"
local budget = require "spec.support.budget"
local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

-- With the sanitizers what is large takes too long.
local is_release = not files.read(server.program()):find("__asan", 1, true)

local KiB <const>, MiB <const> = 1 << 10, 1 << 20
local HEAD <const> = 65000 -- of limits.http_head = 65535
local READ <const> = is_release and 256 * KiB or 32 * KiB -- of one read
local BATCH <const> = is_release and MiB or 64 * KiB -- of limits.http_body
local MESSAGE <const> = 64000 -- of limits.message_size, which is 64 KiB
local LARGE <const> = MiB -- where that was raised

local PARTS = 4
local GROWTH = 1.75 -- at most, of what parts cost together to the whole
local FLOOR = 0.0005 -- seconds that they count at least
local TRIES = 3 -- of measuring what a busy machine may have disturbed
local WAIT = 0.05 -- seconds that a bystander may wait

local TABLE = os.getenv "BUDGET_TABLE"

-- Many of each, as more than one of base.lua's lists is compared with what a
-- client says.
local function names(form, count)
  local list = {}
  for i = 1, count do list[i] = form:format(i) end
  return table.concat(list, ", ")
end

local BASE_LUA = ([[
return {
  %%s
  address = "127.0.0.1",
  trusted_proxies = { %s, "127.0.0.1" },
  origins = { %s },
  protocols = { %s },
  public = "public",
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.user or "ada" })
  end,
  on = { binary = function() end },
  http = function(request)
    if request.path ~= "/index.html" then return 200, "THE END" end
  end,
  channels = { room = { send = true, presence = true } },
  limits = { http_head = 65535, message_size = 1 << 20, rate = 0 },
}]]):format(names('"10.%d.0.0/16"', 50), names('"https://*.p%d.example"', 100),
  names('"p%d"', 100))

local FILES = {
  ["public/index.html"] = "THE END",
  ["actions/take.lua"] = "return function() end",
  ["actions/echo.lua"] = "return function(_, message) "
    .. "return message:respond('echo', message.body) end",
}

-- --- shapes ---

-- Pieces of a text, as many as fit into a size.
local function fill(size, piece)
  local pieces, left, i = {}, size, 0
  while true do
    local text = type(piece) == "string" and piece or piece(i)
    left, i = left - #text, i + 1
    if left < 0 then return table.concat(pieces) end
    pieces[i] = text
  end
end

-- Short, and no two are the same.
local function name_of(i)
  local letters = ""
  repeat
    letters = letters .. string.char(97 + i % 26)
    i = i // 26
  until i == 0
  return letters
end

local function named(form)
  return function(i) return (form:format(name_of(i))) end
end

local function head(path, lines)
  return ("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"):format(path,
    lines)
end

-- Each of the following returns a function that makes an input of a size.

-- Lines of a request's head, between a beginning and an ending.
local function fields(piece, before, behind, path)
  return function(size)
    local lines = (before or "") .. fill(size, piece) .. (behind or "")
    return { bytes = head(path or "/", lines), ending = "THE END" }
  end
end

local function query(piece)
  return function(size)
    return { bytes = head("/?" .. fill(size, piece), ""), ending = "THE END" }
  end
end

local WEBSOCKET = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
  .. "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
  .. "Sec-WebSocket-Version: 13\r\n"

local function handshake(piece, before, behind, ending)
  local make = fields(piece, WEBSOCKET .. (before or ""), behind)
  return function(size)
    return { bytes = make(size - 200).bytes,
      ending = ending or "authenticated" }
  end
end

-- Requests in one piece, and one behind them.
local function requests(piece)
  return function(size)
    return { bytes = fill(size, piece) .. head("/index.html", ""),
      ending = "THE END" }
  end
end

local function body(fields_of, piece, behind, before)
  return function(size)
    local bytes = (before or "") .. fill(size, piece) .. behind
    return { ending = "THE END",
      bytes = "POST / HTTP/1.1\r\nHost: localhost\r\n"
        .. fields_of:format(#bytes) .. "\r\n\r\n" .. bytes }
  end
end

local app

-- A request of the application, with JSON between two texts.
local function request(method, path, before, piece, behind)
  return function(size)
    local json = before .. fill(size - #before - #behind, piece) .. behind
    return { port = app.port, ending = "}", bytes = table.concat({
      method .. " " .. path .. " HTTP/1.1", "Host: localhost",
      "Authorization: Bearer " .. application.key,
      "Content-Length: " .. #json, "", json }, "\r\n") }
  end
end

local JOIN = client.handshake {
  headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" },
}
local LAST = frame.print { payload = '["ping","THE END"]' }

-- Frames, and behind them a message that is answered.
local function frames(options, first, last)
  local piece = frame.print(options)
  return function(size)
    local bytes = fill(size, piece)
    if first then bytes = frame.print(first) .. bytes end
    if last then bytes = bytes .. frame.print(last) end
    return { before = JOIN, ready = "authenticated", bytes = bytes .. LAST,
      ending = '"THE END"' }
  end
end

-- One message between two texts; `pack`: as what inflates to that size.
local function message(before, piece, behind, pack)
  return function(size)
    local text = before .. fill(size - #before - #behind, piece) .. behind
    local options = { payload = text }
    if pack then options = { rsv = 4, payload = deflate.pack(text) } end
    return frames(options)(#frame.print(options))
  end
end

local harmless_fields = fields("a", "X: ", "\r\n")
local harmless_handshake = handshake("a", "X: ", "\r\n")
local harmless_body = body("Content-Length: %d", "a", "")
local harmless_message = message('["take","', "a", '"]')
local deflated = deflate.pack '["take"]'

-- What it is, how large, how it is made, what is harmless, and how much more
-- than that it may cost; where that is not said, no comparison means anything.
local INPUTS = {
  { "fields of one name", HEAD, fields "x:\r\n", harmless_fields, 80 },
  { "fields, each of its own name", HEAD, fields(named "%s:\r\n"),
    harmless_fields, 80 },
  { "cookies in one field", HEAD, fields(named "%s;", "Cookie: ", "\r\n"),
    harmless_fields, 80 },
  { "cookies in many fields", HEAD, fields(named "Cookie:%s\r\n"),
    harmless_fields, 80 },
  { "escapes in a cookie", HEAD, fields("%41", "Cookie: a=", "\r\n"),
    harmless_fields, 20 },
  { "a query of one name", HEAD, query "a&", harmless_fields, 80 },
  { "a query of many names", HEAD, query(named "%s&"), harmless_fields, 80 },
  { "a query of escapes", HEAD, query "%41", harmless_fields, 20 },
  { "a query of nothing", HEAD, query "&", harmless_fields, 20 },
  { "trusted proxies in one field", HEAD,
    fields("::1,127.0.0.1,", "X-Forwarded-For: ", "\r\n"), harmless_fields,
    80 },
  { "trusted proxies in many fields", HEAD,
    fields "X-Forwarded-For: 127.0.0.1\r\n", harmless_fields, 80 },
  { "commas in X-Forwarded-For", HEAD,
    fields(",", "X-Forwarded-For: ", "\r\n"), harmless_fields, 20 },
  { "commas in Connection", HEAD, fields(",", "Connection: ", "\r\n"),
    harmless_fields, 20 },
  { "many fields Connection", HEAD, fields "Connection:\r\n", harmless_fields,
    80 },
  { "blanks", HEAD, fields(" ", "X:", "\r\n"), harmless_fields, 20 },
  { "tags in If-None-Match", HEAD,
    fields('"",', "If-None-Match: ", "\r\n", "/index.html"), harmless_fields,
    20 },
  { "many fields If-None-Match", HEAD,
    fields("If-None-Match:\r\n", "", "", "/index.html"), harmless_fields, 80 },
  { "ranges", HEAD, fields("0-1,", "Range: bytes=", "\r\n", "/index.html"),
    harmless_fields, 20 },
  { "commas in Upgrade", HEAD, handshake(",", "Upgrade: ", "\r\n"),
    harmless_handshake, 20 },
  { "extensions", HEAD, handshake("a;b,", "Sec-WebSocket-Extensions: ",
    "c\r\n"), harmless_handshake, 20 },
  { "subprotocols in one field", HEAD,
    handshake("pp,", "Sec-WebSocket-Protocol: ", "\r\n"), harmless_handshake,
    100 },
  { "subprotocols in many fields", HEAD,
    handshake "Sec-WebSocket-Protocol:pp\r\n", harmless_handshake, 60 },
  { "a long origin", HEAD,
    handshake("a", "Origin: https://", "\r\n", "may not connect"),
    harmless_handshake, 20 },

  { "empty lines", READ, requests "\r\n", harmless_body, 20 },
  { "requests of the public folder", READ,
    requests "HEAD /index.html HTTP/1.1\r\nHost:localhost\r\n\r\n" },
  { "requests of scripts", READ,
    requests "HEAD / HTTP/1.1\r\nHost:localhost\r\n\r\n" },
  { "chunks of one byte", MiB,
    body("Transfer-Encoding: chunked", "1\r\na\r\n", "0\r\n\r\n"),
    harmless_body, 40 },
  { "extensions of chunks", MiB,
    body("Transfer-Encoding: chunked", "1;a\r\na\r\n", "0\r\n\r\n"),
    harmless_body, 40 },
  { "trailers", HEAD,
    body("Transfer-Encoding: chunked", "a:\r\n", "\r\n", "0\r\n"),
    harmless_body, 60 },

  { "empty messages", READ, frames { payload = "" } },
  { "invalid messages", READ, frames { payload = "1" } },
  { "unknown commands", READ, frames { payload = '["x"]' } },
  { "actions", READ, frames { payload = '["take"]' } },
  { "echoes", READ, frames { payload = '["echo",1,2]' } },
  { "deflated messages", READ, frames { rsv = 4, payload = deflated } },
  { "binary messages", READ, frames { opcode = frame.BINARY } },
  { "pings", READ, frames { opcode = frame.PING } },
  { "pongs", READ, frames { opcode = frame.PONG } },
  { "empty fragments", READ,
    frames({ opcode = 0, fin = false }, { fin = false, payload = '["take"' },
      { opcode = 0, payload = "]" }), harmless_message, 60 },
  { "fragments of one byte", READ,
    frames({ opcode = 0, fin = false, payload = " " },
      { fin = false, payload = '["take"' }, { opcode = 0, payload = "]" }),
    harmless_message, 60 },
  { "UTF-8 of two bytes", LARGE, message('["take","', "é", '"]'),
    harmless_message, 40 },
  { "UTF-8 of four bytes", LARGE, message('["take","', "\u{10ffff}", '"]'),
    harmless_message, 40 },
  { "UTF-8 and ASCII in turn", LARGE, message('["take","', "aé", '"]'),
    harmless_message, 60 },
  { "what inflates", LARGE, message('["take","', "a", '"]', true),
    harmless_message, 40 },
  { "UTF-8 that inflates", LARGE, message('["take","', "\u{10ffff}", '"]',
    true), harmless_message, 60 },
  { "lists in JSON", MESSAGE, message('["take",[', "[],", "0]]") },
  { "maps in JSON", MESSAGE, message('["take",[', '{"a":0},', "0]]") },
  { "keys in JSON", MESSAGE, message('["take",{', named '"%s":0,', '"":0}]') },
  { "numbers in JSON", MESSAGE, message('["take",[', "0,", "0]]") },
  { "escapes in JSON", LARGE, message('["take","', "\\n", '"]'),
    harmless_message, 60 },
  { "digits in JSON", LARGE, message('["take",', "9", "]"), harmless_message,
    60 },
  { "digits behind a point", LARGE, message('["take",0.', "9", "]"),
    harmless_message, 60 },
  { "JSON that is sent back", MESSAGE, message('["echo",[', "[],", "0],1]") },

  { "joins of channels", READ,
    frames { payload = '["$join",null,1,"room"]' } },
  { "messages to a channel", READ, frames({ payload = '["x",1,1,"room"]' },
    { payload = '["$join",null,1,"room"]' }) },
  { "what a join hands to its rule", MESSAGE,
    message('["$join",{"body":[', "[],", '0]},1,"room"]') },
  { "the epoch of a join", MESSAGE,
    message('["$join",{"since":1,"epoch":"', "z", '"},1,"room"]'),
    harmless_message, 40 },
  { "the digits of a position", MESSAGE,
    message('["$join",{"since":', "9", ',"epoch":"z"},1,"room"]'),
    harmless_message, 60 },

  { "a batch of the application", BATCH, request("POST", "/batch", "[",
    '{"method":"GET","path":"/users?ids=' .. ("1,"):rep(900) .. '1"},',
    '{"method":"GET","path":"/users/1"}]') },
  { "fields of the application", MiB,
    request("PATCH", "/users/nobody", "{", named '"%s":0,', '"":0}') },
}

-- --- measuring ---

local function milliseconds(seconds)
  return ("%.2f"):format(seconds * 1000)
end

local function tell(name, size, whole, harmless, waited)
  if not TABLE then return end
  local file <close> = assert(io.open(TABLE, "a"))
  file:write(("| %s | %d | %s | %s | %s |\n"):format(name, size,
    milliseconds(whole), harmless and milliseconds(harmless) or "",
    milliseconds(waited)))
end

describe("The time spent", function()
  local base, watch

  setup(function()
    base, app = application.start { base_lua = BASE_LUA, files = FILES }
    watch = budget.watch(base)
  end)

  teardown(function()
    watch:close()
    base:stop()
  end)

  -- Costs in seconds: of the whole; of its parts, each by itself; of what is
  -- harmless, or nil. And whether they are in proportion.
  local function measure(size, make, make_harmless, factor)
    local parts = watch:cost(make(size // PARTS), PARTS)
    local whole = watch:cost(make(size))
    local harmless = make_harmless and watch:cost(make_harmless(size))
    local is_fair = whole < GROWTH * math.max(parts, FLOOR)
      and (not harmless or whole < factor * math.max(harmless, FLOOR / 2))
    return is_fair, whole, parts, harmless
  end

  for _, row in ipairs(INPUTS) do
    local name, size, make, make_harmless, factor = table.unpack(row)

    it("on " .. name .. " grows with their size alone", function()
      local is_fair, whole, parts, harmless
      for _ = 1, TRIES do
        is_fair, whole, parts, harmless =
          measure(size, make, make_harmless, factor)
        if is_fair then break end
      end
      assert.is_true(is_fair, ("%s ms, %s for its %d parts, %s for what is "
        .. "harmless"):format(milliseconds(whole), milliseconds(parts), PARTS,
        harmless and milliseconds(harmless)))
      if not is_release and not TABLE then return end
      local waited = watch:wait(make(size))
      tell(name, size, whole, harmless, waited)
      assert.is_true(not is_release or waited < WAIT,
        ("a bystander waited %s ms"):format(milliseconds(waited)))
    end)
  end
end)

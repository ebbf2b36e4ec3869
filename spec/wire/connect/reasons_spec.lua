-- Every Close of which the server is the cause says why in words. What limits
-- say is in limited_spec, what the end says in signals_spec.
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

-- The query says what becomes of a connection.
local BASE_LUA = [[
local base = require "base"
return {
  address = "127.0.0.1", drain = 0.2,
  authenticate = function(connection, register)
    local how = connection.request.query.user
    if how == "slow" then base.sleep(60) end
    if how == "raise" then error "no" end
    if how == "nobody" then return register(connection, false) end
    if how == "away" then return register(connection, nil, "it is away") end
    if how ~= "guest" then register(connection, { id = how }) end
  end,
  on = { text = %s },
}]]

local FILES = {
  ["actions/expel.lua"] = [[
    return function(connection) connection.user:disconnect() end]],
  ["actions/leave.lua"] = [[
    return function(connection) connection:close() end]],
}

local function start(on_text)
  local files = { ["base.lua"] = BASE_LUA:format(on_text or "nil") }
  for path, text in pairs(FILES) do files[path] = text end
  return server.start { files = files }
end

-- The next Close, whatever comes before it.
local function close_of(peer)
  local opcode, payload
  repeat opcode, payload = peer:receive() until opcode ~= frame.TEXT
  assert.equal(frame.CLOSE, opcode)
  peer:send_close(1000)
  peer:close()
  return { client.read_close(payload) }
end

-- Each is: code and reason, who comes, and what they send.
local CASES = {
  { 1002, "a frame without a mask", "ada", "\x81\0" },
  { 1002, "a reserved bit is set", "ada", "\xa1\x80" },
  { 1002, "unknown opcode", "ada", "\x83\x80" },
  { 1002, "a control frame in fragments", "ada", "\x09\x80" },
  { 1002, "a control frame of more than 125 bytes", "ada", "\x89\xfe" },
  { 1002, "a length of more than 63 bits", "ada",
    "\x81\xff" .. ("\xff"):rep(8) },
  { 1002, "a length that is not in its shortest form", "ada",
    "\x81\xfe\0\1" },
  { 1002, "a continuation without a first frame", "ada",
    frame.print { opcode = frame.CONTINUATION } },
  { 1002, "a new message inside another one", "ada",
    frame.print { fin = false } .. frame.print {} },
  { 1002, "a Close with half a code", "ada",
    frame.print { opcode = frame.CLOSE, payload = "\3" } },
  { 1002, "a Close with a code that may not be sent", "ada",
    frame.print { opcode = frame.CLOSE, payload = "\3\xed" } },
  { 1003, "binary messages are not taken", "ada",
    frame.print { opcode = frame.BINARY } },
  { 1007, "a text that is not UTF-8", "ada",
    frame.print { payload = "\xff" } },
  { 1007, "a text that is not UTF-8", "ada",
    frame.print { fin = false, payload = "\xff" } },
  { 1007, "a text that ends inside a character", "ada",
    frame.print { fin = false, payload = "\xc3" }
      .. frame.print { opcode = frame.CONTINUATION } },
  { 1007, "a Close whose reason is not UTF-8", "ada",
    frame.print { opcode = frame.CLOSE, payload = "\3\xe8\xff" } },
  { 1007, "a message that does not inflate", "ada",
    frame.print { rsv = 4, payload = "\7" } },
  { 1011, "authentication failed", "raise" },
  { 1013, "try again later", "away" },
  { 4001, "not authenticated", "nobody" },
  { 4001, "not authenticated", "guest", frame.print { payload = '["x"]' } },
  { 4003, "sent away", "ada", frame.print { payload = '["expel"]' } },
}

describe("A Close says why:", function()
  local base

  setup(function()
    base = start()
  end)

  teardown(function()
    base:stop()
  end)

  for _, case in ipairs(CASES) do
    local code, reason, user, sent = table.unpack(case)
    it(("%d, %s"):format(code, reason), function()
      local peer = client.connect { port = base.port, user = user, headers = {
        ["Sec-WebSocket-Extensions"] = "permessage-deflate",
      } }
      if sent then peer:send_raw(sent) end
      assert.same({ code, reason }, close_of(peer))
    end)
  end

  it("1000, nothing but what the script says", function()
    local peer = client.join { port = base.port, user = "ada" }
    peer:send_message "leave"
    assert.same({ 1000, "" }, close_of(peer))
  end)
end)

describe("A Close says why at the end of the server", function()
  it("to who is not let in yet", function()
    local base <close> = start()
    local peer = client.connect { port = base.port, user = "slow" }
    peer:send_frame { opcode = frame.PING }
    assert.equal(frame.PONG, (peer:receive()))
    base:signal "TERM"
    assert.same({ 1012, "the server is restarting" }, close_of(peer))
  end)

  it("to who speaks raw text, and hears nothing else", function()
    local base <close> = start "function() end"
    local peer = client.connect { port = base.port, user = "ada" }
    peer:send_frame { opcode = frame.PING }
    assert.equal(frame.PONG, (peer:receive()))
    base:signal "TERM"
    assert.same({ 1012, "the server is restarting" }, { peer:expect_close() })
  end)
end)

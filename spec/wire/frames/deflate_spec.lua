-- permessage-deflate (RFC 7692): who asks for it may send deflated messages,
-- and is sent large ones so.
local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

local LIMIT = 100000 -- bytes of a message
local RSV1 = 4

local SETTINGS = [[
deflate = { threshold = 1000 },
limits = { message_size = 100000, queue_size = 4 << 20, rate = 0 },
]]

local FILES = {
  ["actions/echo.lua"] = [[
    return function(_, message)
      return message:respond("echo", message.body)
    end]],
  ["actions/tell.lua"] = [[
    local base = require "base"
    return function(_, message) base.broadcast("told", message.body) end]],
}

local function json(size)
  local rows = {}
  for i = 1, size // 40 do
    rows[i] = ('["id",%d,"name","Ada %d","online",true]'):format(i, i * 7)
  end
  return "[" .. table.concat(rows, ",") .. "]"
end

describe("A client that offers permessage-deflate", function()
  local base

  setup(function()
    base = server.start { settings = SETTINGS, files = FILES }
  end)

  teardown(function()
    base:stop()
  end)

  local function join(offer, user)
    return client.join {
      port = base.port, user = user,
      headers = {
        ["Sec-WebSocket-Extensions"] = offer or "permessage-deflate",
      },
    }
  end

  local function send_deflated(peer, text, level)
    return peer:send_frame {
      rsv = RSV1, payload = deflate.pack(text, level),
    }
  end

  -- Sends a body round and expects it deflated.
  local function expect_echo(peer, body)
    send_deflated(peer, '["echo",' .. body .. ",1]")
    local opcode, text, wire = peer:receive()
    assert.equal(frame.TEXT, opcode)
    assert.equal('["echo",' .. body .. ",1]", text)
    return wire
  end

  it("is sent large messages deflated, small ones as they are", function()
    local peer <close> = join()
    local body = json(10000)
    local wire = assert(expect_echo(peer, body))
    assert.is_true(#wire < #body / 3)
    assert.is_nil(expect_echo(peer, '"hello"'))
    -- The threshold counts bytes of the message.
    local frame_size = #'["echo","",1]'
    assert.is_nil(expect_echo(peer, '"' .. ("x"):rep(999 - frame_size) .. '"'))
    assert(expect_echo(peer, '"' .. ("x"):rep(1000 - frame_size) .. '"'))
  end)

  it("may send messages as they are, too", function()
    local peer <close> = join()
    for _ = 1, 3 do
      peer:send_message("echo", "plain", 1)
      assert.same({ "echo", "plain", 1 }, peer:receive_message())
      expect_echo(peer, '"deflated"')
    end
  end)

  it("is sent nothing deflated when its offer is declined", function()
    local peer <close> = join "permessage-deflate; unknown"
    peer:send_message("echo", ("x"):rep(2000), 1)
    local _, text, wire = peer:receive()
    assert.equal(2000 + #'["echo","",1]', #text)
    assert.is_nil(wire)
  end)

  it("is refused with 400 when it offers something unreadable", function()
    local peer, answer = client.connect {
      port = base.port,
      headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate;" },
    }
    assert.is_nil(peer)
    assert.equal(400, answer.status)
    assert.matches("Sec%-WebSocket%-Extensions", answer.body)
  end)

  it("gets what any window may hold", function()
    local body = json(60000)
    for window = 9, 15 do
      local peer <close> =
        join("permessage-deflate; server_max_window_bits=" .. window)
      assert(expect_echo(peer, body))
    end
  end)

  it("may cut messages into fragments, with a ping between", function()
    local peer <close> = join()
    local packed = deflate.pack('["echo","in pieces",7]')
    for at = 1, #packed do
      local is_first, is_last = at == 1, at == #packed
      peer:send_frame {
        opcode = is_first and frame.TEXT or frame.CONTINUATION,
        rsv = is_first and RSV1 or 0, fin = is_last,
        payload = packed:sub(at, at),
      }
      peer:send_frame { opcode = frame.PING, payload = tostring(at) }
      if is_last then
        assert.same({ "echo", "in pieces", 7 }, peer:receive_message())
      end
      local opcode, payload = peer:receive()
      assert.equal(frame.PONG, opcode)
      assert.equal(tostring(at), payload)
    end
  end)

  it("shares what is sent to all with those who do not offer it", function()
    local plain <close> = client.join { port = base.port, user = "plain" }
    local large <close> = join(nil, "large")
    local small <close> =
      join("permessage-deflate; server_max_window_bits=9", "small")
    local text = '["told",' .. json(20000) .. "]"
    send_deflated(large, '["tell"' .. text:sub(8))
    local _, got, wire = plain:receive()
    assert.equal(text, got)
    assert.is_nil(wire)
    for _, peer in ipairs { large, small } do
      _, got, wire = peer:receive()
      assert.equal(text, got)
      assert.is_true(#wire < #text / 3)
    end
  end)

  it("is closed with 1009 for a bomb, which is not inflated", function()
    local peer = join()
    send_deflated(peer, '["echo","' .. ("x"):rep(50 << 20) .. '",1]', 9)
    local code, reason = peer:expect_close()
    assert.equal(1009, code)
    assert.equal("a message of more than 100000 bytes", reason)
  end)

  it("is closed with 4029 when it says too much at once", function()
    local peer = join()
    local small = frame.print {
      rsv = RSV1,
      payload = deflate.pack('["ping","' .. ("x"):rep(LIMIT - 20) .. '"]', 9),
    }
    base:signal "STOP" -- so that all of it comes in one read
    peer:send_raw(small:rep(100)) -- 10 MB, in some 20 KB
    base:signal "CONT"
    local opcode, payload
    repeat opcode, payload = peer:receive() until opcode ~= frame.TEXT
    assert.equal(frame.CLOSE, opcode)
    assert.same({ 4029, "too much at once" }, { client.read_close(payload) })
    peer:close()
  end)

  it("may be sent more than queue_size in all, deflated", function()
    local narrow <close> = server.start {
      settings = "deflate = { threshold = 1000 }, limits = { "
        .. "message_size = 100000, queue_size = 65536, rate = 0 },",
      files = FILES,
    }
    local peer <close> = client.join { port = narrow.port,
      headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" } }
    for i = 1, 50 do
      local body = json(10000)
      send_deflated(peer, '["echo",' .. body .. "," .. i .. "]")
      assert.equal('["echo",' .. body .. "," .. i .. "]", peer:receive_text())
    end
  end)

  it("may send just as much as one that does not deflate", function()
    local envelope = #'["echo","",1]'
    local peer = join()
    expect_echo(peer, '"' .. ("x"):rep(LIMIT - envelope) .. '"')
    send_deflated(peer, '["echo","' .. ("x"):rep(LIMIT - envelope + 1)
      .. '",1]')
    assert.equal(1009, (peer:expect_close()))
  end)

  it("is closed with 1009 for deflated bytes that say nothing", function()
    local peer = join()
    local empty_blocks = ("\x00\x00\x00\xff\xff"):rep(25000)
    peer:send_frame { rsv = RSV1, payload = empty_blocks }
    assert.equal(1009, (peer:expect_close()))
  end)

  it("is closed with 1002 when nothing was agreed on", function()
    local peer = client.join { port = base.port }
    send_deflated(peer, '["echo","x",1]')
    local code, reason = peer:expect_close()
    assert.equal(1002, code)
    assert.equal("a reserved bit is set", reason)
  end)

  it("gets what a reload asks for, and stays understood", function()
    local changed <close> = server.start { settings = SETTINGS, files = FILES }
    local peer <close> = client.join {
      port = changed.port,
      headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" },
    }
    assert(expect_echo(peer, json(5000)))
    files.write(changed.dir .. "/base.lua", [[
      return {
        address = "127.0.0.1", deflate = false,
        authenticate = function(connection, register)
          register(connection, { id = "ada" })
        end,
      }]])
    changed:reload()
    assert.is_nil(expect_echo(peer, json(5000)))
    local late <close> = client.join {
      port = changed.port,
      headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" },
    }
    assert.is_nil(late.answer.headers["sec-websocket-extensions"])
  end)
end)

-- Many clients who mean no good, and one beside them who is answered within a
-- second all the same; twice in a row, of which the second finds the server as
-- the first did. STORM_TABLE names a file to which the figures are added.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local process = require "spec.support.process"
local server = require "spec.support.server"
local storm = require "spec.support.peers.storm"
local story = require "spec.support.peers.story"
local stream = require "spec.support.peers.stream"

local LATE = 0.5 -- seconds that a slow machine may add

local JOIN = client.handshake { path = "/?user=crowd" }
local JOINED = '["authenticated"'
local DEFLATING = client.handshake {
  path = "/?user=crowd",
  headers = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" },
}

local FILES = {
  ["actions/echo.lua"] = [[
return function(_, message) return message:respond("echo", message.body) end
]],
  ["actions/call.lua"] = [[
return function(connection) connection:call("question", nil, 60) end
]],
  ["actions/nap.lua"] = [[
return function() require "base".sleep(0.5) end
]],
  ["actions/tell.lua"] = [[
local base = require "base"
return function(connection, message)
  local told = base.broadcast("told", ("x"):rep(message.body),
    { except = connection })
  return message:respond("told", told)
end
]],
}

-- The bystander asks as often as it likes. The load generator says who it is
-- with `id`.
local BASE_LUA = [[
return {
  %s
  address = "127.0.0.1",
  authenticate = function(connection, register)
    local query = connection.request.query
    register(connection, { id = query.user or query.id })
  end,
}
]]

local function start(limits, settings, tls)
  return application.start {
    base_lua = BASE_LUA, files = FILES, env = storm.ENV, tls = tls,
    settings = ("limits = { rate = 0, %s },\n%s"):format(limits or "",
      settings or ""),
  }
end

describe("A client is answered within a second while", function()
  it("5,000 connect at once while 500 talk", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    watch:play(function()
      local talk = process.start {
        server.program "base-load", "--connections", "500", "--work", "open",
        "--rate", "1000", "--seconds", "2", "127.0.0.1:" .. base.port,
      }
      watch:begin { count = 5000, bytes = JOIN, until_text = JOINED,
        thereafter = "hold" }
      assert.same({ 5000, 0 }, { watch:wait_ready() }, base:log())
      watch:ask_until("those who talk", function() return talk:status() end)
      assert.equal(0, talk:status(), talk:log())
      talk:remove()
    end)
    watch:finish("connect at once, 500 talking", { opened = 11000 })
  end)

  it("1,000 stop inside their handshake", function()
    local base <close>, app = start "handshake_time = 1"
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 1000, bytes = JOIN:sub(1, -10),
        until_text = "HTTP/1.1 408", thereafter = "read" }
      assert.same({ 1000, 0 }, { watch:wait_ready() })
      watch:wait_over()
    end)
    watch:finish("half a handshake", { ["limited.handshake_time"] = 2000 },
      "refused %(limits%.handshake_time%)")
  end)

  -- Each sends one byte more, until it is told that it was too slow.
  local function drip(watch, base)
    local slow, ended, sent = {}, 0, 0
    watch.number = 100
    for i = 1, 100 do slow[i] = stream.connect { port = base.port } end
    watch:ask_until("those who drip to be sent away", function()
      sent = sent + 1
      for _, one in pairs(slow) do one:send(JOIN:sub(sent, sent)) end
      for i, one in pairs(slow) do
        local answer = one:read_to("\r\n\r\n", 0)
        if answer then
          assert.matches("^HTTP/1.1 408 ", answer)
          one:close()
          slow[i], ended = nil, ended + 1
        end
      end
      return ended == 100
    end)
  end

  it("100 send their request byte by byte", function()
    local base <close>, app = start "handshake_time = 2"
    local watch = storm.watch(base, app)
    watch:play(function() drip(watch, base) end)
    watch:finish("a request, byte by byte",
      { ["limited.handshake_time"] = 200 },
      "refused %(limits%.handshake_time%)")
  end)

  it("500 vanish without a Close", function()
    local base <close>, app = start("",
      "heartbeat = { interval = 1, timeout = 1 },")
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 500, bytes = JOIN, until_text = JOINED,
        thereafter = "hold" }
      assert.same({ 500, 0 }, { watch:wait_ready() })
      local since = socket.gettime()
      watch:wait_over()
      -- Its tick is a second wide. The second storm comes just behind one.
      local took = socket.gettime() - since
      assert.is_true(took < 1 + 1 + 1 + LATE, took .. " s")
    end)
    watch:finish("vanish, heartbeat 1 + 1 s", { opened = 1000,
      ["closes.1006"] = 1000 })
  end)

  it("300 never read a broadcast", function()
    local base <close>, app = start "queue_size = 64 * 1024"
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 300, bytes = JOIN, until_text = JOINED,
        thereafter = "hold" }
      assert.same({ 300, 0 }, { watch:wait_ready() })
      -- Small ones: what is left of one that did not fit is kept for each, and
      -- how many are stuck at once is luck.
      local told
      repeat
        watch.bystander:send_message("tell", 10000)
        told = watch.bystander:receive_message()[2]
        watch:ask()
      until told == 0
      watch:wait_gone()
    end)
    watch:finish("never read while all are told", { opened = 600,
      ["limited.queue_size"] = 600, ["closes.4008"] = 600 },
      "closed with 4008: reads too slowly %(limits%.queue_size, counted over "
        .. "its user or address%)")
  end)

  it("50 send 10,000 pings each", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    local pings = frame.print { opcode = frame.PING, payload = "?" }:rep(9999)
    watch:play(function()
      watch:begin { count = 50, until_text = "the last", thereafter = "close",
        bytes = JOIN .. pings
          .. frame.print { opcode = frame.PING, payload = "the last" } }
      assert.same({ 50, 0 }, { watch:wait_ready() })
    end)
    watch:finish("10,000 pings each", { opened = 100 })
  end)

  it("10,000 connect and reset", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 10000, at_once = 200, bytes = JOIN,
        thereafter = "reset" }
      watch:wait_ready()
    end)
    watch:finish("connect and reset", {})
  end)

  it("5,000 join and reset", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 5000, at_once = 200, bytes = JOIN,
        until_text = JOINED, thereafter = "reset" }
      assert.same({ 5000, 0 }, { watch:wait_ready() })
    end)
    watch:finish("join and reset", { opened = 10000, ["closes.1006"] = 10000 })
  end)

  it("500 send a deflate bomb", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    local bomb = deflate.pack(("\0"):rep(60 * 1000 * 1000))
    assert.is_true(#bomb < 64 * 1024)
    watch:play(function()
      watch:begin { count = 500, thereafter = "read",
        until_text = "a message of more than 65536 bytes",
        bytes = DEFLATING .. frame.print { rsv = 4, payload = bomb } }
      assert.same({ 500, 0 }, { watch:wait_ready() })
      watch:wait_over()
    end)
    watch:finish("a deflate bomb of 60 MB", { opened = 1000,
      ["limited.message_size"] = 1000, ["closes.1009"] = 1000 },
      "closed with 1009 %(limits%.message_size%)")
  end)

  it("20 send a message in 65,536 fragments", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    local text = '["echo","' .. ("x"):rep(65536 - 13) .. '",1]'
    local fragments = {}
    for i = 1, #text do
      fragments[i] = frame.print {
        opcode = i == 1 and frame.TEXT or frame.CONTINUATION,
        fin = i == #text, payload = text:sub(i, i),
      }
    end
    local bytes = JOIN .. table.concat(fragments)
    watch:play(function()
      watch:begin { count = 20, until_text = '["echo","xxx', bytes = bytes,
        thereafter = "close" }
      assert.same({ 20, 0 }, { watch:wait_ready() })
    end)
    watch:finish("a message in 65,536 fragments", { opened = 40 })
  end)

  it("500 stop inside a TLS handshake", function()
    local folder = story.certificate()
    do
      local base <close>, app = start("handshake_time = 1",
        ([[tls = { certificate = "%s/certificate.pem", key = "%s/key.pem" },]])
          :format(folder, folder), true)
      local watch = storm.watch(base, app, true)
      watch:play(function()
        -- The beginning of a record of 512 bytes, with that of a ClientHello.
        watch:begin { count = 500, thereafter = "read",
          bytes = "\x16\3\1\2\0\1\0\1\xfc\3\3" .. ("r"):rep(100) }
        watch:wait_ready()
        watch:wait_over()
      end)
      watch:finish("half a TLS handshake",
        { ["limited.handshake_time"] = 1000 },
        "refused %(limits%.handshake_time%)")
    end
    files.remove(folder)
  end)

  it("2,000 that scripts have called leave at once", function()
    local base <close>, app = start()
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 2000, until_text = '["question"',
        thereafter = "hold",
        bytes = JOIN .. frame.print { payload = '["call"]' } }
      assert.same({ 2000, 0 }, { watch:wait_ready() })
    end)
    watch:finish("go while scripts wait for them", { opened = 4000 })
  end)

  it("one has 30,000 messages waiting", function()
    local base <close>, app = start "pending_messages = 0"
    local watch = storm.watch(base, app)
    watch:play(function()
      watch:begin { count = 1, until_text = '["echo",null,"last"]',
        thereafter = "close",
        bytes = JOIN .. frame.print { payload = '["nap"]' }
          .. frame.print { payload = '["echo"]' }:rep(30000)
          .. frame.print { payload = '["echo",null,"last"]' } }
      assert.same({ 1, 0 }, { watch:wait_ready() })
    end)
    watch:finish("30,000 messages that wait", { opened = 2 })
  end)
end)

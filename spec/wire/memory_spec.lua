-- Memory runs out in the middle of anything, at one allocation after another:
-- whoever was being served hears of it or is disconnected, nobody waits for
-- ever, nothing leaks, and the server goes on.
local socket = require "socket"

local client = require "spec.support.client"
local deflate = require "spec.support.deflate"
local failing = require "spec.support.failing"
local frame = require "spec.support.frame"
local http = require "spec.support.http"
local stream = require "spec.support.stream"
local upstream = require "spec.support.upstream"
local wait = require "spec.support.wait"

local PATIENCE = 4 -- seconds: what is told or ended is so long before that

local FILES = {
  ["actions/echo.lua"] = [[
return function(_, message) return message:respond("echo", message.body) end
]],
  ["actions/tell.lua"] = [[
local base = require "base"
return function(connection, message)
  connection:send("told", message.body)
  base.send("bystander", "nothing")
  base.broadcast("all", message.body, { except = connection })
  base.after(0.001, function() end)
  base.spawn(function() base.sleep(0.001) end)
  return message:respond("done")
end
]],
  ["actions/call.lua"] = [[
return function(connection, message)
  return message:respond("answered", connection:call("question"))
end
]],
  ["actions/ask.lua"] = [[
local http = require "base.http"
return function(_, message)
  local reply, why = http.get(message.body, { timeout = 1 })
  return message:respond("reply", reply and reply.status or why)
end
]],
  ["public/page.txt"] = ("a page\n"):rep(20000),
}

local SETTINGS = [[
http = function(request)
  if request.path == "/body" then return 200, request.body end
end,
limits = { authenticate_time = 3, handshake_time = 3, rate = 0 },
]]

local function patience()
  return socket.gettime() + PATIENCE
end

local function raise_if_late(why)
  if why == "timeout" then error("it waits in vain", 3) end
end

-- Takes messages until one has the command, or the connection is at its end.
local function await(peer, ...)
  local deadline = patience()
  while true do
    local opcode, payload = peer:receive(deadline - socket.gettime())
    if not opcode then
      raise_if_late(payload)
      return nil
    end
    if opcode == frame.CLOSE then
      peer:send_close(1000)
    elseif opcode == frame.TEXT then
      for _, word in ipairs { "error", "reconnect", ... } do
        if payload:find('["' .. word .. '"', 1, true) then return payload end
      end
    end
  end
end

local function join(base, options)
  options = options or {}
  options.port = base.port
  return client.join(options)
end

local function nothing() end

-- What opens and is told so, or not.
local function open(base)
  local peer = stream.connect { port = base.port }
  peer:send(client.handshake { path = "/?user=ada" })
  local answer, why = http.read(peer, patience())
  raise_if_late(why)
  if answer and answer.status == 101 then
    local got
    got, why = frame.read(peer, patience())
    raise_if_late(why)
    assert(not got or got.opcode == frame.TEXT or got.opcode == frame.CLOSE)
  elseif answer then
    assert.equal(503, answer.status)
  end
  return peer
end

describe("When memory runs out", function()
  local server

  setup(function()
    server = failing.start { files = FILES, settings = SETTINGS }
  end)

  teardown(function() server:stop() end)

  -- Once it is gone for one allocation, once from there on.
  local function play(prepare, tell)
    for _, lasting in ipairs { false, true } do
      local count = server:play(prepare, function(base, prepared)
        tell(base, prepared)
        if prepared then prepared:close() end
      end, lasting)
      assert.is_true(count > 0, "no allocation failed")
    end
  end

  it("a connection that opens", function()
    play(nothing, function(base) open(base):close() end)
  end)

  it("a message", function()
    play(join, function(_, peer)
      peer:send_message("echo", "hello", 1)
      await(peer, "echo")
    end)
  end)

  it("a message in fragments, with a ping between", function()
    play(join, function(_, peer)
      local text = '["echo","' .. ("x"):rep(5000) .. '",1]'
      for at = 1, #text, 1000 do
        peer:send_frame {
          opcode = at == 1 and frame.TEXT or frame.CONTINUATION,
          fin = at + 1000 > #text, payload = text:sub(at, at + 999),
        }
        peer:send_frame { opcode = frame.PING, payload = "?" }
      end
      await(peer, "echo")
    end)
  end)

  it("messages to others, timers and tasks", function()
    play(join, function(_, peer)
      peer:send_message("tell", ("a body "):rep(100), 1)
      await(peer, "done")
    end)
  end)

  it("a question to a client, and its answer", function()
    play(join, function(_, peer)
      peer:send_message("call", nil, 1)
      local question = await(peer, "question")
      if not question or question:find '"error"' then return end
      local id = question:match '"(%$%d+)"'
      peer:send_message("ok", { "an answer" }, id)
      await(peer, "answered")
    end)
  end)

  it("messages that wait for their turn", function()
    play(join, function(_, peer)
      peer:send_message("call", nil, 1)
      for id = 2, 4 do peer:send_message("echo", "x", id) end
      local question = await(peer, "question")
      if not question or question:find '"error"' then return end
      peer:send_message("ok", nil, question:match '"(%$%d+)"')
      for _ = 1, 4 do
        if not await(peer, "answered", "echo") then return end
      end
    end)
  end)

  it("a message that cannot be understood", function()
    play(join, function(_, peer)
      peer:send_text '{"no":"message"}'
      await(peer)
    end)
  end)

  it("a ping of the protocol of messages, in pieces", function()
    play(join, function(_, peer)
      local bytes = frame.print { payload = '["ping",null,1]' }
      for at = 1, #bytes do peer:send_raw(bytes:sub(at, at)) end
      await(peer, "pong")
    end)
  end)

  it("deflated messages", function()
    local function join_deflating(base)
      return join(base, { headers = {
        ["Sec-WebSocket-Extensions"] = "permessage-deflate",
      } })
    end
    play(join_deflating, function(_, peer)
      local text = '["echo","' .. ("text "):rep(2000) .. '",1]'
      peer:send_frame { rsv = 4, payload = deflate.pack(text) }
      await(peer, "echo")
    end)
  end)

  it("a Close of the client", function()
    play(join, function(_, peer)
      peer:send_close(1000, "done")
      await(peer)
    end)
  end)

  it("a connection that breaks while a script asks it", function()
    play(join, function(_, peer)
      peer:send_message("call", nil, 1)
      await(peer, "question")
      peer:close(true)
    end)
  end)

  -- Reads answers to HTTP requests until the connection ends.
  local function read_answers(from, count)
    for _ = 1, count do
      local answer, why = http.read(from, patience())
      raise_if_late(why)
      if not answer or answer.headers.connection == "close" then return end
    end
  end

  local function ask(...)
    local requests = table.concat { ... }
    local _, count = requests:gsub("HTTP/1.1", "")
    play(function(base)
      return stream.connect { port = base.port }
    end, function(_, to)
      to:send(requests)
      read_answers(to, count)
    end)
  end

  it("a file, and another behind it", function()
    local get = http.head { path = "/page.txt" }
    ask(get, http.head { path = "/page.txt", headers = {
      Range = "bytes=5-9" } }, http.head { path = "/none" }, get)
  end)

  it("a request with a body, and another behind it", function()
    ask(http.head { method = "POST", path = "/body",
      headers = { ["Content-Length"] = 6 } } .. "a body",
      http.head { method = "POST", path = "/body",
        headers = { ["Transfer-Encoding"] = "chunked" } }
        .. "3\r\nabc\r\n0\r\n\r\n")
  end)

  it("a request that is refused", function()
    ask("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n")
  end)

  it("a request of a script", function()
    local app <close> = upstream.start()
    play(join, function(_, peer)
      peer:send_message("ask", app:url "/hello", 1)
      await(peer, "reply")
    end)
  end)

  it("a reload", function()
    play(nothing, function(base)
      local _, before = base:log():gsub("reload", "")
      base:signal "HUP"
      wait.for_(PATIENCE, "the reload", function()
        return select(2, base:log():gsub("reload", "")) > before
      end)
    end)
  end)
end)

-- What grows with the first who come grows in each server once.
it("When memory runs out for the first clients of a server, others come",
  function()
    local n = 0
    repeat
      local server = failing.start { files = FILES, settings = SETTINGS }
      local count = server:fail_at(n, function(base)
        local peers = {}
        for i = 1, 14 do peers[i] = open(base) end
        for _, peer in ipairs(peers) do peer:close() end
      end)
      client.join({ port = server.base.port }):close()
      server:stop()
      n = n + 3
    until count == 0
    assert.is_true(n > 30)
  end)

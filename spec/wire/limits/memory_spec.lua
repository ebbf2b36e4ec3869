-- Memory runs out in the middle of anything, at one allocation after another:
-- whoever was being served hears of it or is disconnected, nobody waits for
-- ever, nothing leaks, and the server goes on.
local socket = require "socket"

local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local failing = require "spec.support.faults.failing"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local free_port = require "spec.support.server".free_port
local http = require "spec.support.peers.http"
local story = require "spec.support.peers.story"
local stream = require "spec.support.peers.stream"
local upstream = require "spec.support.peers.upstream"
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
  ["actions/row.lua"] = [[
local base = require "base"
return function(_, message)
  return message:respond("sent", base.send("slow", "row", message.body))
end
]],
  ["public/page.txt"] = ("a page\n"):rep(20000),
}

local SETTINGS = [[
http = function(request)
  if request.path == "/body" then return 200, request.body end
end,
limits = { authenticate_time = 3, handshake_time = 3, rate = 0, %s },
]]

local DEFLATE = { ["Sec-WebSocket-Extensions"] = "permessage-deflate" }

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

-- What opens and is told so, or not. Before the request something may be sent.
local function open(base, options, before)
  options = options or {}
  options.port = base.port
  local peer = stream.connect(options)
  peer:send((before or "") .. client.handshake {
    path = "/?user=ada", headers = options.headers,
  })
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

-- Once it is gone for one allocation, once from there on.
local function play_on(server, prepare, tell)
  for _, lasting in ipairs { false, true } do
    local count = server:play(prepare, function(base, prepared)
      tell(base, prepared)
      if prepared then prepared:close() end
    end, lasting)
    assert.is_true(count > 0, "no allocation failed")
  end
end

-- Reads answers to HTTP requests until the connection ends: how many were 200.
local function read_answers(from, count)
  local served = 0
  for _ = 1, count do
    local answer, why = http.read(from, patience())
    raise_if_late(why)
    if answer and answer.status == 200 then served = served + 1 end
    if not answer or answer.headers.connection == "close" then break end
  end
  return served
end

-- Sends requests one behind the other, and reads what is answered. Returns how
-- many were served at last, when there was memory.
local function ask_on(server, port, ...)
  local requests = table.concat { ... }
  local _, count = requests:gsub("HTTP/1.1", "")
  local served
  play_on(server, function()
    return stream.connect { port = port }
  end, function(_, to)
    to:send(requests)
    served = read_answers(to, count)
  end)
  return served
end

describe("When memory runs out during", function()
  local server

  setup(function()
    server = failing.start {
      files = FILES, settings = SETTINGS:format "",
    }
  end)

  teardown(function() server:stop() end)

  local function play(prepare, tell)
    play_on(server, prepare, tell)
  end

  it("a connection that opens", function()
    play(nothing, function(base) open(base):close() end)
  end)

  it("a connection that opens with deflate", function()
    play(nothing, function(base)
      open(base, { headers = DEFLATE }):close()
    end)
  end)

  it("a connection that opens, and closes when memory is back", function()
    local left
    local function close(base)
      if not left then return end
      local other <close> = join(base)
      for id = 1, 2 do
        other:send_message("echo", ("x"):rep(100), id)
        await(other, "echo")
      end
      left:close()
    end
    for _ = 1, 2 do
      assert.is_true(server:play(close, function(base)
        left = open(base)
      end, true) > 0)
    end
    close(server.base)
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

  it("an invalid message", function()
    play(join, function(_, peer)
      peer:send_text '{"no":"message"}'
      await(peer)
    end)
  end)

  it("a ping message, in pieces", function()
    play(join, function(_, peer)
      local bytes = frame.print { payload = '["ping",null,1]' }
      for at = 1, #bytes do peer:send_raw(bytes:sub(at, at)) end
      await(peer, "pong")
    end)
  end)

  it("deflated messages", function()
    local function join_deflating(base)
      return join(base, { headers = DEFLATE })
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

  local function ask(...)
    ask_on(server, server.base.port, ...)
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

describe("When memory runs out, in a server with", function()
  local function with(options, tell)
    options.files = FILES
    options.settings = (options.settings or "")
      .. SETTINGS:format(options.limits or "")
    local server = failing.start(options)
    tell(server)
    server:stop()
  end

  it("a listener with the PROXY protocol: a connection that opens", function()
    local header = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"
    with({
      settings = 'proxy = true, trusted_proxies = { "127.0.0.1" },',
      before = header,
    }, function(server)
      play_on(server, nothing, function(base)
        open(base, { before = header }):close()
      end)
      -- In two pieces, with the request behind it.
      play_on(server, nothing, function(base)
        open(base, { before = header:sub(1, 9) }, header:sub(10)):close()
      end)
    end)
  end)

  it("TLS: a connection that opens, and a message", function()
    local folder = story.certificate()
    with({
      settings = ([[
        tls = { certificate = "%s/certificate.pem", key = "%s/key.pem" },
      ]]):format(folder, folder),
      tls = true,
    }, function(server)
      play_on(server, nothing, function(base)
        local ok, peer = pcall(open, base, { tls = true })
        if ok then peer:close() else raise_if_late(peer) end
      end)
      play_on(server, function(base)
        return join(base, { tls = true })
      end, function(_, peer)
        peer:send_message("echo", ("hello "):rep(1000), 1)
        await(peer, "echo")
      end)
    end)
    files.remove(folder)
  end)

  it("an API: requests of the application", function()
    local key, port = "0123456789abcdef", free_port()
    local function request(method, path, body)
      return http.head { method = method, path = path, headers = {
        Authorization = "Bearer " .. key, ["Content-Length"] = #body,
      } } .. body
    end
    with({
      settings = ('api = { listen = "127.0.0.1:%d", key = "%s" },')
        :format(port, key),
    }, function(server)
      server.base:wait_log("listening", 5, 2)
      local function all_served(...)
        assert.equal(select("#", ...), ask_on(server, port, ...))
      end
      all_served(
        request("POST", "/users/bystander/send", '["told","by the API"]'),
        request("GET", "/users/bystander", ""))
      all_served(request("POST", "/batch", [[ [
        {"method": "POST", "path": "/broadcast", "body": ["told"]},
        {"method": "GET", "path": "/users/nobody"}
      ] ]]))
      all_served(request("GET", "/metrics", ""))
      -- Refused before anybody looks at the key.
      ask_on(server, port, "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n")
    end)
  end)

  it("on_slow = 'drop': a message that is lost", function()
    with({
      limits = 'queue_size = 100000, on_slow = "drop"',
    }, function(server)
      play_on(server, function(base)
        local slow = join(base, { user = "slow", receive_buffer = 4096 })
        local teller = join(base, { user = "teller" })
        repeat
          teller:send_message("row", ("x"):rep(50000), 1)
        until teller:receive_message()[2] == 0
        return { slow = slow, teller = teller, close = function()
          slow:close()
          teller:close()
        end }
      end, function(_, both)
        both.teller:send_message("row", "lost", 1)
        await(both.teller, "sent")
        -- What was taken comes whole, and then an answer.
        both.slow:send_message("echo", "here", 1)
        await(both.slow, "echo")
      end)
    end)
  end)
end)

-- What grows with the first who come grows in each server once.
it("When memory runs out for the first clients of a server, others come",
  function()
    local n = 0
    repeat
      local server = failing.start {
        files = FILES, settings = SETTINGS:format "",
      }
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

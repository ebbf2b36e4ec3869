-- Whoever reaches a limit of docs/reference/limits.md: what they hear, that it
-- counts under the limit's name and no other, and that the log says it once,
-- however often it happens. Each case has a server of its own, reaches its
-- limit twice, and leaves a bystander alone.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local deflate = require "spec.support.peers.deflate"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"
local stream = require "spec.support.peers.stream"
local wait = require "spec.support.wait"

local PATIENCE = 20 -- seconds for everything that should come

local BASE_LUA = [[
local base = require "base"
return {
  address = "127.0.0.1", drain = 0.1,
  authenticate = function(connection, register)
    local who = connection.request.query.user
    if who == "late" then base.sleep(60) end
    if who ~= "guest" then register(connection, { id = who or "ada" }) end
  end,
  http = function() end,
  api = { listen = "127.0.0.1:%d", key = "%s" },
  limits = { %s },
  %s
}]]

local FILES = {
  ["actions/wait.lua"] = [[
    return function(connection) connection:call "ready?" end]],
  -- Sends to the connections of a user, and tells what the last send returned.
  ["actions/flood.lua"] = [[
    local base = require "base"
    local text = ("x"):rep(50000)
    return function(_, message)
      local is_taken, word
      for _, each in pairs(base.users[message.body].connections) do
        is_taken, word = each:send("flood", text)
      end
      return message:respond("told", { is_taken or false, word })
    end]],
}

local function deadline()
  return socket.gettime() + PATIENCE
end

local function join(base, user)
  return client.join { port = base.port, user = user }
end

-- Sent away for now, and told when to come back.
local function assert_full(peer)
  local message = peer:receive_message()
  assert.equal("reconnect", message[1])
  assert.is_true(message[2].after >= 1 and message[2].after <= 10)
  assert.same({ 1013, "full: try again later" }, { peer:expect_close() })
end

local function assert_closed(peer, code, reason)
  assert.same({ code, reason }, { peer:expect_close() })
end

-- The next Close, whatever comes before it.
local function close_of(peer)
  local opcode, payload
  repeat opcode, payload = peer:receive() until opcode ~= frame.TEXT
  assert.equal(frame.CLOSE, opcode)
  peer:close()
  return { client.read_close(payload) }
end

local function assert_unanswered(options, bytes)
  local peer = stream.connect(options)
  if bytes then peer:send(bytes) end
  assert.equal("", peer:read_all(deadline()))
  peer:close()
end

-- Sends to a user who does not read until nothing is taken any more; returns
-- what the send says by then.
local function flood(bystander, user)
  for i = 1, 1000 do
    bystander:send_message("flood", user, i)
    local message = bystander:receive_message()
    assert.equal("told", message[1])
    if not message[2][1] then return message[2][2] end
  end
  error "it takes messages without an end"
end

local function join_slow(base, user)
  return client.join {
    port = base.port, user = user, receive_buffer = 4096,
  }
end

-- Each is: the name under which it counts; how it is reached; `limits`,
-- `settings` and `under` of its server; `line`, which the log has once; `act`,
-- which reaches the limit, for the first and the second time; and `also`: what
-- else has been counted by then. Where `least` is set it is reached more often.
-- `bystander`: how the bystander comes, false for nobody; `tls`: everybody does
-- so over TLS.
local CASES = {
  { "message_size", "with a message", limits = "message_size = 100",
    line = "warn closed with 1009 (limits.message_size)",
    act = function(base)
      local peer = join(base)
      peer:send_text(("x"):rep(101))
      assert_closed(peer, 1009, "a message of more than 100 bytes")
    end },

  { "message_size", "with a message that says more than its bytes",
    limits = "message_size = 100",
    line = "warn closed with 1009 (limits.message_size)",
    act = function(base)
      local peer = client.join { port = base.port, headers = {
        ["Sec-WebSocket-Extensions"] = "permessage-deflate",
      } }
      peer:send_frame { rsv = 4, payload = deflate.pack(("x"):rep(101)) }
      assert_closed(peer, 1009, "a message of more than 100 bytes")
    end },

  { "connections", "when the server is full", limits = "connections = 2",
    line = "warn full: 2 connections are open; new ones are refused until some "
      .. "close (limits.connections, or the limit of descriptors)",
    also = { refused = 2 },
    before = function(base) return join(base) end,
    act = function(base)
      assert_full(assert(client.connect(base)))
    end },

  { "connections", "when there are as many as the descriptors allow",
    under = { "prlimit", "--nofile=131" },
    line = "new ones are refused until some close (limits.connections, or the "
      .. "limit of descriptors)",
    also = { refused = 2 },
    before = function(base)
      local crowd, last = {}, nil
      local function is_in()
        last = assert(client.connect(base))
        local message = last:receive_message()
        if message[1] == "authenticated" then return true end
        assert.equal("reconnect", message[1])
        assert_closed(last, 1013, "full: try again later")
      end
      while is_in() do
        crowd[#crowd + 1] = last
        assert.is_true(#crowd < 131, "as many as there are descriptors")
      end
      return table.unpack(crowd)
    end,
    act = function(base, i)
      if i == 2 then assert_full(assert(client.connect(base))) end
    end },

  { "connections_per_user", "with connections of one user",
    limits = "connections_per_user = 1",
    line = "closed with 4009: user ada has 1 connections already "
      .. "(limits.connections_per_user)",
    before = function(base) return join(base) end,
    act = function(base)
      assert_closed(assert(client.connect(base)), 4009,
        "too many connections of this user")
    end },

  { "connections_per_user", "with connections of one user, the oldest of them",
    limits = "connections_per_user = 1, on_exceed = 'close_oldest'",
    line = "closed with 4009: user ada has 1 connections already "
      .. "(limits.connections_per_user)",
    act = function(base)
      local oldest, newest = join(base), join(base)
      assert_closed(oldest, 4009, "too many connections of this user")
      newest:send_close(1000)
      newest:expect_close()
    end },

  { "connections_per_address", "with connections of one address",
    limits = "connections_per_address = 1",
    line = "warn refused: too many connections of this address "
      .. "(limits.connections_per_address) address=127.0.0.1",
    bystander = { from = "127.0.0.9" }, also = { refused = 1 },
    before = function(base) return join(base) end,
    act = function(base, i)
      if i == 1 then
        assert_closed(assert(client.connect(base)), 4009,
          "too many connections of this address")
      else
        assert.equal(429, http.request({ port = base.port }).status)
      end
    end },

  { "rate", "with many messages", limits = "rate = 1, burst = 5",
    line = "warn closed with 4029 (limits.rate)",
    also = { errors = { rate = 18 } },
    act = function(base)
      local peer = join(base)
      peer:send_raw(frame.print { payload = '["ping",1,2]' }:rep(15))
      for _ = 1, 5 do
        assert.same({ "pong", 1, 2 }, peer:receive_message())
      end
      for _ = 1, 9 do
        assert.same({ "error",
          { code = "rate", message = "too many messages a second" }, 2 },
          peer:receive_message())
      end
      assert_closed(peer, 4029, "too many messages a second")
    end },

  { "inflated", "with more at once than is inflated",
    limits = "message_size = 100000, rate = 0",
    line = "warn closed with 4029 (the messages of one read inflate to",
    act = function(base)
      local peer = client.join { port = base.port, headers = {
        ["Sec-WebSocket-Extensions"] = "permessage-deflate",
      } }
      local text = '["ping","' .. ("x"):rep(99980) .. '"]'
      local small = frame.print { rsv = 4, payload = deflate.pack(text, 9) }
      base:signal "STOP" -- so that all of it comes in one read
      peer:send_raw(small:rep(100))
      base:signal "CONT"
      assert.same({ 4029, "too much at once" }, close_of(peer))
    end },

  { "queue_size", "by not reading", limits = "queue_size = 200000",
    line = "warn closed with 4008: reads too slowly (limits.queue_size)",
    act = function(base, i, bystander)
      local slow = join_slow(base, "slow" .. i)
      assert.equal("closed", flood(bystander, "slow" .. i))
      assert.same({ 4008, "reads too slowly" }, close_of(slow))
    end },

  { "queue_size", "by not reading, and loses messages",
    limits = "queue_size = 200000, on_slow = 'drop'",
    line = "warn reads too slowly: messages that do not fit into "
      .. "limits.queue_size are dropped (limits.on_slow)",
    also = { dropped = 6 },
    act = function(base, i, bystander)
      local slow = join_slow(base, "slow" .. i)
      for _ = 1, 3 do
        assert.equal("slow", flood(bystander, "slow" .. i))
      end
      slow:close()
    end },

  { "pending_messages", "with messages that wait",
    limits = "pending_messages = 1",
    line = "warn message refused: limits.pending_messages, or four "
      .. "times limits.message_size, are waiting",
    also = { errors = { busy = 2 } },
    act = function(base)
      local peer = join(base)
      for id = 1, 3 do peer:send_message("wait", nil, id) end
      assert.equal("ready?", peer:receive_message()[1])
      local answer = peer:receive_message()
      assert.same({ "error", "busy", "too many messages are waiting", 3 },
        { answer[1], answer[2].code, answer[2].message, answer[3] })
      peer:close()
    end },

  { "pending_messages", "with a few large messages that wait",
    limits = "message_size = 100",
    line = "warn message refused: limits.pending_messages, or four "
      .. "times limits.message_size, are waiting",
    also = { errors = { busy = 2 } },
    act = function(base)
      local peer = join(base)
      for id = 1, 6 do peer:send_message("wait", ("x"):rep(87), id) end
      assert.equal("ready?", peer:receive_message()[1])
      local answer = peer:receive_message()
      assert.same({ "error", "busy", "too many messages are waiting", 6 },
        { answer[1], answer[2].code, answer[2].message, answer[3] })
      peer:close()
    end },

  { "pending_messages", "with raw text that waits",
    limits = "pending_messages = 1", bystander = false,
    settings = "on = { text = function() base.sleep(60) end },",
    line = "warn message refused: limits.pending_messages, or four "
      .. "times limits.message_size, are waiting",
    act = function(base)
      local peer = client.connect(base)
      for _ = 1, 3 do peer:send_text "x" end
      assert_closed(peer, 1013, "too many messages are waiting")
    end },

  { "waiting_per_user", "with messages of several connections",
    limits = "waiting_per_user = 6000",
    line = "warn message refused: too many messages of its user are waiting "
      .. "(limits.waiting_per_user) connection=",
    also = { errors = { busy = 2 } },
    act = function(base, i)
      local first, second = join(base, "eve" .. i), join(base, "eve" .. i)
      first:send_message("wait", ("x"):rep(4000), 1)
      assert.equal("ready?", first:receive_message()[1])
      second:send_message("wait", ("x"):rep(4000), 2)
      local answer = second:receive_message()
      assert.same({ "error", "busy", "too many messages are waiting", 2 },
        { answer[1], answer[2].code, answer[2].message, answer[3] })
      first:close()
      second:close()
    end },

  { "waiting_per_user", "with raw text of several connections",
    limits = "waiting_per_user = 6000", bystander = false,
    settings = [[on = { text = function(connection)
      base.log.info("said " .. connection.user.id:match "%d")
      base.sleep(60)
    end },]],
    line = "user are waiting (limits.waiting_per_user) connection=",
    act = function(base, i)
      local first = client.connect { port = base.port, user = "eve" .. i }
      local second = client.connect { port = base.port, user = "eve" .. i }
      first:send_text(("x"):rep(5000))
      base:wait_log(("said %d"):format(i))
      second:send_text(("x"):rep(5000))
      assert_closed(second, 1013, "too many messages are waiting")
      first:close()
    end },

  { "waiting_per_user", "with messages that are not whole",
    limits = "waiting_per_user = 60000",
    line = "warn closed with 1013 (limits.waiting_per_user) connection=",
    act = function(base, i)
      local function begin(size)
        local peer = join(base, "eve" .. i)
        peer:send_frame { fin = false, payload = ("x"):rep(size) }
        peer:send_frame { opcode = frame.PING, payload = "taken?" }
        return peer
      end
      -- One alone may be as large as a message may be.
      local first = begin(65000)
      assert.same({ frame.PONG, "taken?" }, { first:receive() })
      assert_closed(begin(10), 1013, "too many messages are waiting")
      first:send_frame { opcode = frame.CONTINUATION, payload = "x" }
      assert.equal("invalid", first:receive_message()[2].code)
      local second = begin(10)
      assert.same({ frame.PONG, "taken?" }, { second:receive() })
      first:close()
      second:close()
    end, also = { errors = { invalid = 2 } } },

  { "waiting_per_address", "with messages of several users",
    limits = "waiting_per_address = 6000",
    line = "warn message refused: too many messages of its address are waiting "
      .. "(limits.waiting_per_address) connection=",
    also = { errors = { busy = 2 } },
    before = function(base)
      local first = join(base, "ada")
      first:send_message("wait", ("x"):rep(4000), 1)
      assert.equal("ready?", first:receive_message()[1])
      return first
    end,
    act = function(base, i)
      local second = join(base, "eve" .. i)
      second:send_message("wait", ("x"):rep(4000), 2)
      assert.equal("busy", second:receive_message()[2].code)
      second:close()
    end },

  { "handshake_time", "with half a request, or none",
    limits = "handshake_time = 0.5",
    line = "warn refused (limits.handshake_time) address=127.0.0.1",
    act = function(base, i)
      if i == 2 then return assert_unanswered { port = base.port } end
      local answer = http.request { port = base.port, raw = "GET / HT" }
      assert.equal(408, answer.status)
      assert.matches("limits.handshake_time", answer.body, 1, true)
    end },

  { "handshake_time", "with half a body", limits = "handshake_time = 0.5",
    line = "warn refused (limits.handshake_time) address=127.0.0.1",
    act = function(base)
      local answer = http.request { port = base.port, raw = http.head {
        method = "POST", headers = { ["Content-Length"] = 10 },
      } .. "half" }
      assert.equal(408, answer.status)
      assert.matches("limits.handshake_time", answer.body, 1, true)
    end },

  { "http_reader", "with an answer that nobody reads",
    limits = "handshake_time = 0.3",
    settings = "http = (function(body) return function() return 200, body end "
      .. "end)(('x'):rep(8 << 20)),",
    line = "warn closed: the client reads a response too slowly "
      .. "(limits.handshake_time) address=127.0.0.1",
    act = function(base)
      local wire = stream.connect { port = base.port, receive_buffer = 4096 }
      wire:send(http.head {})
      assert.equal(200, http.read_head(wire, deadline()).status)
      wait.for_(PATIENCE, "its end", function()
        return not wire:send "\r\n"
      end)
    end },

  { "hosts", "with another host",
    line = "warn refused: the Host is not a name of this machine; hosts = "
      .. '{ "evil.example" } in base.lua would allow it',
    act = function(base)
      assert.equal(421, http.request { port = base.port,
        headers = { Host = "evil.example" } }.status)
    end },

  { "authenticate_time", "with authenticate",
    limits = "authenticate_time = 0.2",
    line = "warn closed with 4010: authentication took too long "
      .. "(limits.authenticate_time)",
    act = function(base)
      local peer = client.connect { port = base.port, user = "late" }
      assert_closed(peer, 4010, "authentication took too long")
    end },

  { "guest_time", "as a guest", limits = "guest_time = 0.2",
    line = "warn closed with 4010: not registered in time (limits.guest_time)",
    act = function(base)
      local peer = client.connect { port = base.port, user = "guest" }
      assert_closed(peer, 4010, "not registered in time")
    end },

  { "http_head", "with the head of a request", limits = "http_head = 400",
    line = "warn refused (limits.http_head) address=127.0.0.1",
    act = function(base)
      local answer =
        http.request { port = base.port, path = "/" .. ("x"):rep(400) }
      assert.equal(431, answer.status)
      assert.matches("limits.http_head", answer.body, 1, true)
    end },

  { "http_body", "with its body", limits = "http_body = 9",
    line = "warn refused (limits.http_body) address=127.0.0.1",
    act = function(base)
      local answer = http.request { port = base.port, method = "POST",
        body = ("x"):rep(10), headers = { ["Content-Length"] = 10 } }
      assert.equal(413, answer.status)
      assert.matches("limits.http_body", answer.body, 1, true)
    end },

  { "http_sockets", "by coming and saying nothing", least = 2,
    under = { "prlimit", "--nofile=131" },
    limits = "handshake_time = 0, connections = 3",
    line = "their share of the descriptors; each new one closes the one ",
    before = function(base)
      local crowd = {}
      for i = 1, 50 do crowd[i] = stream.connect { port = base.port } end
      return table.unpack(crowd)
    end,
    act = function() end },

  { "origins", "with a page from elsewhere",
    line = "warn refused a page of https://evil.example: its host is not "
      .. "localhost; origins = { \"https://evil.example\" } in base.lua",
    act = function(base)
      local peer, answer = client.connect { port = base.port,
        headers = { Origin = "https://evil.example" } }
      assert.is_nil(peer)
      assert.equal(403, answer.status)
    end },

  { "proxy", "without the header of a proxy, at once or in time",
    limits = "handshake_time = 0.5", settings = "proxy = true,",
    bystander = { before = "PROXY UNKNOWN\r\n" },
    line = "warn refused: this listener requires a PROXY header "
      .. "address=127.0.0.1",
    act = function(base, i)
      assert_unanswered({ port = base.port },
        i == 1 and http.head {} or "PROXY TC")
    end },

  { "proxy", "late with the header of a proxy",
    limits = "handshake_time = 0.5", settings = "proxy = true,",
    bystander = { before = "PROXY UNKNOWN\r\n" },
    line = "warn refused: no PROXY header in time (limits.handshake_time) "
      .. "address=127.0.0.1",
    act = function(base) assert_unanswered { port = base.port } end },

  { "trusted_proxies", "as a proxy that is not known", bystander = false,
    settings = 'proxy = true, trusted_proxies = { "10.0.0.0/8" },',
    line = "warn refused: this proxy is not listed in trusted_proxies "
      .. "address=127.0.0.1",
    act = function(base)
      assert_unanswered({ port = base.port }, "PROXY UNKNOWN\r\n")
    end },
}

local function start(case)
  local port = server.free_port()
  local project = { ["base.lua"] = BASE_LUA:format(port, application.key,
    case.limits or "", case.settings or "") }
  for path, text in pairs(FILES) do project[path] = text end
  local base = server.start { files = project, under = case.under }
  base:wait_log("listening", PATIENCE, 2)
  return base, application.at(port, case.tls)
end

local function join_bystander(base, case)
  if case.bystander == false then return nil end
  local all = { port = base.port, tls = case.tls, user = "bystander" }
  for name, value in pairs(case.bystander or {}) do all[name] = value end
  return client.join(all)
end

local function assert_served(bystander)
  if not bystander then return end
  bystander:send_message("ping", "still there?", 1)
  assert.same({ "pong", "still there?", 1 }, bystander:receive_message())
  bystander:close()
end

-- Waits until a limit has been reached so often, and sees that no other was.
local function wait_limited(app, case, count)
  local limited
  wait.for_(PATIENCE, case[1] .. " to be counted", function()
    limited = app:stats().limited
    return case.least and limited[case[1]] >= case.least
      or limited[case[1]] == count
  end)
  for name, number in pairs(limited) do
    assert.equal(name == case[1] and limited[name] or 0, number, name)
  end
end

-- What /stats and /metrics know beside the limit itself.
local function assert_counted(app, case)
  local stats, metrics = app:stats(), app:metrics()
  local also = case.also or {}
  local sample = ('base_limited_total{limit="%s"}'):format(case[1])
  assert.is_true(metrics[sample] >= (case.least or 2), sample)
  if not case.least then assert.equal(2, metrics[sample]) end
  assert.equal(also.dropped or 0, stats.dropped)
  assert.equal(also.dropped or 0, metrics.base_messages_dropped_total)
  assert.equal(also.refused or 0, stats.refused)
  assert.equal(also.refused or 0, metrics.base_connections_refused_total)
  for code, number in pairs(stats.errors) do
    local wanted = also.errors and also.errors[code] or 0
    assert.equal(wanted, number, code)
    assert.equal(wanted, metrics[('base_errors_total{code="%s"}'):format(code)])
  end
end

local function count_of(text, line)
  local count, at = 0, 1
  while true do
    local first, last = text:find(line, at, true)
    if not first then return count end
    count, at = count + 1, last + 1
  end
end

local function check(case)
  local base <close>, app = start(case)
  local bystander = join_bystander(base, case)
  local others = case.before and { case.before(base) } or {}
  for i = 1, 2 do
    case.act(base, i, bystander)
    wait_limited(app, case, i)
    assert.equal(1, count_of(base:log(), case.line), base:log())
  end
  assert_counted(app, case)
  for _, other in ipairs(others) do other:close() end
  assert_served(bystander)
end

describe("Reaching a limit is logged and counted:", function()
  for _, case in ipairs(CASES) do
    it(case[2], function() check(case) end)
  end

  it("with half a TLS handshake, or none", function()
    local folder = story.certificate()
    check { "handshake_time", limits = "handshake_time = 0.5", tls = true,
      settings = ('tls = { certificate = "%s/certificate.pem", '
        .. 'key = "%s/key.pem" },'):format(folder, folder),
      line = "warn refused (limits.handshake_time) address=127.0.0.1",
      act = function(base, i)
        assert_unanswered({ port = base.port }, i == 1 and "\x16\x03\x01")
      end,
    }
    files.remove(folder)
  end)

  it("with TLS records that bring no data", function()
    local folder = story.certificate()
    check { "tls_records", tls = true,
      settings = ('tls = { certificate = "%s/certificate.pem", '
        .. 'key = "%s/key.pem" },'):format(folder, folder),
      line = "warn closed (TLS records without data) address=127.0.0.1",
      act = function(base)
        local peer = process.start { server.program "base-tls-flood",
          "updates:33", "client", base.port }
        assert.equal(0, peer:wait_end(PATIENCE), peer:log())
        peer:remove()
      end,
    }
    files.remove(folder)
  end)
end)

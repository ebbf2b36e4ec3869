-- A reload takes every setting: it applies, or the log says what it needs.
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local settings = require "base.settings"
local stream = require "spec.support.peers.stream"

local KEY, OTHER_KEY = ("k"):rep(16), ("o"):rep(16)
local WORDS = {}
for i = 1, 400 do WORDS[i] = ("%d words %x"):format(i * i, i * 7919) end
local TEXT = table.concat(WORDS, " ")

local FILES = {
  ["public/x.txt"] = "x",
  ["actions/who.lua"] = "return function(_, m) return m:respond 'actions' end",
  ["more/who.lua"] = "return function(_, m) return m:respond 'more' end",
  ["actions/say.lua"] =
    "return function(_, m) return m:respond('said', m.body) end",
  ["actions/sleep.lua"] = [[
    local base = require "base"
    return function(_, m) base.sleep(m.body) return m:respond "slept" end]],
  ["actions/loop.lua"] = [[
    return function(_, m)
      local ends = os.clock() + m.body
      repeat until os.clock() > ends
      return m:respond "looped"
    end]],
  ["actions/eat.lua"] = [[
    return function(_, m) return m:respond("ate", #("x"):rep(m.body)) end]],
  ["actions/time.lua"] = [[
    local base = require "base"
    return function(_, m)
      for _ = 1, 2 do base.after(60, print) end
      return m:respond "timed"
    end]],
  ["actions/raise.lua"] = "return function() error 'raised' end",
}

local AUTHENTICATE = [[
  authenticate = function(connection, register)
    register(connection, { id = "ada" })
  end,]]

-- Where scripts and the application speak: neither is asked for here.
local API = [[api = { listen = "127.0.0.1:%d", key = "%s" },]]

describe("A reload", function()
  local base, api_port

  local function write(given, key)
    local text = given:find "authenticate =" and given or given .. AUTHENTICATE
    if not text:find "listen = \":" then
      if not text:find "address =" then
        text = 'address = "127.0.0.1", ' .. text
      end
      if not text:find "port =" then
        text = ("port = %d, "):format(base.port) .. text
      end
    end
    if not text:find "api =" then
      text = API:format(api_port, key or KEY) .. text
    end
    files.write(base.dir .. "/base.lua",
      "local base = require 'base' return {" .. text .. "}")
  end

  local function reload(given)
    local before = #base:log()
    write(given)
    base:reload()
    return base:log():sub(before + 1)
  end

  setup(function()
    local port = server.free_port()
    api_port = server.free_port()
    local all = { ["base.lua"] =
      ("return { address = '127.0.0.1', port = %d, "):format(port)
        .. API:format(api_port, KEY) .. AUTHENTICATE .. "}" }
    for path, text in pairs(FILES) do all[path] = text end
    base = server.start { files = all, port = false }
    base.port = port
  end)
  teardown(function() base:stop() end)

  -- What comes first of these: an answer's command, an error's code, a Close's.
  local function hear(peer, seconds)
    local opcode, payload = peer:receive(seconds)
    if not opcode then return payload end
    if opcode == frame.CLOSE then return (client.read_close(payload)) end
    if opcode == frame.BINARY then return "binary" end
    if opcode == frame.PING then return "ping" end
    return payload:match '"code":"(%w+)"' or payload:match '^%["(%w+)"'
      or payload
  end

  -- Joins, says these messages, and hears what comes.
  local function ask(...)
    local peer = client.join { port = base.port }
    for _, message in ipairs { ... } do
      peer:send_message(message[1], message[2], 1)
    end
    local heard = hear(peer)
    peer:close()
    return heard
  end

  local function connect(options)
    options = options or {}
    options.port = base.port
    local peer, answer = client.connect(options)
    if not peer then return answer.status end
    local heard = options.header and peer.answer.headers[options.header]
      or options.header == nil and hear(peer) or nil
    peer:close()
    return heard
  end

  -- Whoever is there before, and who comes then.
  local function second()
    local first = client.join { port = base.port }
    local peer, answer = client.connect { port = base.port }
    local heard = peer and hear(peer) or answer.status
    if peer then peer:close() end
    first:close()
    return heard
  end

  local function get(path, headers)
    return http.request { port = base.port, path = path, headers = headers }
  end

  local function deflated()
    local peer = client.join { port = base.port, headers = {
      ["Sec-WebSocket-Extensions"] = "permessage-deflate" } }
    peer:send_message("say", TEXT:sub(1, 2000), 1)
    local _, _, bytes = peer:receive()
    peer:close()
    return bytes and #bytes or "as it is"
  end

  -- How a socket that says nothing ends, within two seconds.
  local function silent()
    local peer = stream.connect { port = base.port }
    local _, why = peer:read(1, socket.gettime() + 2)
    peer:close()
    return why
  end

  local function hears_raw(payload, opcode)
    local peer, answer = client.connect { port = base.port }
    assert(peer, answer)
    peer:send_frame { payload = payload, opcode = opcode }
    local heard = hear(peer)
    if heard == "authenticated" then heard = hear(peer) end
    peer:close()
    return heard
  end

  local function rated()
    return ask({ "sleep", 0.2 }, { "say" }, { "say" })
  end

  local function prints(word)
    return function()
      local peer = client.join { port = base.port }
      peer:send_message("raise", nil, 1)
      hear(peer)
      peer:close()
      base:wait_log(word)
    end
  end

  -- Says these texts; the last of as many answers.
  local function say(peer, ...)
    for _, text in ipairs { ... } do peer:send_text(text) end
    local message
    for _ = 1, select("#", ...) do message = peer:receive_message() end
    return message
  end

  -- Joins these rooms, one after the other: "$joined", or the error's code.
  local function join(...)
    local peer, message = client.join { port = base.port }, nil
    for _, room in ipairs { ... } do
      message = say(peer, ('["$join",null,1,"%s"]'):format(room))
    end
    peer:close()
    return message[2].code or message[1]
  end

  local function listed()
    local first = client.join { port = base.port }
    local other = client.join { port = base.port }
    say(first, '["$join",null,1,"room"]')
    local body = say(other, '["$join",null,1,"room"]')[2]
    first:close()
    other:close()
    return body.members and "listed" or body.count and "counted"
  end

  -- How many of two messages the history has.
  local function kept()
    local peer = client.join { port = base.port }
    local body = say(peer, '["said",1,1,"room"]', '["said",2,2,"room"]',
      '["$join",{"last":9},3,"room"]')[2]
    peer:close()
    return #body.missed
  end

  local WHO = [[http = function(request) return 200, request.address end,]]
  local GUEST = "authenticate = function() end, "
  local LISTED = [[channels = { ["*"] = { presence = true } },
    authenticate = function(c, register) register(c, { id = c.id }) end, ]]
  local KEPT = [[channels = {
    ["*"] = { public = true, send = true, history = { size = 2 } } }, ]]
  local SLOW = "authenticate = function() base.sleep(3) end, "

  -- name -> settings before and after, what is to be seen, and how. Without a
  -- `before` that stands beside it the defaults count.
  local applies = {
    path = { "", 'path = "/socket",', { "authenticated", 404 }, connect },
    origins = { "", 'origins = { "https://a.example" },',
      { "authenticated", 403 }, function()
        return connect { headers = { Origin = "http://localhost" } }
      end },
    http_keep_alive = { "", "http_keep_alive = 7,",
      { "timeout=75", "timeout=7" }, function()
        return get("/x.txt").headers["keep-alive"]
      end },
    hosts = { "", 'hosts = { "a.example" },', { 421, 200 }, function()
      return get("/x.txt", { Host = "a.example" }).status
    end },
    protocols = { "", 'protocols = { "chess" },', { nil, "chess" },
      function()
        return connect { header = "sec-websocket-protocol",
          headers = { ["Sec-WebSocket-Protocol"] = "chess" } }
      end },
    trusted_proxies = { WHO, 'trusted_proxies = { "127.0.0.1" },' .. WHO,
      { "127.0.0.1", "192.0.2.7" }, function()
        return get("/", { ["X-Forwarded-For"] = "192.0.2.7" }).body
      end },
    public = { "", "public = false,", { 200, 404 }, function()
      return get("/x.txt").status
    end },
    http = { "", "http = function() return 204 end,", { 404, 204 }, function()
      return get("/").status
    end },
    authenticate = { "", GUEST, { "said", "timeout" }, function()
      local peer = client.connect { port = base.port }
      peer:send_message("say", 1, 1)
      local heard = hear(peer, 0.3)
      if heard == "authenticated" then heard = hear(peer) end
      peer:close()
      return heard == 4001 and "timeout" or heard
    end },
    welcome = { "", 'welcome = function() return "hello" end,',
      { "ada", "hello" }, function()
        local peer = client.join { port = base.port }
        peer:close()
        local body = peer.authenticated
        return type(body) == "table" and body.id or body
      end },
    ["actions.path"] = { "", 'actions = { path = "more" },',
      { "actions", "more" }, function() return ask { "who" } end },
    ["actions.public"] = { GUEST, GUEST .. 'actions = { public = { "who" } },',
      { 4001, "actions" }, function() return hears_raw '["who"]' end },
    ["actions.resolver"] = { "", [[actions = { resolver = function()
        return function(_, m) return m:respond "found" end
      end },]], { "unknown", "found" }, function() return ask { "x" } end },
    ["on.before"] = { "", "on = { before = function() return false end },",
      { "actions", "forbidden" }, function() return ask { "who" } end },
    ["on.text"] = { "", "on = { text = function(c) c:send_text 'raw' end },",
      { "invalid", "raw" }, function() return hears_raw "text" end },
    ["on.binary"] = { "",
      "on = { binary = function(c) c:send_binary 'raw' end },",
      { 1003, "binary" }, function()
        return hears_raw("bytes", frame.BINARY)
      end },
    deflate = { "deflate = false,", "", { nil, "permessage-deflate" },
      function()
        local answer = connect { header = "sec-websocket-extensions", headers =
          { ["Sec-WebSocket-Extensions"] = "permessage-deflate" } }
        return answer and answer:match "^[%w-]+"
      end },
    ["deflate.threshold"] = { "deflate = { threshold = 9999 },",
      "deflate = { threshold = 1 },", { "as it is", "deflated" }, function()
        return deflated() == "as it is" and "as it is" or "deflated"
      end },
    ["heartbeat.interval"] = { nil, "heartbeat = { interval = 1 },",
      { nil, "ping" }, function()
        local peer = client.join { port = base.port }
        local heard = hear(peer, 5)
        peer:close()
        return heard
      end },
    ["heartbeat.timeout"] = { nil,
      "heartbeat = { interval = 1, timeout = 1 },", { nil, "ended" }, function()
        local peer = client.join { port = base.port }
        assert.equal("ping", hear(peer, 5))
        local heard = hear(peer, 5)
        peer:close()
        return heard == "timeout" and "goes on" or "ended"
      end },
    ["limits.message_size"] = { "", "limits = { message_size = 30 },",
      { "said", 1009 }, function() return ask { "say", ("x"):rep(40) } end },
    ["limits.connections"] = { "", "limits = { connections = 1 },",
      { "authenticated", "reconnect" }, second },
    ["limits.connections_per_user"] = { "",
      "limits = { connections_per_user = 1 },",
      { "authenticated", 4009 }, second },
    ["limits.connections_per_address"] = { "",
      "limits = { connections_per_address = 1 },",
      { "authenticated", 4009 }, second },
    ["limits.on_exceed"] = { "limits = { connections_per_user = 1 },",
      'limits = { connections_per_user = 1, on_exceed = "close_oldest" },',
      { 4009, "authenticated" }, second },
    ["limits.rate"] = { "limits = { rate = 0, burst = 1 },",
      "limits = { rate = 1, burst = 1 },", { "slept", "rate" }, rated },
    ["limits.burst"] = { "limits = { rate = 1, burst = 9 },",
      "limits = { rate = 1, burst = 1 },", { "slept", "rate" }, rated },
    ["limits.pending_messages"] = { "", "limits = { pending_messages = 1 },",
      { "slept", "busy" }, function()
        return ask({ "sleep", 0.3 }, { "say" }, { "say" }, { "say" })
      end },
    ["limits.handshake_time"] = { "", "limits = { handshake_time = 0.2 },",
      { "timeout", "closed" }, silent },
    ["limits.authenticate_time"] = { nil,
      SLOW .. "limits = { authenticate_time = 0.2 },", { nil, 4010 }, connect },
    ["limits.guest_time"] = { nil, GUEST .. "limits = { guest_time = 0.2 },",
      { nil, 4010 }, connect },
    ["limits.run_time"] = { "limits = { run_time = 20 },",
      "limits = { run_time = 0.1 },", { "looped", "failed" }, function()
        return ask { "loop", 0.4 }
      end },
    ["limits.action_time"] = { "", "limits = { action_time = 0.1 },",
      { "slept", "timeout" }, function() return ask { "sleep", 0.5 } end },
    ["limits.timers"] = { "", "limits = { timers = 1 },", { "timed", "busy" },
      function() return ask { "time" } end },
    ["limits.coroutines"] = { "", "limits = { coroutines = 1 },",
      { "slept", "busy" }, function()
        local other = client.join { port = base.port }
        other:send_message("sleep", 1, 1)
        local heard = ask { "sleep", 0.1 }
        other:close()
        return heard
      end },
    ["limits.run_memory"] = { "", "limits = { run_memory = 100000 },",
      { "ate", "failed" }, function() return ask { "eat", 1000000 } end },
    ["limits.http_head"] = { "", "limits = { http_head = 100 },", { 404, 431 },
      function() return get("/", { X = ("x"):rep(100) }).status end },
    ["limits.http_body"] = { WHO, WHO .. "limits = { http_body = 5 },",
      { 200, 413 }, function()
        return http.request { port = base.port, method = "POST",
          body = "123456", headers = { ["Content-Length"] = 6 } }.status
      end },
    channels = { "", "channels = { room = {} },", { "forbidden", "$joined" },
      function() return join "room" end },
    ["limits.channels"] = { 'channels = { ["*"] = {} },',
      'channels = { ["*"] = {} }, limits = { channels = 1 },',
      { "$joined", "limit" }, function() return join("a", "b") end },
    ["limits.members_listed"] = { LISTED,
      LISTED .. "limits = { members_listed = 1 },", { "listed", "counted" },
      listed },
    ["limits.history_memory"] = { KEPT,
      KEPT .. "limits = { history_memory = 1 },", { 2, 1 }, kept },
    ["log.format"] = { "", 'log = { format = "json" },', { "text", "json" },
      function()
        return base:log():match "[^\n]*reloaded[^\n]*\n$":find "^{"
          and "json" or "text"
      end },
  }

  -- Whose effect is a line in the log.
  local logs = {
    ["on.connect"] = "connect = function() print 'on.connect runs' end",
    ["on.disconnect"] =
      "disconnect = function() print 'on.disconnect runs' end",
    ["on.online"] = "online = function() print 'on.online runs' end",
    ["on.error"] = "error = function() print 'on.error runs' end",
    ["on.reload"] = "reload = function() print 'on.reload runs' end",
    offline_after = "offline = function() print 'offline_after runs' end",
    ["on.offline"] = "offline = function() print 'on.offline runs' end",
  }

  -- What is said to need a restart.
  local restarts = {
    port = function() return "port = 1," end,
    address = function() return 'address = "127.0.0.2",' end,
    proxy = function() return "proxy = true," end,
    listen = function() return 'listen = ":1",' end,
    user = function() return 'user = "nobody",' end,
    ["api.listen"] = function()
      return API:format(server.free_port(), KEY)
    end,
    ["tls.certificate"] = function()
      return ('tls = { certificate = "%s", key = "%s" },'):format("x.pem",
        "x.pem")
    end,
  }
  restarts["tls.key"] = restarts["tls.certificate"]

  -- Whose effect is shown elsewhere, with and without a reload.
  local elsewhere = {
    drain = "spec/wire/operate/signals_spec.lua",
    ["limits.queue_size"] = "spec/wire/messages/slow_reader_spec.lua",
    ["limits.waiting_per_user"] = "spec/bind/kept_spec.lua",
    ["limits.waiting_per_address"] = "spec/bind/kept_spec.lua",
    ["limits.slow_run"] = "spec/bind/slow_spec.lua",
    ["limits.memory"] = "spec/wire/limits/memory_spec.lua",
    ["limits.on_slow"] = "spec/wire/messages/slow_reader_spec.lua",
    ["http_client.connections"] = "spec/wire/client/limits_spec.lua",
    ["http_client.queue"] = "spec/wire/client/limits_spec.lua",
    ["http_client.keep_alive"] = "spec/wire/client/limits_spec.lua",
  }

  -- Below, under names of their own.
  local more = { ["api.key"] = true, ["log.level"] = true,
    ["deflate.level"] = true }

  for name, case in pairs(applies) do
    it("takes " .. name, function()
      local before, after, seen, look = table.unpack(case, 1, 4)
      if before then
        reload(before)
        assert.equal(seen[1], look())
      end
      reload(after)
      assert.equal(seen[2], look())
    end)
  end

  for name, hook in pairs(logs) do
    it("takes " .. name, function()
      reload ""
      -- Somebody who was not here before.
      reload(("offline_after = 0, on = { %s }, authenticate = "
        .. "function(c, register) register(c, { id = %q }) end,"):format(hook,
          name))
      prints(name .. " runs")()
    end)
  end

  for name, make in pairs(restarts) do
    it("says that " .. name .. " needs a restart", function()
      reload ""
      files.write(base.dir .. "/x.pem", "")
      local log = reload(make())
      assert.matches("needs a restart", log, 1, true)
      assert.matches(name:match "^tls" or name, log, 1, true)
      assert.equal(1, select(2, log:gsub("needs a restart", "")), log)
    end)
  end

  it("takes the key of the API", function()
    local function status_with(key)
      return http.request { port = api_port, path = "/stats",
        headers = { Authorization = "Bearer " .. key } }.status
    end
    reload ""
    assert.same({ 200, 401 }, { status_with(KEY), status_with(OTHER_KEY) })
    write("", OTHER_KEY)
    base:reload()
    assert.same({ 401, 200 }, { status_with(KEY), status_with(OTHER_KEY) })
  end)

  it("takes log.level", function()
    reload 'log = { level = "debug" },'
    client.join { port = base.port }:close()
    base:wait_log "debug connected"
  end)

  it("takes deflate.level", function()
    reload "deflate = { level = 1 },"
    local fast = deflated()
    reload "deflate = { level = 9 },"
    assert.is_true(deflated() < fast)
  end)

  it("leaves no setting out", function()
    local groups = {}
    for _, row in ipairs(settings) do groups[row.group or ""] = true end
    for _, row in ipairs(settings) do
      local name = row.name:match '^channels%f[[]' or row.name
      local file = elsewhere[name]
      assert.truthy(groups[name] or applies[name] or logs[name]
        or restarts[name] or more[name] or file, name)
      if file then
        assert.truthy(files.read(file):find(row.key, 1, true), name)
      end
    end
  end)
end)

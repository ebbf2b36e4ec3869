-- A new process in the place of the old one: nobody who connects notices, and
-- who is connected goes over at a moment of their own.
local socket = require "socket"

local client = require "spec.support.peers.client"
local clock = require "spec.support.faults.clock"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"
local wait = require "spec.support.wait"

local BASE_LUA = [[
local base = require "base"
return {
  %s
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.user or "ada" })
  end,
}
]]

local FILES = {
  ["actions/who.lua"] = [[
    local name = "old"
    return function(_, message)
      return message:respond(name, message.body)
    end]],
  ["actions/slow.lua"] = [[
    local base = require "base"
    return function(connection, message)
      connection:send("begun")
      base.sleep(message.body)
      return message:respond("done")
    end]],
  ["actions/ask.lua"] = [[
    return function(connection, message)
      local answer, word = connection:call("question", 1, 60)
      return message:respond("answer", answer or word)
    end]],
}

local function project(settings)
  local all = { ["base.lua"] = BASE_LUA:format(settings) }
  for path, text in pairs(FILES) do all[path] = text end
  return all
end

-- A server of which each part of the spec may start successors.
local function start(settings, options)
  options = options or {}
  options.files = project(settings or "drain = 1,")
  local base = server.start(options)
  files.write(base.dir .. "/actions/who.lua",
    (FILES["actions/who.lua"]:gsub("old", "new")))
  return base
end

local function is_running(id)
  return (files.read("/proc/" .. id .. "/stat") or ") Z"):match "%) (%a)" ~= "Z"
end

-- The ids of all processes that were started to take over.
local function successors(base)
  local ids = {}
  for id in base:log():gmatch "process (%d+) is starting" do
    ids[#ids + 1] = id
  end
  return ids
end

local function upgrade(base)
  base:signal "USR2"
  base:wait_log("is ready and takes over", 20)
end

-- Ends the process that is there now, and looks for what sanitizers say.
local function finish(base)
  base:wait_log "\n%S+ info ended\n"
  local ids = successors(base)
  os.execute("kill -TERM " .. ids[#ids])
  wait.for_(20, "the new process to end", function()
    return not is_running(ids[#ids])
  end)
  local _, ends = base:log():gsub("info ended\n", "")
  assert.equal(2, ends, base:log())
  base:wait_end(0)
end

local function who(options)
  local peer = client.join(options)
  peer:send_message("who", nil, 1)
  local name = peer:receive_message()[1]
  peer:close()
  return name
end

-- What a client hears last that goes over.
local function expect_goodbye(peer)
  assert.equal("reconnect", peer:receive_message()[1])
  assert.equal(1012, (peer:expect_close()))
end

describe("SIGUSR2", function()
  it("puts the new code to work, and the old process ends with 0", function()
    local base <close> = start()
    assert.equal("old", who(base))
    upgrade(base)
    assert.equal("new", who(base))
    assert.equal(0, base.process:wait_end(20))
    assert.equal("new", who(base))
    finish(base)
    local log = base:log()
    local old, new = base.process.id, successors(base)[1]
    assert.truthy(log:find(("process %s is starting to take over from process "
      .. "%s"):format(new, old), 1, true))
    assert.truthy(log:find(("process %s is ready and takes over from process "
      .. "%s"):format(new, old), 1, true))
  end)

  -- Many at once, of whom some wait to be accepted; `names` gets who answered.
  local function crowd(base, names)
    local peers = {}
    for i = 1, 20 do
      peers[i] = stream.connect(base)
      peers[i]:send(client.handshake { path = "/?user=bob" }
        .. frame.print { payload = '["who",null,1]' })
    end
    for _, peer in ipairs(peers) do
      local deadline = socket.gettime() + 10
      assert.equal(101, assert(http.read(peer, deadline)).status)
      for _, name in ipairs { "authenticated", "%l+" } do
        local payload = assert(frame.read(peer, deadline)).payload
        names[assert(payload:match('^%["(' .. name .. ')"'), payload)] = true
      end
      peer:close()
    end
  end

  it("refuses nobody who connects meanwhile", function()
    local base <close> = start "drain = 0.5,"
    local names, count = {}, 0
    base:signal "USR2"
    repeat
      crowd(base, names)
      count = count + 1
    until base.process:status()
    assert.equal(0, base.process:status())
    assert.is_true(names.old and names.new and count > 3)
    finish(base)
  end)

  it("lets handshakes finish that have begun", function()
    local base <close> = start()
    local key = "dGhlIHNhbXBsZSBub25jZQ=="
    local head = client.handshake { path = "/?user=bob", key = key }
    local halves = {}
    for i = 1, 10 do
      halves[i] = stream.connect(base)
      if i > 5 then halves[i]:send(head:sub(1, 40)) end
    end
    upgrade(base)
    for i, half in ipairs(halves) do
      half:send(i > 5 and head:sub(41) or head)
      local answer = http.read(half, socket.gettime() + 5)
      assert.equal(client.accept(key), answer.headers["sec-websocket-accept"])
      local welcome = frame.read(half, socket.gettime() + 5)
      assert.matches("authenticated", welcome.payload)
      half:close()
    end
    finish(base)
  end)

  it("sends clients over one after another, back at once", function()
    local base <close> = start "drain = 2,"
    local peers, moments = {}, {}
    for i = 1, 20 do peers[i] = client.join { port = base.port } end
    upgrade(base)
    local from = socket.gettime()
    local left = {}
    wait.for_(10, "everybody to be sent away", function()
      for i, peer in pairs(peers) do
        local goodbye, why = peer:receive_message(0)
        if goodbye then
          assert.equal("reconnect", goodbye[1])
          assert.is_true(goodbye[2].after < 1)
          assert.equal(1012, (peer:expect_close()))
          moments[#moments + 1] = socket.gettime() - from
          left[#left + 1] = goodbye[2].after
          peers[i] = nil
        else
          assert.equal("timeout", why)
        end
      end
      return not next(peers)
    end)
    -- Not in one crowd: both halves of the time have their share.
    local early = 0
    for _, moment in ipairs(moments) do
      if moment < 1 then early = early + 1 end
    end
    assert.is_true(early >= 3 and early <= 17, "early: " .. early)
    assert.is_true(moments[20] < 3)
    finish(base)
  end)

  it("hands on what systemd has opened", function()
    local web, api = server.free_port(), server.free_port()
    local base <close> = start([[listen = "systemd", drain = 1,
      api = { listen = "systemd:api", key = "0123456789abcdef" },]], {
        port = false,
        under = { "python3", "spec/support/peers/inherit.py",
          "base.socket=" .. web, "api=" .. api, "--" },
      })
    base:wait_log("listening", 5, 2)
    assert.equal("old", who { port = web })
    upgrade(base)
    assert.equal("new", who { port = web })
    assert.equal(0, base.process:wait_end(20))
    assert.equal("new", who { port = web })
    assert.equal(200, http.request({ port = api, path = "/health",
      headers = { authorization = "Bearer 0123456789abcdef" } }).status)
    finish(base)
  end)

  it("lets PROXY headers finish that have begun", function()
    local port = server.free_port()
    local base <close> = start(([[drain = 1,
      listen = { { "127.0.0.1:%d", proxy = true } },]]):format(port),
      { port = false })
    local halves = {}
    for i = 1, 3 do
      halves[i] = stream.connect { port = port }
      halves[i]:send "PROXY TCP4 192.0"
    end
    -- Accepted, all of them: whoever comes behind them is.
    local other = stream.connect { port = port }
    other:send("PROXY UNKNOWN\r\n" .. client.handshake {})
    assert.equal(101, http.read(other, socket.gettime() + 5).status)
    other:close()
    upgrade(base)
    for _, half in ipairs(halves) do
      half:send(".2.1 192.0.2.2 1 2\r\n" .. client.handshake {})
      local answer = http.read(half, socket.gettime() + 5)
      assert.equal(101, answer and answer.status)
      half:close()
    end
    base:wait_log "%d sockets are open"
    assert.is_true(tonumber(base:log():match "(%d+) sockets are open") >= 3)
    finish(base)
  end)

  it("is not ended at once by the first signal behind its own end", function()
    local base <close> = start "drain = 2,"
    local peer = client.join { port = base.port }
    -- Longer than the departure takes, and not as long as that and the end.
    peer:send_message("slow", 3, 1)
    assert.equal("begun", peer:receive_message()[1])
    upgrade(base)
    base:wait_log("shutting down: ", 5)
    base:signal "TERM"
    assert.equal("done", peer:receive_message()[1])
    expect_goodbye(peer)
    finish(base)
    assert.is_nil(base:log():find("second signal", 1, true))
  end)

  it("serves a client in the old process until its moment", function()
    local base <close> = start "drain = 3, limits = { rate = 0 },"
    local peer = client.join { port = base.port }
    upgrade(base)
    local served = 0
    repeat
      peer:send_message("who", "x", served)
      local answer = peer:receive_message()
      if answer[1] == "reconnect" then break end
      assert.same({ "old", "x", served }, answer)
      served = served + 1
    until false
    assert.equal(1012, (peer:expect_close()))
    finish(base)
  end)

  it("sends away who never stops asking", function()
    local base <close> = start "drain = 5,"
    local peers, asked, answered = {}, {}, {}
    local function ask(i)
      asked[i] = asked[i] + 1
      peers[i]:send_message("slow", 0.02, asked[i])
    end
    for i = 1, 10 do
      peers[i], asked[i], answered[i] = client.join { port = base.port }, 0, 0
      for _ = 1, 4 do ask(i) end
    end
    upgrade(base)
    local first
    wait.for_(4, "the first to be sent away", function()
      for i, peer in ipairs(peers) do
        local message = peer:receive_message(0)
        if message and message[1] == "reconnect" then first = peer end
        if message and message[1] == "done" then
          answered[i] = answered[i] + 1
          assert.equal(answered[i], message[3])
          ask(i)
        end
      end
      return first
    end)
    assert.equal(1012, (first:expect_close()))
    for _, peer in ipairs(peers) do peer:close() end
    finish(base)
  end)

  it("lets actions end that run, and answers what waits behind", function()
    local base <close> = start "drain = 1,"
    local peer = client.join { port = base.port }
    peer:send_message("slow", 1.5, 1)
    peer:send_message("who", "behind", 2)
    assert.equal("begun", peer:receive_message()[1])
    peer:send_message("ping", nil, 3)
    assert.equal("pong", peer:receive_message()[1])
    upgrade(base)
    assert.equal("done", peer:receive_message()[1])
    assert.same({ "old", "behind", 2 }, peer:receive_message())
    expect_goodbye(peer)
    finish(base)
  end)

  it("tells a script that asks one who leaves that no answer comes", function()
    local base <close> = start "drain = 0.5,"
    local peer = client.join { port = base.port }
    peer:send_message("ask", nil, 1)
    assert.equal("question", peer:receive_message()[1])
    upgrade(base)
    assert.same({ "answer", "closed", 1 }, peer:receive_message())
    expect_goodbye(peer)
    finish(base)
  end)

  it("serves one more request of a kept HTTP connection", function()
    local base <close> = start [[drain = 2,
      http = function() return 200, "here" end,]]
    local wire = stream.connect { port = base.port }

    local function get()
      wire:send(http.head { path = "/" })
      local answer = http.read(wire, socket.gettime() + 5)
      assert.equal("here", answer.body)
      return answer.headers.connection
    end

    assert.is_nil(get())
    upgrade(base)
    assert.equal("close", get())
    assert.equal("", wire:read_all(socket.gettime() + 5))
    wire:close()
    finish(base)
  end)

  it("can be repeated", function()
    local base <close> = start "drain = 0.1,"
    upgrade(base)
    assert.equal(0, base.process:wait_end(20))
    local first = successors(base)[1]
    os.execute("kill -USR2 " .. first)
    base:wait_log("is ready and takes over", 20, 2)
    wait.for_(20, "the second to end", function()
      return not is_running(first)
    end)
    assert.equal("new", who(base))
    os.execute("kill -TERM " .. successors(base)[2])
    wait.for_(20, "the third to end", function()
      return not is_running(successors(base)[2])
    end)
    base:wait_end(0)
  end)

  it("hands over Unix sockets and the API's listener", function()
    local path = os.tmpname()
    os.remove(path)
    local api, port = server.free_port(), server.free_port()
    local base <close> = start(([[drain = 0.2,
      listen = { "127.0.0.1:%d", "unix:%s" },
      api = { listen = "127.0.0.1:%d", key = "sixteen-letters-0" },
    ]]):format(port, path, api), { port = false })
    upgrade(base)
    assert.equal(0, base.process:wait_end(20))
    assert.equal("new", who { port = port })
    assert.equal("new", who { unix = path })
    local wire = stream.connect { port = api }
    wire:send(http.head { path = "/health" })
    assert.equal(200, http.read(wire, socket.gettime() + 5).status)
    finish(base)
    assert.is_false((pcall(client.connect, { unix = path })))
    assert.is_nil(files.read(path))
  end)

  it("closes what base.lua does not name any more, opens what is new",
    function()
      local path, ports = os.tmpname(), {}
      os.remove(path)
      for i = 1, 3 do ports[i] = server.free_port() end
      local settings = [[drain = 0.2, listen = { "127.0.0.1:%d", "%s" },]]
      local base <close> = start(settings:format(ports[1], "unix:" .. path),
        { port = false })
      files.write(base.dir .. "/base.lua", BASE_LUA:format(
        settings:format(ports[1], "127.0.0.1:" .. ports[2])))
      upgrade(base)
      assert.equal(0, base.process:wait_end(20))
      assert.equal("new", who { port = ports[1] })
      assert.equal("new", who { port = ports[2] })
      assert.is_false((pcall(client.connect, { unix = path })))
      assert.equal("", files.run("ls " .. path .. " 2>/dev/null || true"))
      finish(base)
    end)
end)

describe("BASE_UPGRADE set by somebody else", function()
  it("is not believed", function()
    local junk = "3=ready\n4=127.0.0.1:1\n=\nx\n99999999999=:1\n-1=y"
    local base <close> = start(nil, { env = { BASE_UPGRADE = junk } })
    assert.equal("old", who(base))
    local folder = files.folder()
    files.run("mkfifo " .. folder .. "/pipe")
    local words = { "sh", "-c", 'exec "$@" 3<>' .. folder .. "/pipe", "sh" }
    local other <close> = start(nil, {
      env = { BASE_UPGRADE = junk }, under = words,
    })
    assert.equal("old", who(other))
    other:wait_log "ignored as 127.0.0.1:1"
    files.remove(folder)
  end)
end)

describe("A new process that fails", function()
  local function expect_refusal(base, ...)
    for _, text in ipairs { ... } do base:wait_log(text, 20) end
    assert.equal("old", who(base))
    assert.is_nil(base:log():find("takes over from process", 1, true))
    base:stop()
  end

  it("leaves the old process as it was, and says why", function()
    local base <close> = start()
    local peer = client.join { port = base.port }
    files.write(base.dir .. "/base.lua", "return {")
    base:signal "USR2"
    base:wait_log("not replaced by process %d+: it ended with status 1", 20)
    peer:send_message("who", nil, 1)
    assert.equal("old", peer:receive_message()[1])
    expect_refusal(base, "base.lua:1:", "continues as before")
  end)

  it("leaves Unix sockets where they are", function()
    local path = os.tmpname()
    os.remove(path)
    local taken = server.free_port()
    local other = assert(socket.bind("127.0.0.1", taken))
    local base <close> = start(([[listen = { "unix:%s" },]]):format(path),
      { port = false })
    files.write(base.dir .. "/base.lua", BASE_LUA:format(
      ([[listen = { "unix:%s", "127.0.0.1:%d" },]]):format(path, taken)))
    base:signal "USR2"
    base:wait_log("not replaced by process", 20)
    base:wait_log "another program listens there"
    other:close()
    assert.equal("old", who { unix = path })
    base:stop()
  end)

  it("leaves the old one when the program does not exist", function()
    local folder <close> = setmetatable({ path = files.folder() }, {
      __close = function(self) files.remove(self.path) end,
    })
    local program = folder.path .. "/base"
    files.run(("ln -s %s %s"):format(files.quote(
      files.run("realpath " .. server.program())), program))
    local base <close> = start(nil, {
      under = { "env", "sh", "-c", 'shift; exec "$0" "$@"', program },
    })
    os.remove(program)
    base:signal "USR2"
    expect_refusal(base, "cannot start .*base: no such file or directory")
  end)

  it("is tried one at a time", function()
    local base <close> = start()
    files.write(base.dir .. "/base.lua", "while true do end")
    base:signal "USR2"
    base:wait_log("process %d+ is starting", 20)
    base:signal "USR2"
    base:wait_log "not replaced: a new process is already starting"
    local new = successors(base)[1]
    os.execute("kill -KILL " .. new)
    expect_refusal(base, "it was ended by signal 9")
  end)

  it("is given up when the new process is not ready in 30 s", function()
    local clocks <close> = clock.new()
    local base <close> = start(nil, { env = clocks.env })
    files.run("mkfifo " .. files.quote(base.dir .. "/fifo"))
    files.write(base.dir .. "/base.lua", 'io.open "fifo"')
    base:signal "USR2"
    base:wait_log("process %d+ is starting", 20)
    clocks:jump { monotonic = 29 }
    assert.equal("old", who(base))
    assert.is_nil(base:log():find("not replaced", 1, true))
    clocks:jump { monotonic = 31 }
    assert.equal("old", who(base))
    base:wait_log("it was not ready within 30 s; process %d+ continues as "
      .. "before", 20)
    assert.is_false(is_running(successors(base)[1]))
    -- Another try is not the worse for it.
    files.write(base.dir .. "/base.lua", BASE_LUA:format "drain = 1,")
    upgrade(base)
    assert.equal("new", who(base))
    finish(base)
  end)

  it("is refused by process 1, with which the container would end", function()
    local base <close> = start(nil, {
      under = { "unshare", "--pid", "--fork", "--kill-child",
        "--mount-proc" },
    })
    local id = base.process.id
    local first = files.read(("/proc/%d/task/%d/children"):format(id, id))
    os.execute("kill -USR2 " .. first)
    base:wait_log "not replaced: Base is process 1 of this container"
    assert.equal("old", who(base))
    os.execute("kill -TERM " .. first)
    base:wait_end(0)
  end)

  it("gives the old one status 1 when it ends after taking over", function()
    local base <close> = start "drain = 2,"
    local peer = client.join { port = base.port }
    peer:send_message("slow", 1, 1)
    upgrade(base)
    os.execute("kill -KILL " .. successors(base)[1])
    base:wait_log("has ended, and no process accepts connections: it was "
      .. "ended by signal")
    base:signal "USR2"
    base:wait_log "not replaced: the process that had taken over has ended"
    assert.equal(1, base.process:wait_end(20))
    base:wait_end(1)
    peer:close()
  end)

  it("puts a third in the place of the second while the first is still there",
    function()
      local base <close> = start "drain = 3,"
      local peer = client.join { port = base.port }
      peer:send_message("slow", 60, 1)
      files.write(base.dir .. "/base.lua", BASE_LUA:format "drain = 0.1,")
      upgrade(base)
      local second = successors(base)[1]
      os.execute("kill -USR2 " .. second)
      base:wait_log("is ready and takes over from process " .. second, 20)
      base:wait_log("info process " .. second
        .. ", which had been replaced too, has ended: it ended "
        .. "with status 0", 10)
      assert.equal("new", who(base))
      assert.equal(0, base.process:wait_end(20))
      local third = successors(base)[2]
      assert.is_true(is_running(third))
      os.execute("kill -TERM " .. third)
      base:wait_log("info ended\n", 20, 3)
      base:wait_end(0)
      assert.is_nil(base:log():find("no process accepts", 1, true))
      peer:close()
    end)

  it("ends with the old process", function()
    local base <close> = start()
    files.write(base.dir .. "/base.lua", "while true do end")
    base:signal "USR2"
    base:wait_log("process %d+ is starting", 20)
    local new = successors(base)[1]
    base:stop()
    wait.for_(5, "the new process to end", function()
      return not is_running(new)
    end)
  end)
end)

-- Who may start it, and from where, is another matter.
if files.run "id -u" == "0" then
  describe("A server that gave up root", function()
    it("can be replaced, wherever root started it", function()
      -- The build may lie below a folder that is closed to others.
      local closed, open = files.folder(), files.folder()
      files.run(("chmod 700 %s; chmod 755 %s; cp %s %s/base"):format(
        files.quote(closed), files.quote(open),
        files.quote(server.program()), files.quote(open)))
      local base <close> = start('drain = 0.5, user = "nobody",', {
        under = { "sh", "-c", 'shift; cd "$0" && exec ' .. files.quote(open)
          .. '/base "$@"', closed },
      })
      files.run("chmod -R a+rX " .. files.quote(base.dir))
      upgrade(base)
      assert.equal(0, base.process:wait_end(20))
      assert.equal("new", who(base))
      finish(base)
      files.remove(closed)
      files.remove(open)
    end)

    it("is given the Unix socket that root had", function()
      local path = os.tmpname()
      os.remove(path)
      local place = ('listen = "unix:%s", drain = 0.5,'):format(path)
      local base <close> = start(place, { port = false })
      files.write(base.dir .. "/base.lua",
        BASE_LUA:format(place .. 'user = "nobody:nogroup",'))
      upgrade(base)
      assert.equal("65534 65534",
        files.run("stat -c '%u %g' " .. files.quote(path)))
      assert.equal("new", who { unix = path })
      finish(base)
    end)
  end)
end

-- The end of the server: what was accepted finishes, and everybody is told when
-- to come back. And a signal that comes as early as anybody may send it.
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local preload = require "spec.support.faults.preload"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

local FILES = {
  ["actions/slow.lua"] = [[
    local base = require "base"
    return function(connection, message)
      connection:send("begun")
      base.sleep(message.body)
      return message:respond("done")
    end]],
  ["actions/quick.lua"] = [[
    return function(_, message)
      return message:respond("quick")
    end]],
  ["actions/ask.lua"] = [[
    return function(connection, message)
      local answer, word = connection:call("question", 1, 60)
      return message:respond("answer", word)
    end]],
  ["actions/exit.lua"] = [[
    return function(_, message)
      os.exit(message.body)
      error "still here"
    end]],
}

describe("The last moment of a shutdown", function()
  for _, name in ipairs { "HUP", "USR2", "TERM", "INT" } do
    it("is not disturbed by SIG" .. name, function()
      -- So much takes a while to be given back.
      local base <close> = server.start { files = { ["base.lua"] = [[
        local base = require "base"
        for i = 1, 200000 do base.state[i] = { i } end
        return { address = "127.0.0.1", authenticate = function() end }
      ]] } }
      base:signal "TERM"
      base:wait_log "shutting down: "
      repeat base:signal(name) until base.process:status()
      local _, log = base:wait_end(0)
      assert.truthy(log:find("info ended\n", 1, true), log)
    end)
  end
end)

describe("A client that is not welcomed yet when a shutdown begins", function()
  it("is told to reconnect", function()
    local base <close> = server.start {
      settings = "drain = 0.3, welcome = function() base.sleep(30) end,",
    }
    local peer = client.connect { port = base.port }
    base:signal "TERM"
    assert.equal("reconnect", peer:receive_message()[1])
    assert.equal(1012, (peer:expect_close()))
    base:wait_end(0)
  end)
end)

describe("Process 1", function()
  it("ends on a signal that arrives while files load", function()
    local base = server.launch {
      under = { "unshare", "--pid", "--fork", "--kill-child",
        "--mount-proc" },
      files = { ["base.lua"] = 'print "loading" io.open "fifo" return {}' },
    }
    files.run("mkfifo " .. files.quote(base.dir .. "/fifo"))
    base:wait_log "loading"
    local id = base.process.id
    os.execute("kill -TERM "
      .. files.read(("/proc/%d/task/%d/children"):format(id, id)))
    base:wait_end(128 + 15)
  end)
end)

describe("A shutdown", function()
  local function start(settings)
    return server.start { files = FILES, settings = settings }
  end

  local function begin(base, command, body)
    local peer = client.join { port = base.port }
    peer:send_message(command, body, 1)
    assert.truthy(peer:receive_message())
    return peer
  end

  -- What every client hears last; returns the seconds to wait.
  local function expect_goodbye(peer, code)
    local goodbye = peer:receive_message()
    assert.equal("reconnect", goodbye[1])
    assert.is_true(goodbye[2].after >= 1 and goodbye[2].after <= 10)
    assert.same({ code, "the server is restarting" }, { peer:expect_close() })
    peer:close()
    return goodbye[2].after
  end

  it("gives each client its own delay, and closes with 1012", function()
    local base <close> = start()
    local peers, times = {}, {}
    for i = 1, 5 do peers[i] = client.join { port = base.port } end
    base:signal "TERM"
    for _, peer in ipairs(peers) do
      times[expect_goodbye(peer, 1012)] = true
    end
    local different = 0
    for _ in pairs(times) do different = different + 1 end
    assert.is_true(different >= 4)
    base:wait_end(0)
  end)

  it("closes with 1001 on SIGINT", function()
    local base <close> = start()
    local peer = client.join { port = base.port }
    base:signal "INT"
    expect_goodbye(peer, 1001)
    base:wait_end(0)
  end)

  it("waits for running actions, and those queued behind them", function()
    local base <close> = start()
    local peer = begin(base, "slow", 0.5)
    peer:send_message("quick", nil, 2)
    -- Its pong shows that what was sent before has been read.
    peer:send_message("ping", nil, 3)
    assert.equal("pong", peer:receive_message()[1])
    base:signal "TERM"
    assert.equal("done", peer:receive_message()[1])
    assert.equal("quick", peer:receive_message()[1])
    expect_goodbye(peer, 1012)
    base:wait_end(0)
  end)

  it("does not wait longer than drain", function()
    local base <close> = start "drain = 0.3,"
    local peer = begin(base, "slow", 60)
    base:signal "TERM"
    expect_goodbye(peer, 1012)
    base:wait_end(0)
  end)

  it("ends pending calls of scripts", function()
    local base <close> = start()
    local peer = begin(base, "ask")
    base:signal "TERM"
    assert.same({ "answer", "closed", 1 }, peer:receive_message())
    expect_goodbye(peer, 1012)
    base:wait_end(0)
  end)

  it("ignores a text that is cut inside a character", function()
    local base <close> = start()
    local peer = begin(base, "slow", 0.5)
    peer:send_frame { opcode = 1, fin = false, payload = '["quick","\xc3' }
    peer:send_frame { opcode = 9, payload = "read" }
    assert.equal(10, (peer:receive())) -- so it has the first piece
    base:signal "TERM"
    base:wait_log "shutting down"
    peer:send_frame { opcode = 0, payload = '\xa9"]' }
    assert.equal("done", peer:receive_message()[1])
    expect_goodbye(peer, 1012)
    base:wait_end(0)
  end)

  it("accepts no new connection", function()
    local base <close> = start()
    local peer = begin(base, "slow", 0.5)
    base:signal "TERM"
    base:wait_log "shutting down"
    assert.is_false((pcall(client.connect, { port = base.port })))
    assert.equal("done", peer:receive_message()[1])
    expect_goodbye(peer, 1012)
    base:wait_end(0)
  end)

  it("ends at once on a second signal", function()
    local base <close> = start()
    begin(base, "slow", 60)
    base:signal "TERM"
    base:wait_log "shutting down"
    base:signal "TERM"
    local _, log = base:wait_end(0)
    assert.matches("second signal", log)
  end)

  it("begins with os.exit, and ends with its status", function()
    local base = start()
    local peer = client.join { port = base.port }
    peer:send_message("exit", 3)
    expect_goodbye(peer, 1012)
    local _, log = base:wait_end(3)
    assert.is_nil(log:find("still here", 1, true))
  end)

  it("lets a large response arrive whole", function()
    local SIZE = 16 * 1024 * 1024
    local base <close> = start(([[http = function(_, response)
      response:send(("x"):rep(%d))
    end,]]):format(SIZE))
    local wire = stream.connect { port = base.port, receive_buffer = 4096 }
    wire:send(http.head { path = "/" })
    local deadline = socket.gettime() + 20
    local answer = http.read_head(wire, deadline)
    assert.equal(tostring(SIZE), answer.headers["content-length"])
    base:signal "TERM"
    base:wait_log "shutting down"
    assert.equal(SIZE, #assert(wire:read_all(deadline)))
    base:wait_end(0)
  end)

  it("waits for running HTTP requests", function()
    local base <close> = start [[http = function(_, response)
      print "serving"
      base.sleep(0.5)
      response:send "late"
    end,]]
    local wire = stream.connect { port = base.port }
    wire:send(http.head { path = "/" })
    base:wait_log "serving"
    base:signal "TERM"
    assert.equal("late", http.read(wire, socket.gettime() + 5).body)
    base:wait_end(0)
  end)
end)

describe("A signal right after the log line 'listening'", function()
  local folder, library

  setup(function()
    folder = files.folder()
    library = preload.compile("signal_listening", folder)
  end)

  teardown(function()
    files.remove(folder)
  end)

  -- The name of a signal: its number.
  local NUMBERS = { HUP = 1, USR2 = 12, TERM = 15 }

  local function launch(name)
    return server.launch { settings = "drain = 0.1,", env = {
      LD_PRELOAD = library, SIGNAL_LISTENING = NUMBERS[name],
    } }
  end

  it("ends the server as usual", function()
    local base = launch "TERM"
    local _, log = base:wait_end(0)
    assert.matches("shutting down: 0 connections", log)
    assert.matches("info ended\n$", log)
  end)

  it("loads the scripts again", function()
    local base <close> = launch "HUP"
    base:wait_log("info reloaded", 20)
    client.join({ port = base.port }):close()
  end)

  it("starts a new process", function()
    local base = launch "USR2"
    base:wait_log("is ready and takes over", 20)
    base:wait_log("info ended\n", 20)
    client.join({ port = base.port }):close()
    local id = base:log():match "process (%d+) is starting"
    files.run("kill -TERM " .. id)
    base:wait_log("info ended\n", 20, 2)
    base:wait_end(0)
  end)
end)

-- Signals at the wrong moment: while files load, when nobody could act on them
-- yet, and while the loop is held up, when it does not see them.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

-- Signals itself while it loads, once for each word of the file "signals".
local BASE_LUA = [[
local file = io.open "signals"
if file then
  os.remove "signals"
  for name in file:lines() do os.execute("kill -" .. name .. " $PPID") end
end
return {
  drain = 0.1,
  authenticate = function(connection, register) register(connection, false) end,
}]]

local function project(signals)
  return { ["base.lua"] = BASE_LUA, signals = signals }
end

local function successor(base)
  return base:log():match "process (%d+) is starting"
end

describe("A signal while files load", function()
  it("causes one reload once it listens: SIGHUP", function()
    local base <close> = server.start { files = project "HUP\nHUP\nHUP\n" }
    base:wait_log "info reloaded"
    base:reload()
    assert.equal(2, select(2, base:log():gsub("info reloaded", "")))
  end)

  it("starts a new process once it listens: SIGUSR2", function()
    local base <close> = server.start { files = project "USR2\n" }
    base:wait_log("is ready and takes over", 20)
    base:wait_log("info ended\n", 20)
    os.execute("kill -TERM " .. successor(base))
    base:wait_log("info ended\n", 20, 2)
    base:wait_end(0)
  end)

  it("does not end a new process, which takes over", function()
    local base <close> = server.start { files = project() }
    files.write(base.dir .. "/signals", "HUP\n")
    base:signal "USR2"
    base:wait_log("is ready and takes over", 20)
    base:wait_log("info reloaded", 20)
    os.execute("kill -TERM " .. successor(base))
    base:wait_log("info ended\n", 20, 2)
    base:wait_end(0)
  end)

  it("is ignored by base check", function()
    local folder = files.folder()
    for path, text in pairs(project "HUP\nUSR2\n") do
      files.write(folder .. "/" .. path, text)
    end
    files.run("mkdir " .. files.quote(folder .. "/actions"))
    local check = process.start { server.program(), "check", folder }
    assert.equal(0, check:wait_end(20), check:log())
    assert.matches("no mistakes\n$", check:log())
    files.remove(folder)
  end)

  for name, status in pairs { TERM = 143, INT = 130 } do
    it("ends the start at once: SIG" .. name, function()
      local base = server.launch { files = project(name .. "\n"),
        -- A shell has what it starts in the background ignore SIGINT.
        under = { "env", "--default-signal=INT" } }
      local _, log = base:wait_end(status)
      assert.is_nil(log:find "listening")
    end)
  end
end)

-- Each holds the loop up for as long as nobody ends it, in C. They say by the
-- file "begun" that they do; what is in it is a process of theirs, or nothing.
local STUCK = {
  ["a pattern"] = [[
    io.open("begun", "w"):close()
    return (("a"):rep(100):find(("a*"):rep(50) .. "b"))]],
  ["os.execute"] = [[
    os.execute "echo $$ >begun; exec sleep 60"]],
  ["io.popen"] = [[
    local pipe <close> = io.popen "echo $$ >begun; exec sleep 60"
    return pipe:read "a"]],
}

local function end_child(base)
  local id = (files.read(base.dir .. "/begun") or ""):match "%d+"
  if id then os.execute("kill -KILL " .. id) end
end

-- A server whose loop is held up.
local function hold_up(how)
  local base = server.start { files = {
    ["actions/hold.lua"] = "return function()\n" .. STUCK[how] .. "\nend",
  } }
  local peer = client.join { port = base.port }
  peer:send_message "hold"
  wait.for_(5, "the loop to be held up", function()
    local begun = files.read(base.dir .. "/begun")
    return begun and (how == "a pattern" or begun:find "\n")
  end)
  return base, peer
end

describe("A second signal", function()
  for how in pairs(STUCK) do
    for name, status in pairs { TERM = 143, INT = 130 } do
      it(("ends it in %s: SIG%s"):format(how, name), function()
        local base <close>, peer = hold_up(how)
        process.deliver(base.process.id, name)
        base:signal(name)
        wait.for_(10, "the process to end", function()
          return base.process:status()
        end)
        end_child(base)
        local _, log = base:wait_end(status)
        assert.matches("ended at once by a second signal\n", log)
        peer:close()
      end)
    end
  end

  it("is needed: one does not end a server whose loop is blocked", function()
    local base <close>, peer = hold_up "os.execute"
    base:signal "INT"
    end_child(base)
    base:wait_log "shutting down: 1 connections"
    assert.equal("reconnect", peer:receive_message()[1])
    assert.equal(1001, (peer:expect_close()))
    base:wait_end(0)
  end)
end)

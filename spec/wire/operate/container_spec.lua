-- As process 1 of a container: what has lost its parent becomes its child, and
-- the signals for the server come to it.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local FILES = {
  ["actions/execute.lua"] = [[
    return function(_, message)
      local _, how, number = os.execute(message.body)
      return message:respond("execute", { how, number })
    end]],
  ["actions/popen.lua"] = [[
    return function(_, message)
      local pipe = io.popen(message.body)
      local text = pipe:read "a"
      local _, how, number = pipe:close()
      return message:respond("popen", { text, how, number })
    end]],
  ["actions/exit.lua"] = [[
    return function(_, message) os.exit(message.body) end]],
  ["actions/sleep.lua"] = [[
    return function(_, message) require "base".sleep(message.body) end]],
  ["actions/stuck.lua"] = [[
    return function()
      io.open("begun", "w"):close()
      return (("a"):rep(100):find(("a*"):rep(50) .. "b"))
    end]],
}

local UNDER = { "unshare", "--pid", "--fork", "--kill-child", "--mount-proc" }

describe("As process 1", function()
  local function start(more)
    local all = { files = {}, under = UNDER, settings = "drain = 0.1," }
    for name, value in pairs(more or {}) do all[name] = value end
    for path, text in pairs(FILES) do all.files[path] = text end
    return server.start(all)
  end

  local function children(id)
    return files.read(("/proc/%d/task/%d/children"):format(id, id)) or ""
  end

  -- Process 1, as it is called outside.
  local function first(base)
    return children(base.process.id):match "%d+"
  end

  -- The signal goes to process 1: nobody else is told to end.
  local function finish(base, peer)
    peer:close()
    os.execute("kill -TERM " .. first(base))
    base:wait_end(0)
  end

  local function ask(peer, command, body)
    peer:send_message(command, body, 1)
    return assert(peer:receive_message())[2]
  end

  it("reaps orphaned processes", function()
    local base <close> = start()
    local peer = client.join { port = base.port }
    for _ = 1, 3 do
      ask(peer, "execute", "(until [ -e end ]; do sleep 0.05; done; exit 7) &")
    end
    wait.for_(5, "them to lose their parents", function()
      return select(2, children(first(base)):gsub("%d+", "")) == 4
    end)
    files.write(base.dir .. "/end", "")
    wait.for_(5, "all but the server to be gone", function()
      return select(2, children(first(base)):gsub("%d+", "")) == 1
    end)
    finish(base, peer)
  end)

  it("leaves a script's children to the script", function()
    local base <close> = start()
    local peer = client.join { port = base.port }
    for i = 1, 20 do
      ask(peer, "execute", "(exit 9) &")
      assert.same({ "exit", i }, ask(peer, "execute", "exit " .. i))
      assert.same({ "hello\n", "exit", i },
        ask(peer, "popen", "echo hello; exit " .. i))
    end
    finish(base, peer)
  end)

  it("passes on SIGHUP and SIGTERM, and returns the exit status", function()
    local base <close> = start()
    os.execute("kill -HUP " .. first(base))
    base:wait_log "info reloaded"
    local peer = client.join { port = base.port }
    os.execute("kill -TERM " .. first(base))
    assert.equal("reconnect", peer:receive_message()[1])
    assert.equal(1012, (peer:expect_close()))
    base:wait_end(0)
  end)

  it("passes on its inherited sockets, and closes them", function()
    local port = server.free_port()
    local under = table.move(UNDER, 1, #UNDER, 1, {})
    table.move({ "python3", "spec/support/peers/inherit.py", "web=" .. port,
      "--" }, 1, 4, #under + 1, under)
    local base = start { port = false, under = under, files = {
      ["base.lua"] = [[return { listen = "systemd", drain = 60,
        authenticate = function(connection, register)
          register(connection, { id = 1 })
        end }]],
    } }
    local peer = client.join { port = port }
    peer:send_message("sleep", 60)
    os.execute("kill -TERM " .. first(base))
    base:wait_log "shutting down: "
    assert.is_false((pcall(client.connect, { port = port })))
    os.execute("kill -KILL " .. children(first(base)):match "%d+")
    base:wait_end(137)
    peer:close()
  end)

  it("ends with the status of os.exit", function()
    local base = start()
    local peer = client.join { port = base.port }
    peer:send_message("exit", 3)
    base:wait_end(3)
    peer:close()
  end)

  it("ends with 128 + n when signal n kills the server", function()
    local base = start()
    os.execute("kill -KILL " .. children(first(base)):match "%d+")
    base:wait_end(137)
  end)

  it("is ended by a second signal even if the loop is blocked", function()
    local base = start()
    local peer = client.join { port = base.port }
    peer:send_message "stuck"
    wait.for_(5, "the loop to be held up", function()
      return files.read(base.dir .. "/begun")
    end)
    local inner = children(first(base)):match "%d+"
    process.deliver(inner, "TERM")
    os.execute("kill -TERM " .. first(base))
    base:wait_end(143)
    peer:close()
  end)

  it("is ended by SIGTERM while files load", function()
    local base = server.launch { under = UNDER, files = {
      ["base.lua"] = 'os.execute "kill -TERM 1; sleep 60"' } }
    base:wait_end(143)
  end)
end)

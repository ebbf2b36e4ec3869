-- What goes on from one process to the next: to what a script starts nothing,
-- to a new process in the place of the old one (SIGUSR2) what it listens on.
local cjson = require "cjson"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"

local BASE_LUA = [[
local base, json = require "base", require "base.json"

local function look(command)
  local pipe <close> = io.popen(command)
  return pipe:read "a"
end

local function from_child()
  return { descriptors = look "ls -l /proc/self/fd", variables = look "env" }
end

local seen = { at_load = from_child(), own = look "ls -l /proc/$PPID/fd" }

return {
  drain = 0.2,
  listen = "systemd",
  api = { listen = "systemd:api", key = "0123456789abcdef" },
  authenticate = function(connection, register)
    register(connection, { id = "ada" })
  end,
  http = function(request)
    if request.path == "/open" then
      base.state.file = io.open "base.lua"
      base.state.pipe = io.popen("cat >/dev/null", "w")
    end
    seen.now = from_child()
    return 200, json.encode(seen)
  end,
}
]]

-- Nothing is open that the spec may have left open.
local CLEAN = [[
import os, sys
os.closerange(3, 1000)
os.execvp(sys.argv[1], sys.argv[1:])]]

local VARIABLES = { "LISTEN_", "BASE_UPGRADE", "NOTIFY_", "WATCHDOG_" }

-- A listing of /proc/ID/fd: descriptor -> what it is.
local function read_list(listing)
  local list = {}
  for number, what in listing:gmatch "(%d+) %-> ([^\n]+)" do
    list[tonumber(number)] = what
  end
  return list
end

-- The child has the three of everybody, and the folder that it lists.
local function assert_nothing(child)
  local list = read_list(child.descriptors)
  for number, what in pairs(list) do
    assert.is_true(number < 3 or number == 3 and what:find "^/proc/" ~= nil,
      child.descriptors)
  end
  assert.truthy(list[1])
  for _, name in ipairs(VARIABLES) do
    assert.is_nil(("\n" .. child.variables):find("\n" .. name, 1, true),
      name)
  end
end

local function count_nameless(list)
  local count = 0
  for _, what in pairs(list) do
    if what:find "^anon_inode" then count = count + 1 end
  end
  return count
end

-- The inodes that somebody listens on at a port of this machine.
local function listening_sockets(...)
  local inodes = {}
  for line in files.read("/proc/net/tcp"):gmatch "[^\n]+" do
    local words = {}
    for word in line:gmatch "%S+" do words[#words + 1] = word end
    local port = tonumber((words[2] or ""):match ":(%x+)$" or "", 16)
    for _, wanted in ipairs { ... } do
      if port == wanted and words[4] == "0A" then
        inodes["socket:[" .. words[10] .. "]"] = true
      end
    end
  end
  return inodes
end

describe("A child process", function()
  local base, port, api_port

  before_each(function()
    port, api_port = server.free_port(), server.free_port()
    base = server.start {
      files = { ["base.lua"] = BASE_LUA }, port = false,
      env = { NOTIFY_SOCKET = "@nobody", WATCHDOG_USEC = "60000000" },
      under = { "python3", "-c", CLEAN, "python3",
        "spec/support/peers/inherit.py", "base.socket=" .. port,
        "api=" .. api_port, "--" },
    }
    base:wait_log("listening", 5, 2)
  end)

  after_each(function() base:remove() end)

  local function look(path)
    return cjson.decode(http.request({ port = port, path = path }).body)
  end

  local function upgrade()
    base:signal "USR2"
    base:wait_log("is ready and takes over", 20)
    assert.equal(0, base.process:wait_end(20))
    return base:log():match "process (%d+) is starting"
  end

  local function finish(new)
    os.execute("kill -TERM " .. new)
    base:wait_log("info ended\n", 20, 2)
    base:wait_end(0)
  end

  it("inherits no descriptor when a script starts it", function()
    local peer = client.join { port = port }
    local seen = look()
    assert_nothing(seen.at_load)
    assert_nothing(seen.now)
    peer:close()
    local new = upgrade()
    seen = look()
    assert_nothing(seen.at_load)
    assert_nothing(seen.now)
    finish(new)
  end)

  it("inherits only the listening sockets when it takes over",
    function()
      -- The old process has a socket for each client, and what its scripts
      -- have opened.
      local peer = client.join { port = port }
      local first = read_list(look("/open").own)
      local old, open = {}, files.run(("ls -l /proc/%d/fd"):format(
        base.process.id))
      assert.truthy(open:find("base.lua", 1, true))
      for number, what in pairs(read_list(open)) do
        if number > 2 and not what:find "^anon_inode" then old[what] = true end
      end
      local listening = listening_sockets(port, api_port)
      local new = upgrade()
      local own, shared = read_list(look().own), {}
      for number, what in pairs(own) do
        if number > 2 and old[what] then shared[what] = true end
      end
      assert.truthy(next(listening, next(listening)))
      assert.same(listening, shared)
      assert.equal(count_nameless(first), count_nameless(own))
      peer:close()
      finish(new)
    end)
end)

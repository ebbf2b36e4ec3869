--- The real server as a child of the spec, on a free port of 127.0.0.1.
--
--   local base <close> = server.start { settings = "heartbeat = { … }," }
--   local peer = client.connect(base)
--
-- The end of the scope ends it, and fails the test when it ended badly or a
-- sanitizer had something to say.
local socket = require "socket"

local files = require "spec.support.files"
local process = require "spec.support.process"
local wait = require "spec.support.wait"

local START_TIME = 20 -- seconds
local STOP_TIME = 20

-- What a project without a base.lua of its own gets. A connection says in the
-- query who it is.
local BASE_LUA = [[
local base = require "base"
return {
  %s
  address = "127.0.0.1",
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.user or "ada" })
  end,
}
]]

local server = {}

local Server = {}
Server.__index = Server

-- Bound, but not listening: as all set SO_REUSEADDR, whoever is given the port
-- may listen there, while the kernel gives it to nobody else, be it for a
-- connection of theirs.
local held = {}

--- A port on which nobody listens, and which the spec keeps until it ends.
function server.free_port()
  local holder = assert(socket.tcp4())
  assert(holder:setoption("reuseaddr", true))
  assert(holder:bind("127.0.0.1", 0))
  held[#held + 1] = holder
  local _, port = holder:getsockname()
  return math.tointeger(tonumber(port))
end

local function write_project(options)
  local folder = files.folder()
  for path, text in pairs(options.files or {}) do
    files.write(folder .. "/" .. path, text)
  end
  if not (options.files and options.files["base.lua"]) then
    local text = BASE_LUA:format(options.settings or "")
    files.write(folder .. "/base.lua", text)
  end
  files.run("mkdir -p " .. files.quote(folder .. "/actions"))
  return folder
end

local function command(self, options)
  local words = table.move(options.under or {}, 1, 9, 1, {})
  words[#words + 1] = server.program(options.program)
  words[#words + 1] = self.dir
  if self.port then
    table.move({ "--port", self.port }, 1, 2, #words + 1, words)
  end
  local args = options.args or {}
  return table.move(args, 1, #args, #words + 1, words)
end

--- The program that is tested, or another one that was built with it.
function server.program(name)
  local program = os.getenv "BASE_PROGRAM" or "build/dev/base"
  return name and program:gsub("[^/]*$", name) or program
end

--- Starts a server without waiting for anything.
function server.launch(options)
  local self = setmetatable({}, Server)
  self.owned = not options.project and write_project(options) or nil
  self.dir = options.project or self.owned
  if options.port ~= false then
    self.port = options.port or server.free_port()
  end
  local env = { LUA_PATH = false, LUA_CPATH = false, LD_PRELOAD = false }
  if self.port then env.PORT = self.port end
  for name, value in pairs(options.env or {}) do env[name] = value end
  self.process = process.start(command(self, options), env)
  return self
end

--- Starts a server and waits until it listens.
-- @param options table
--   `project`: a folder; or `files`, a table from path to text, of which a
--   temporary project is made. Without a base.lua among them a small one is
--   made, with the text `settings` in its table (see BASE_LUA);
--   `under`: words before the program's, { "prlimit", "--nofile=99" } say;
--   `args`: more words of the command line; `env`: table from name to value;
--   `port`: which one, instead of a free one; false for no --port at all;
--   `program`: another one that was built, "base-failing" say
-- @return server with `port`, `dir`, `process`
-- Raises with the log when it does not listen in time.
function server.start(options)
  local self = server.launch(options)
  local listens = pcall(wait.for_, START_TIME, "", function()
    return self:log():find "listening" or self.process:status()
  end)
  if not listens or self.process:status() then
    self:remove()
    error("the server does not listen:\n" .. self:log(), 2)
  end
  return self
end

--- All that it has logged so far.
function Server:log()
  return self.process:log()
end

--- Waits until the log has a text.
-- @param pattern string of string.find
-- @param seconds number the deadline, or nil: 5
-- @param count integer how many there must be, or nil: 1
function Server:wait_log(pattern, seconds, count)
  local ok = pcall(wait.for_, seconds or 5, "", function()
    return select(2, self:log():gsub(pattern, "")) >= (count or 1)
  end)
  if not ok then
    error(("'%s' is not in the log:\n%s"):format(pattern, self:log()), 2)
  end
end

--- Sends a signal, "HUP" say.
function Server:signal(name)
  self.process:signal(name)
end

--- Loads the scripts again, and waits until that is done.
function Server:reload()
  local _, before = self:log():gsub("reloaded", "")
  self:signal "HUP"
  self:wait_log("reloaded", nil, before + 1)
end

--- Waits for its end, which must have the status that is expected, and looks
-- through the log for what sanitizers say.
-- @param expected integer exit status, or nil: 0
-- @return exit status, log
function Server:wait_end(expected)
  local in_time = pcall(self.process.wait_end, self.process, STOP_TIME)
  self:remove()
  local log, status = self:log(), self.process:status()
  if not in_time then error("the server does not end:\n" .. log, 2) end
  for _, word in ipairs { "Sanitizer", "runtime error:" } do
    if log:find(word, 1, true) then error(log, 2) end
  end
  if status ~= (expected or 0) then
    error(("the exit status is %d:\n%s"):format(status, log), 2)
  end
  return status, log
end

--- Ends it with SIGTERM and waits for that, as wait_end does. A second call
-- changes nothing.
function Server:stop(expected)
  if self.is_removed then return self.process:status(), self:log() end
  self:signal "TERM"
  return self:wait_end(expected)
end

-- A spec that fails leaves no process that has taken over from this one.
local function end_successors(self)
  for id in self:log():gmatch "process (%d+) is starting" do
    local words = files.read("/proc/" .. id .. "/cmdline") or ""
    if words:find(self.dir, 1, true) then os.execute("kill -KILL " .. id) end
  end
end

--- Ends it where it is and removes its files.
function Server:remove()
  if self.is_removed then return end
  self.is_removed = true
  end_successors(self)
  self.process:remove()
  if self.owned then files.remove(self.owned) end
end

-- Behind an error that counts already, nothing is checked.
function Server:__close(err)
  if err then self:remove() else self:stop() end
end

return server

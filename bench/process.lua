--- Programs that run beside this one: started in the background, pinned to one
-- core, and ended by their own ids.
local socket = require "socket"

local START_TIME, STOP_TIME = 20, 10 -- seconds
local LOOK_EVERY = 0.0005

local process = {}

local Process = {}
Process.__index = Process

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

local function quote_all(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = quote(word) end
  return table.concat(quoted, " ")
end

--- The whole text of a file, or nil.
function process.read(path)
  local file <close> = io.open(path)
  return file and file:read "a"
end

--- Runs a command of the shell to its end.
-- @return string what it wrote to standard output and standard error, boolean
--   whether it succeeded
function process.capture(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  return text, pipe:close() == true
end

--- Runs the words of a command to its end, on one core.
-- @return as process.capture
function process.run(words, core)
  return process.capture(("taskset -c %d %s"):format(core, quote_all(words)))
end

--- A folder that is this process's own.
function process.folder()
  local text = process.capture "mktemp -d"
  return text:match "^%C+"
end

--- Removes a folder that process.folder made.
function process.remove(folder)
  os.execute("rm -rf " .. quote(folder))
end

--- A port of 127.0.0.1 on which nobody listens just now.
function process.free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  listener:close()
  return math.tointeger(tonumber(port))
end

local function listens(port)
  local client = socket.tcp()
  local connected = client:connect("127.0.0.1", port)
  client:close()
  return connected ~= nil
end

--- The line of a log that says most about why a program ended.
local function complaint(log)
  local line = log:match "%C*[Ee]rror%C+" or log:match "%C+"
  return line and line:gsub("^%d%S+Z error ", "") or "it does not listen"
end

--- Starts a program and waits until it listens.
-- @param options table `words`; `port`; `core`; `folder`: where it runs;
--   `env`: table from name to value
-- @return process with `id`, `port` and `start_ms`; or nil and its last words
function process.start(options)
  local self = setmetatable({ port = options.port }, Process)
  self.log_path = os.tmpname()
  local env = {}
  for name, value in pairs(options.env or {}) do
    env[#env + 1] = name .. "=" .. quote(value)
  end
  local began = socket.gettime()
  local text = process.capture(("cd %s; %s taskset -c %d %s >%s 2>&1 "
    .. "</dev/null & echo $!"):format(quote(options.folder or "."),
    table.concat(env, " "), options.core, quote_all(options.words),
    quote(self.log_path)))
  self.id = assert(tonumber(text:match "%d+"), text)
  while not listens(self.port) do
    if not self:is_alive() or socket.gettime() > began + START_TIME then
      local why = complaint(self:log())
      self:stop()
      return nil, why
    end
    socket.sleep(LOOK_EVERY)
  end
  self.start_ms = (socket.gettime() - began) * 1000
  return self
end

--- What it has written so far.
function Process:log()
  return process.read(self.log_path) or ""
end

--- Whether it still runs.
function Process:is_alive()
  local stat = process.read(("/proc/%d/stat"):format(self.id))
  return stat ~= nil and not stat:find "%) Z "
end

--- Ends it: in order, and after a while by force.
function Process:stop()
  local deadline = socket.gettime() + STOP_TIME
  os.execute(("kill -TERM %d 2>/dev/null"):format(self.id))
  while self:is_alive() and socket.gettime() < deadline do
    socket.sleep(0.005)
  end
  if self:is_alive() then
    os.execute(("kill -KILL %d 2>/dev/null"):format(self.id))
  end
  os.remove(self.log_path)
end

return process

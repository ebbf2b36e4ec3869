--- A program that runs beside the spec and is ended by its own id.
local files = require "spec.support.files"
local wait = require "spec.support.wait"

local process = {}

local Process = {}
Process.__index = Process

-- The outer shell stays to note the exit status; the inner one says its own id
-- and becomes the program, without the sockets that the spec has open.
local SCRIPT = [[
{ bash -c 'for fd in /proc/$$/fd/*; do n=${fd##*/}
    ((n < 3)) || eval "exec $n>&-"; done
    echo $$ >"$0/pid"; exec "$@"' %s %s >%s/log 2>&1 </dev/null
  echo $? >%s/ended; mv %s/ended %s/status; } >/dev/null 2>&1 &]]

--- Starts a program.
-- @param words list the program and its arguments
-- @param env table from name to string, or to false: taken out; or nil
-- @return process
function process.start(words, env)
  local command = { "env" }
  for name, value in pairs(env or {}) do
    if value == false then
      table.insert(command, 2, "-u")
      table.insert(command, 3, name)
    end
  end
  for name, value in pairs(env or {}) do
    if value then command[#command + 1] = name .. "=" .. value end
  end
  table.move(words, 1, #words, #command + 1, command)
  for i, word in ipairs(command) do command[i] = files.quote(word) end

  local self = setmetatable({ folder = files.folder() }, Process)
  local folder = files.quote(self.folder)
  local script = SCRIPT:format(folder, table.concat(command, " "), folder,
    folder, folder, folder)
  assert(os.execute(script))
  wait.for_(5, "the process to begin", function()
    return (files.read(self.folder .. "/pid") or ""):find "\n"
  end)
  self.id = tonumber(files.read(self.folder .. "/pid"))
  return self
end

--- What it has written so far, to standard output and standard error.
function Process:log()
  return self.last_log or files.read(self.folder .. "/log") or ""
end

--- The exit status, as a shell says it, or nil while it runs.
function Process:status()
  if self.last_status then return self.last_status end
  return tonumber(files.read(self.folder .. "/status") or "")
end

--- Waits for its end.
-- @return exit status
-- Raises at the deadline.
function Process:wait_end(seconds)
  return wait.for_(seconds, "the process to end", function()
    return self:status()
  end)
end

-- In each of its threads: the kernel stops one after the other.
local function has_stopped(id)
  local states <close> = io.popen(
    ("cat /proc/%d/task/*/stat 2>/dev/null"):format(id))
  for state in states:read("a"):gmatch "%) (%a) " do
    if state ~= "T" then return false end
  end
  return true
end

--- Sends a signal, "HUP" say. After "STOP" it has stopped.
function Process:signal(name)
  if self:status() then return end
  os.execute(("kill -%s %d 2>/dev/null"):format(name, self.id))
  if name == "STOP" then
    wait.for_(5, "the process to stop", function()
      return has_stopped(self.id)
    end)
  end
end

--- Sends a signal to a process, and waits until it is there: before that a
-- second one of its kind would be the same.
function process.deliver(id, name)
  os.execute(("kill -%s %d"):format(name, id))
  wait.for_(5, "the signal to arrive", function()
    local status = files.read(("/proc/%d/status"):format(id)) or ""
    return not status:find "ShdPnd:%s*0*[1-9a-f]"
  end)
end

--- Ends it where it is, if it still runs, and removes what it left behind. Its
-- log and status can still be asked for.
function Process:remove()
  if self.last_status then return end
  self:signal "KILL"
  local status = self:wait_end(5)
  self.last_log, self.last_status = self:log(), status
  files.remove(self.folder)
end

Process.__gc = Process.remove

return process

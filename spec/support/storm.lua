--- Many clients of one kind at once (spec/support/storm.c) before a server, and
-- a bystander beside them who wants to be answered.
local socket = require "socket"

local client = require "spec.support.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local LONGEST = 1 -- seconds that the bystander may have to wait
local PATIENCE = 30
local MOST_LINES = 2 -- of the log: what happens is said once
local EVERY = 0.02 -- seconds between two questions of the bystander

local storm = {}

local Storm = {}
Storm.__index = Storm

local function count_descriptors(id)
  return #files.run(("ls /proc/%d/fd"):format(id)):gsub("[^\n]", "")
end

local function memory(id)
  local status = files.read(("/proc/%d/status"):format(id))
  return tonumber(status:match "VmRSS:%s*(%d+)") // 1024
end

local function count_lines(base)
  return select(2, base:log():gsub("\n", ""))
end

--- Looks at a server before anything happens, and has the bystander join.
-- @param base server whose action `echo` answers
-- @param tls boolean whether it speaks TLS
function storm.watch(base, tls)
  local bystander = client.join { port = base.port, user = "bystander",
    tls = tls }
  local self = setmetatable({ base = base, bystander = bystander, worst = 0,
    asked = 0 }, Storm)
  self:ask()
  self.worst = 0
  self.lines = count_lines(base)
  self.descriptors = count_descriptors(base.process.id)
  self.before = memory(base.process.id)
  return self
end

--- Has the bystander answered once, within LONGEST.
function Storm:ask()
  local since = socket.gettime()
  self.asked = self.asked + 1
  self.bystander:send_message("echo", "here", self.asked)
  local message
  repeat
    message = assert(self.bystander:receive_message(PATIENCE))
  until message[3] == self.asked
  self.worst = math.max(self.worst, socket.gettime() - since)
end

--- Begins a storm.
-- @param options table `count`; `at_once`, or nil: all; `bytes`: what each
--   sends; `until`, a text that each waits for, or nil; `thereafter`: "hold",
--   "read", "close" or "reset"
function Storm:begin(options)
  self.folder = files.folder()
  files.write(self.folder .. "/bytes", options.bytes)
  self.process = process.start {
    server.program "base-storm", options.port or self.base.port, options.count,
    options.at_once or options.count, self.folder .. "/bytes",
    options.until_text or "", options.thereafter,
  }
  self.count = options.count
end

--- Has the bystander answered until something is true.
function Storm:ask_until(what, look)
  wait.for_(PATIENCE, what, function()
    self:ask()
    socket.sleep(EVERY)
    return look()
  end)
end

--- Has the bystander answered until all have what they waited for, or are sent
-- away.
-- @return numbers of those who were served, and who were not
function Storm:wait_ready()
  local served, refused
  self:ask_until("the storm", function()
    served, refused = self.process:log():match "ready (%d+) (%d+)\n"
    return served or self.process:status()
  end)
  assert(served, self.process:log())
  return tonumber(served), tonumber(refused)
end

--- Has the bystander answered until the server has ended all of them.
function Storm:wait_over()
  self:ask_until("the end of the storm", function()
    return self.process:status()
  end)
  assert(self.process:log():find "over\n", self.process:log())
end

-- Has the bystander answered until the server has as many descriptors as
-- before.
local function wait_given_back(self)
  self:ask_until("the descriptors to be given back", function()
    return count_descriptors(self.base.process.id) <= self.descriptors
  end)
end

--- Has the bystander answered until the server has let go of all of them, of
-- which they may not hear: what they do not read stands between.
Storm.wait_gone = wait_given_back

--- Ends the clients, and waits until the server has given back what they took.
-- Writes a row of the table that STORM_TABLE names, if it does.
-- @param name string of the attack
-- @param what string what the server did
function Storm:finish(name, what)
  local id = self.base.process.id
  local most = memory(id)
  if self.process then self.process:remove() end
  if self.folder then files.remove(self.folder) end
  wait_given_back(self)
  self.bystander:close()
  assert(self.worst < LONGEST,
    ("the bystander waited %.3f s"):format(self.worst))
  local lines = count_lines(self.base) - self.lines
  assert(lines <= MOST_LINES, self.base:log())
  local path = os.getenv "STORM_TABLE"
  if not path then return end
  local file <close> = assert(io.open(path, "a"))
  file:write(("| %s | %d | %s | %.0f ms | %d, %d, %d MB |\n"):format(name,
    self.count, what, self.worst * 1000, self.before, most, memory(id)))
end

return storm

--- Many clients of one kind at once (spec/support/peers/storm.c) before a
-- server, and a bystander beside them who wants to be answered.
-- Each storm comes twice, as
-- what the first has taken and the server keeps must do for the second.
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local LONGEST = 1 -- seconds that the bystander may have to wait
local PATIENCE = 30
local EVERY = 0.02 -- seconds between two questions of the bystander
local SLACK = 8192 -- KiB that a storm may leave behind, and a part of what
local PART = 4 -- the first has left: one of so many
local STORMS = 2
local MEMORY_TIME = 5 -- seconds until the system has it back

local storm = {}

local Storm = {}
Storm.__index = Storm

--- With the sanitizers, freed memory goes back to the system soon, so that it
-- can be told whether it was freed.
storm.ENV = {
  ASAN_OPTIONS = "quarantine_size_mb=1:allocator_release_to_os_interval_ms=100",
}

local function count_descriptors(id)
  return #files.run(("ls /proc/%d/fd"):format(id)):gsub("[^\n]", "")
end

-- In KiB.
local function memory(id)
  local status = files.read(("/proc/%d/status"):format(id))
  return tonumber(status:match "VmRSS:%s*(%d+)")
end

-- The seconds for which the server, and this process, were ready while others
-- had the processor: of a busy machine that is most of what passes.
local function time_of_others(id)
  local nanoseconds = 0
  for _, process_id in ipairs { id, "self" } do
    local file = io.open(("/proc/%s/schedstat"):format(process_id))
    if file then
      nanoseconds = nanoseconds + file:read "a":match "^%d+ (%d+)"
      file:close()
    end
  end
  return nanoseconds / 1e9
end

--- Looks at a server before anything happens, and has the bystander join.
-- @param base server whose action `echo` answers; started with storm.ENV
-- @param app application beside it
-- @param tls boolean whether it speaks TLS
function storm.watch(base, app, tls)
  local bystander = client.join { port = base.port, user = "bystander",
    tls = tls }
  local self = setmetatable({ base = base, app = app, bystander = bystander,
    worst = 0, asked = 0, most = 0 }, Storm)
  self:ask()
  self.worst = 0
  self.log_size = #base:log()
  self.stats = select(2, app:get("GET", "/stats"))
  self.descriptors = count_descriptors(base.process.id)
  self.before = memory(base.process.id)
  return self
end

--- Has the bystander answered once, within LONGEST of what is not others' time.
function Storm:ask()
  local id = self.base.process.id
  local since, of_others = socket.gettime(), time_of_others(id)
  self.asked = self.asked + 1
  self.bystander:send_message("echo", "here", self.asked)
  local message
  repeat
    message = assert(self.bystander:receive_message(PATIENCE))
  until message[3] == self.asked
  of_others = time_of_others(id) - of_others
  self.worst = math.max(self.worst, socket.gettime() - since - of_others)
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
  self.number = options.count
end

--- Has the bystander answered until something is true.
function Storm:ask_until(what, look, seconds)
  wait.for_(seconds or PATIENCE, what, function()
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

-- Ends the clients, and waits until the server has given back what they took.
local function clear(self)
  self.most = math.max(self.most, memory(self.base.process.id))
  if self.process then self.process:remove() end
  if self.folder then files.remove(self.folder) end
  self.process, self.folder = nil, nil
  wait_given_back(self)
end

--- Has one storm come after the other. The second must leave the server no
-- larger than the first did.
-- @param rage function that begins one and waits until it is over
function Storm:play(rage)
  local id = self.base.process.id
  rage()
  clear(self)
  self.first = memory(id)
  rage()
  clear(self)
  local grown = math.max(self.first - self.before, 0)
  local most = self.first + SLACK + grown // PART
  local ok = pcall(self.ask_until, self, "", function()
    return memory(id) <= most
  end, MEMORY_TIME)
  self.second = memory(id)
  assert(ok, ("%d KiB before, %d after the first storm, %d after the second")
    :format(self.before, self.first, self.second))
end

-- What has been counted since the beginning: field of /stats -> number, those
-- in a table as "limited.rate".
local function count(self)
  local now = select(2, self.app:get("GET", "/stats"))
  assert(now.connections == 1, "somebody is left")
  local counted = { opened = now.opened - self.stats.opened }
  for _, group in ipairs { "limited", "closes", "ended" } do
    for name, number in pairs(now[group]) do
      local more = number - self.stats[group][name]
      if more > 0 then counted[group .. "." .. name] = more end
    end
  end
  return counted
end

local function check_counts(counted, expected)
  for name, number in pairs(expected) do
    assert(counted[name] == number, ("%s is %s instead of %d"):format(name,
      counted[name], number))
  end
  for name, number in pairs(counted) do
    local is_limit = name:find "^limited" or name:find "^ended"
    assert(expected[name] or not is_limit, ("%s is %d"):format(name, number))
  end
end

-- What happens is said once for all of them, and nothing else is said.
local function check_log(self, line)
  local log = self.base:log():sub(self.log_size + 1)
  local lines = select(2, log:gsub("\n", ""))
  assert(lines == (line and 1 or 0) and (not line or log:find(line)), log)
end

local function tell(self, name, counted)
  local path = os.getenv "STORM_TABLE"
  if not path then return end
  local words = {}
  for what, number in pairs(counted) do
    words[#words + 1] = ("%s %d"):format(what, number)
  end
  table.sort(words)
  local sizes = {}
  for i, size in ipairs { self.before, self.most, self.first, self.second } do
    sizes[i] = ("%.0f"):format(size / 1024)
  end
  local file <close> = assert(io.open(path, "a"))
  file:write(("| %s | %d times %d | %s | %.0f ms | %s MB |\n"):format(name,
    STORMS, self.number, table.concat(words, ", "), self.worst * 1000,
    table.concat(sizes, ", ")))
end

--- Looks at what it has come to. Writes a row of the table that STORM_TABLE
-- names, if it does: the attack, how many, what /stats has counted, the
-- bystander's worst answer, and the memory before, at most, and after each.
-- @param name string of the attack
-- @param expected table from a field of /stats to what both storms together
--   have added to it; no other limit may have been reached. Or nil: whatever
-- @param line string pattern of the one line in the log, or nil: none
function Storm:finish(name, expected, line)
  local counted = count(self)
  self.bystander:close()
  assert(self.worst < LONGEST,
    ("the bystander waited %.3f s"):format(self.worst))
  if expected then
    check_counts(counted, expected)
    check_log(self, line)
  end
  tell(self, name, counted)
end

return storm

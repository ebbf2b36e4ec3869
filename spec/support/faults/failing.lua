--- Has memory run out in the middle of a story, at one allocation after
-- another, in a server into which spec/support/faults/failing.c is linked.
local cjson = require "cjson"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local STEERING = "<i8i8i8" -- struct steering: succeed, fail, failed
local MANY = 1 << 40
local TRIES = 1000 -- more allocations than any story has
local KEPT = 4 -- descriptors: libcurl's, for the next request

local failing = {}

local Failing = {}
Failing.__index = Failing

--- Starts the server.
-- @param options table of server.start; with `before`, `tls`: how one connects
--   to it (see stream.connect)
function failing.start(options)
  local self = setmetatable({ folder = files.folder(),
    before = options.before, tls = options.tls }, Failing)
  self.path = self.folder .. "/steering"
  files.write(self.path, STEERING:pack(0, 0, 0))
  options.program = "base-failing"
  options.env = { BASE_FAILING = self.path }
  self.base = server.start(options)
  return self
end

local function join_bystander(self)
  self.bystander = client.join { port = self.base.port, user = "bystander",
    before = self.before, tls = self.tls }
end

-- Without truncating: the server sees the same page.
local function steer(self, succeed, fail)
  local file = assert(io.open(self.path, "r+b"))
  file:write(STEERING:pack(succeed, fail, 0))
  file:close()
end

local function count_failed(self)
  return select(3, STEERING:unpack(files.read(self.path)))
end

local function count_descriptors(self)
  local path = ("/proc/%d/fd"):format(self.base.process.id)
  return #files.run("ls " .. path):gsub("[^\n]", "")
end

-- Has the bystander answered. One for whom there was no memory for a message
-- was disconnected, rather than to miss it, and comes back.
local function ask_bystander(self, n)
  self.bystander:send_message("echo", n, n)
  local message
  repeat
    local opcode, payload = self.bystander:receive()
    if opcode == frame.CLOSE or payload == "closed" then
      self.bystander:close()
      join_bystander(self)
      return ask_bystander(self, n)
    end
    assert(opcode == frame.TEXT, payload)
    message = cjson.decode(payload)
  until message[1] == "echo" and message[3] == n
end

--- Plays a story in which so many allocations succeed, and the next does not.
-- @param tell function(base, prepared)
-- @return number how many failed: 0 when there were no more
function Failing:fail_at(n, tell, prepared, lasting)
  steer(self, n, lasting and MANY or 1)
  local ok, why = pcall(tell, self.base, prepared)
  local failed = count_failed(self)
  steer(self, 0, 0)
  if not ok then error(("allocation %d: %s"):format(n + 1, why), 0) end
  return failed
end

--- Plays a story until it needs no allocation that failed. Each time the
-- bystander must be answered afterwards, past everybody who is gone.
-- @param prepare function(base) -> what the story needs, or nil; memory is
--   there
-- @param tell function(base, prepared): must come to its end, whether it is
--   served or not
-- @param lasting boolean whether memory stays away once it has run out, until
--   the story has ended
-- @return number of allocations at which memory ran out
function Failing:play(prepare, tell, lasting)
  join_bystander(self)
  local descriptors = count_descriptors(self)
  for n = 0, TRIES do
    local failed = self:fail_at(n, tell, prepare(self.base), lasting)
    ask_bystander(self, n)
    if failed == 0 then
      wait.for_(5, "the descriptors to be given back", function()
        return count_descriptors(self) <= descriptors + KEPT
      end)
      self.bystander:close()
      return n
    end
  end
  error "the story has no end"
end

--- Ends the server, which must not have lost anything.
function Failing:stop()
  self.base:stop()
  files.remove(self.folder)
end

return failing

--- What one peer's bytes cost a server, and how long they keep a bystander
-- waiting. Both are time of the processor that the loop's thread has had, which
-- whatever else runs on the machine hardly changes.
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local stream = require "spec.support.peers.stream"

local PATIENCE = 60 -- seconds for everything that should come
local PIECE = 256 * 1024 -- bytes that are sent at once
local LEAST, ENOUGH = 0.01, 0.3 -- seconds of all samples of a cost together
local FEWEST, MOST = 3, 12 -- samples of less than ENOUGH

local budget = {}

local Budget = {}
Budget.__index = Budget

--- Watches a server.
-- @param base server whose built-in `ping` answers
function budget.watch(base)
  local id = base.process.id
  local self = setmetatable({ base = base, asked = 0,
    path = ("/proc/%d/task/%d/schedstat"):format(id, id) }, Budget)
  self.bystander = client.join { port = base.port, user = "bystander" }
  return self
end

-- What the loop's thread has had of the processor, in seconds.
local function cpu_time(self)
  return tonumber(files.read(self.path):match "^%d+") / 1e9
end

-- Asks as the bystander does, and returns what the loop did before it answered.
local function ask(self)
  local before = cpu_time(self)
  self.asked = self.asked + 1
  self.bystander:send_message("ping", nil, self.asked)
  local answer = self.bystander:receive_message(PATIENCE)
  assert(answer and answer[3] == self.asked, self.base:log())
  return cpu_time(self) - before
end

-- Sends as much as is taken. True when that was all.
local function send(peer, bytes)
  peer.socket:settimeout(0)
  while peer.sent < #bytes do
    local to = math.min(peer.sent + PIECE, #bytes)
    local last, why, part = peer.socket:send(bytes, peer.sent + 1, to)
    peer.sent = last or math.max(part or 0, peer.sent)
    if why == "closed" then error("the peer was sent away", 0) end
    if not last then return false end
  end
  return true
end

-- Reads what is there. True when the answer has come.
local function read(peer, ending)
  peer.socket:settimeout(0)
  local bytes, why, part = peer.socket:receive(1 << 20)
  peer.buffer = peer.buffer .. (bytes or part or "")
  if peer.buffer:find(ending, 1, true) then return true end
  if why == "closed" then error("another answer: " .. peer.buffer, 0) end
  peer.buffer = peer.buffer:sub(-200)
  return false
end

local function connect(self, input)
  local peer = stream.connect { port = input.port or self.base.port }
  peer.sent = 0
  if input.before then
    assert(peer:send(input.before))
    assert(peer:read_to(input.ready, socket.gettime() + PATIENCE),
      self.base:log())
  end
  return peer
end

-- Has a peer send its bytes. `meanwhile` is called until it has its answer.
local function play(self, peer, input, meanwhile)
  local deadline = socket.gettime() + PATIENCE
  while true do
    local is_sent = send(peer, input.bytes)
    if read(peer, input.ending) and is_sent then return end
    meanwhile(is_sent)
    if socket.gettime() > deadline then
      error("no answer:\n" .. self.base:log(), 2)
    end
  end
end

local function serve(self, input)
  local peer = connect(self, input)
  local only = { peer.socket }
  ask(self)
  local before = cpu_time(self)
  play(self, peer, input, function(is_sent)
    socket.select(only, not is_sent and only or nil, 1)
  end)
  ask(self)
  local spent = cpu_time(self) - before
  peer:close()
  return spent
end

--- What it costs to serve an input: the least of several samples, as what
-- disturbs a sample only adds to it.
-- @param input table `bytes`; `ending`: a text at the end of the answer;
--   `before` and `ready`: what is sent before and how it is answered, or nil;
--   `port`, or nil
-- @param times integer how often it is served for one sample, or nil: 1
-- @return number seconds
function Budget:cost(input, times)
  local least, sum, count = math.huge, 0, 0
  repeat
    local spent = 0
    for _ = 1, times or 1 do spent = spent + serve(self, input) end
    least, sum, count = math.min(least, spent), sum + spent, count + 1
  until sum >= ENOUGH or count >= FEWEST and (sum >= LEAST or count >= MOST)
  return least
end

--- How long a bystander waits while an input is served: of all its questions
-- the one that waited longest, in the best of three tries.
-- @return number seconds
function Budget:wait(input)
  local best = math.huge
  for _ = 1, 3 do
    local worst, peer = 0, connect(self, input)
    play(self, peer, input, function()
      worst = math.max(worst, ask(self))
    end)
    best = math.min(best, math.max(worst, ask(self)))
    peer:close()
  end
  return best
end

function Budget:close()
  self.bystander:close()
end

return budget

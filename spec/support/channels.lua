--- What the specs of channels share: the same stories over each bus, and
-- clients that speak to channels.
-- @usage
-- for _, bus in ipairs(channels.buses) do
--   describe(bus.name, function()
--     before_each(bus.use)
--     after_each(bus.leave)
--     it("tells its members what is said", function()
--       channels.project { ["room:*"] = "send = true" }
--       local ada = channels.user "ada"
--       ada:join "room:1"
--     end)
--   end)
-- end
local assert = require "luassert"
local world = require "spec.helper"

local base = require "base"
local driver, json = world.driver, world.json

local channels = {}

-- The kinds, each with its seeds.
local BUSES = {
  { "memory" }, { "late" },
  { "shuffled", 1 }, { "shuffled", 2 }, { "shuffled", 3 }, { "shuffled", 4 },
}

--- The buses: each with `name`, `kind`, and functions for before_each and
-- after_each, `use` and `leave`.
channels.buses = {}
for i, bus in ipairs(BUSES) do
  local kind, seed = bus[1], bus[2]
  channels.buses[i] = {
    name = ("(bus: %s%s)"):format(kind, seed and " " .. seed or ""),
    kind = kind,
    use = function() driver.bus(kind, seed) end,
    leave = function()
      world.reset()
      driver.bus "memory"
    end,
  }
end

--- Lets the bus answer all that waits. Takes some milliseconds, if any.
function channels.settle()
  for _ = 1, 10000 do
    if #driver.bus_waiting() == 0 then return end
    driver.advance(0.001)
  end
  error("the bus goes on for ever", 2)
end

--- Runs a function as a script, which may wait for the bus, and returns what it
-- returns.
function channels.run(f)
  local result
  base.after(0.001, function() result = table.pack(pcall(f)) end)
  driver.advance(0.001)
  channels.settle()
  if not result then error("it still waits", 2) end
  if not result[1] then error(result[2], 2) end
  return table.unpack(result, 2, result.n)
end

--- Does what a late bus that is moved by hand has in its queue.
-- @param text string as driver.bus_waiting tells it, "read room"
-- @param answers boolean or nil false: of a call, all but the answer
function channels.go_on(text, answers)
  for place, each in ipairs(driver.bus_waiting()) do
    if each == text then return driver.bus_do(place, answers) end
  end
  error(("%s does not wait, but: %s"):format(text,
    table.concat(driver.bus_waiting(), ", ")), 2)
end

--- The text of a base.lua with these rules.
-- @param rules table from a pattern to the inside of its rule
-- @param more string or nil further settings
function channels.settings(rules, more)
  local parts = {}
  for pattern, inside in pairs(rules) do
    parts[#parts + 1] = ("[%q] = { %s },"):format(pattern, inside)
  end
  return world.settings("channels = {" .. table.concat(parts, "\n") .. "},\n"
    .. (more or ""))
end

--- Starts a project with these rules.
-- @param rules table from a pattern to the inside of its rule
-- @param more string or nil further settings
-- @param files table or nil further files
function channels.project(rules, more, files)
  local all = { ["base.lua"] = channels.settings(rules, more) }
  for path, text in pairs(files or {}) do all[path] = text end
  world.project(all)
end

local Client = {}
Client.__index = Client

--- Says something; "nothing" is a null.
function Client:say(message)
  self.client:say(message)
end

--- What came since it was last asked, apart from what `skip` names.
function Client:heard(skip)
  channels.settle()
  local list = {}
  for _, message in ipairs(self.client:heard()) do
    if message[1] ~= skip then list[#list + 1] = message end
  end
  return list
end

--- The same without `$members`.
function Client:told()
  return self:heard "$members"
end

--- Says something with an id, and returns the answer; what came besides is kept
-- in `self.besides`.
function Client:ask(command, body, channel)
  self.id = (self.id or 0) + 1
  if body == nil then body = json.null end
  self:say { command, body, self.id, channel }
  return self:answer(self.id)
end

--- The answer to what was asked with this id; it has to be there.
function Client:answer(id)
  local answer
  self.besides = {}
  for _, message in ipairs(self:heard()) do
    if message[3] == id then
      assert(not answer, "two answers")
      answer = message
    else
      table.insert(self.besides, message)
    end
  end
  if not answer then error("no answer\n" .. world.log(), 2) end
  return answer
end

--- Joins a channel, which has to succeed; returns the body of `$joined` and the
-- position.
function Client:join(channel, body)
  local answer = self:ask("$join", body, channel)
  assert.equal("$joined", answer[1],
    answer[1] == "error" and json.encode(answer[2]) or nil)
  assert.equal(channel, answer[4])
  return answer[2], answer[5]
end

--- The code with which something is refused.
function Client:refused(command, body, channel)
  local answer = self:ask(command, body, channel)
  assert.equal("error", answer[1])
  assert.equal(channel, answer[4])
  return answer[2].code, answer[2]
end

function Client:leave(code, reason)
  self.client:leave(code, reason)
end

function Client:closed()
  return self.client:closed()
end

--- A client that has been told what it is at first: registered as this user; a
-- guest without a name.
function channels.fresh(name)
  local client = world.connect { user = name }
  return setmetatable({ client = client, connection = client.connection },
    Client)
end

--- A client that is registered as this user. What it was told is skipped.
function channels.user(name)
  local self = channels.fresh(name)
  self:heard()
  return self
end

--- A client without a user.
function channels.guest()
  return channels.user()
end

return channels

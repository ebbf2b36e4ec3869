--- A project whose one action, "run", tells what it sees.
local assert = require "luassert"

local world = require "spec.helper"

local script = {}

--- What the action has told, in order.
-- @return list
function script.told()
  return { table.unpack(world.seen) }
end

--- Loads the project.
-- @param body string of the action, which may call `tell(value)`
-- @param settings string or nil of base.lua
function script.load(body, settings)
  world.project {
    ["base.lua"] = world.settings(settings or ""),
    ["actions/run.lua"] = world.action(
      "local function tell(x) seen[#seen + 1] = x end\n" .. body),
  }
end

--- Loads it, runs the action for a new user and lets time pass. Fails when the
-- log tells of anything.
-- @param body string of the action
-- @param seconds number or nil
-- @return user
function script.run(body, seconds)
  script.load(body)
  local ada = world.user "ada"
  ada:say { "run" }
  world.advance(seconds or 0)
  assert.equal("", world.log())
  return ada
end

return script

-- Runs that hold the loop for longer than limits.slow_run.
local world = require "spec.helper"

after_each(world.reset)

local LIMITS = "limits = { slow_run = 0.05, run_time = 0 }, "

local function project(action, settings)
  world.project {
    ["base.lua"] = world.settings(LIMITS .. (settings or "")),
    ["actions/run.lua"] = world.action(action),
    ["actions/quick.lua"] = world.action "return message:respond 'ok'",
  }
end

-- The lines that tell of such runs.
local function slow_lines(log)
  local lines = {}
  for line in log:gmatch "[^\n]+" do
    if line:find("blocked the event loop", 1, true)
      or line:find("slow: ", 1, true) then
      lines[#lines + 1] = line
    end
  end
  return lines
end

local SLOW = "os.execute 'sleep 0.2'"

describe("A slow run", function()
  it("is logged with name, place, user and duration", function()
    project(SLOW)
    local ada = world.user "ada"
    ada:say { "run" }
    ada:say { "quick", 1, 2 }
    local lines = slow_lines(world.log())
    assert.equal(1, #lines)
    local seconds = lines[1]:match(
      " warn action run blocked the event loop for ([%d.]+) s "
        .. "%(limits.slow_run%) connection=%d+ user=ada "
        .. "function=actions/run.lua:1$")
    assert.is_true(tonumber(seconds) >= 0.19 and tonumber(seconds) < 20,
      lines[1])
  end)

  it("may raise, wait, or be called last, and each slice counts", function()
    project("base.sleep(1) " .. SLOW .. " error 'no'")
    local ada = world.user "ada"
    ada:say { "run" }
    assert.same({}, slow_lines(world.log()))
    world.advance(1)
    assert.equal(1, #slow_lines(world.log()))
    project("return " .. SLOW)
    world.advance(60)
    ada:say { "run" }
    assert.matches("function=actions/run.lua:1", slow_lines(world.log())[1])
  end)

  it("is logged once a minute, then as a sum with the longest", function()
    project "os.execute('sleep ' .. message.body)"
    local ada = world.user "ada"
    for _, seconds in ipairs { 0.1, 0.1, 0.3, 0.1 } do
      ada:say { "run", seconds }
    end
    assert.equal(1, #slow_lines(world.log()))
    world.advance(60)
    local lines = slow_lines(world.log())
    assert.equal(1, #lines)
    local longest = lines[1]:match(" warn 3 more in the last minute, "
      .. "the longest ([%d.]+) s: slow: actions/run.lua:1$")
    assert.is_true(tonumber(longest) >= 0.29, lines[1])
  end)

  local hooks = {
    ["on.connect"] = "on = { connect = function()\n%s end },",
    ["on.disconnect"] = "on = { disconnect = function()\n%s end },",
    ["on.online"] = "on = { online = function()\n%s end },",
    ["on.offline"] = "on = { offline = function()\n%s end },",
    ["on.text"] = "on = { text = function()\n%s end },",
    ["on.binary"] = "on = { binary = function()\n%s end },",
    ["on.error"] = "on = { error = function()\n%s end },",
    ["action nothing"] = "actions = { resolver = function()\n%s end },",
    ["authenticate"] = "authenticate = function(c, register)\n"
      .. "%s register(c, { id = 1 }) end,",
    ["http GET /path"] = "http = function() %s return 204 end,",
  }
  for name, text in pairs(hooks) do
    it("is logged with its name: " .. name, function()
      project("", text:format(SLOW))
      world.file("actions/fail.lua", world.action "error 'no'")
      assert.is_true(world.reload())
      local ada = world.user "ada"
      ada:say { name == "action nothing" and "nothing" or "fail" }
      ada:say_binary "bytes"
      world.request "GET /path?token=secret"
      ada:leave()
      world.advance(10)
      local log = world.log()
      assert.matches("warn " .. name .. " blocked the event loop for ",
        slow_lines(log)[1], 1, true)
      assert.matches("function=base.lua:2", slow_lines(log)[1], 1, true)
      assert.is_nil(log:find "secret")
    end)
  end

  it("is logged for timers, spawned runs and on.reload", function()
    project("base.spawn(function() " .. SLOW .. " end)\n"
      .. "base.after(1, function() " .. SLOW .. " end)",
      "on = { reload = function() " .. SLOW .. " end },")
    world.log()
    world.user "ada":say { "run" }
    world.advance(1)
    local lines = slow_lines(world.log())
    assert.matches("warn timer blocked .* function=actions/run.lua:2$",
      lines[1])
    assert.matches("warn timer blocked .* function=actions/run.lua:3$",
      lines[2])
    world.advance(60)
    world.log()
    assert.is_true(world.reload())
    assert.matches("warn on.reload blocked .* function=base.lua:2$",
      slow_lines(world.log())[1])
  end)

  it("is not logged when limits.slow_run is 0", function()
    world.project {
      ["base.lua"] = world.settings "limits = { slow_run = 0, run_time = 0 },",
      ["actions/run.lua"] = world.action(SLOW),
    }
    world.user "ada":say { "run" }
    assert.equal("", world.log())
  end)

  it("is logged once when run_time has ended it", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { slow_run = 0.05, run_time = 0.2 },",
      ["actions/run.lua"] = world.action "while true do end",
    }
    world.user "ada":say { "run" }
    local log = world.log()
    assert.matches("limits.run_time has passed", log, 1, true)
    assert.same({}, { log:match "limits.slow_run" })
  end)

  it("includes what Base does for it", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { slow_run = 0.02, run_memory = 0, run_time = 0 },",
      ["actions/make.lua"] = world.action [[
        base.state.large = {}
        for i = 1, 300000 do base.state.large[i] = i end]],
      ["actions/encode.lua"] = world.action
        "return message:respond('large', base.state.large)",
    }
    local ada = world.user "ada"
    ada:say { "make" }
    ada:say { "encode" }
    local lines = slow_lines(world.log())
    assert.matches("warn action encode blocked the event loop ", lines[#lines])
  end)
end)

-- Timers, and runs that wait, are not without number.
local world = require "spec.helper"

after_each(world.reset)

describe("limits.timers and limits.coroutines", function()
  local function project(limits, body)
    world.project {
      ["base.lua"] = world.settings("limits = { " .. limits .. " },"),
      ["actions/run.lua"] = world.action(body),
      ["actions/echo.lua"] = world.action [[
        return message:respond("echo", message.body)
      ]],
    }
    return world.user "ada"
  end

  local function cancel_all()
    for _, timer in ipairs(world.seen) do
      if type(timer) == "userdata" then timer:cancel() end
    end
  end

  for name, call in pairs {
    after = "base.after(100, os.time)", every = "base.every(100, os.time)",
    spawn = "base.spawn(base.sleep, 100)",
  } do
    it("refuse one timer too many in base." .. name .. " says so", function()
      local ada = project("timers = 10", ([[
        for i = 1, 10 do seen[i] = %s or true end
        seen[11] = select(2, pcall(function() return %s end))
        %s
      ]]):format(call, call, call))
      local command, answer = ada:ask "run"
      assert.same({ "error", "busy" }, { command, answer.code })
      assert.is_nil(answer.ref)
      assert.equal("actions/run.lua:3", world.place(world.seen[11]))
      assert.matches("limits.timers", world.seen[11], 1, true)
      local log = world.log()
      assert.equal("actions/run.lua:4", world.place(log))
      assert.matches("limits.timers", log, 1, true)
      assert.equal("echo", (ada:ask "echo"))
      world.advance(200)
      cancel_all()
      assert.equal("busy", select(2, ada:ask "run").code) -- after ten more
      assert.equal("actions/run.lua:4", world.place(world.log()))
      cancel_all()
    end)
  end

  it("refuse one wait too many", function()
    local ada = project("coroutines = 10", [[
      if message.body then
        for _ = 1, 10 do base.spawn(base.sleep, 100) end
        return
      end
      seen[1] = select(2, pcall(base.sleep, 1))
      base.sleep(1)
    ]])
    ada:say { "run", true }
    world.advance(1)
    local command, answer = ada:ask "run"
    assert.same({ "error", "busy" }, { command, answer.code })
    assert.matches("limits.coroutines", world.seen[1], 1, true)
    local log = world.log()
    assert.equal("actions/run.lua:7", world.place(log))
    assert.equal("echo", (ada:ask "echo"))
    world.advance(200)
    ada:say { "run" }
    world.advance(2)
    assert.equal("", world.log())
  end)

  it("are off when 0", function()
    local ada = project("timers = 0, coroutines = 0", [[
      for _ = 1, 1000 do base.spawn(base.sleep, 100) end
      return message:respond "done"
    ]])
    assert.equal("done", (ada:ask "run"))
    world.advance(200)
    assert.equal("", world.log())
  end)
end)

-- Waits inside the script's own coroutines reach Base, and nobody in between.
local script = require "spec.support.script"
local world = require "spec.helper"

after_each(world.reset)

local told, project, run = script.told, script.load, script.run

describe("a wait inside a coroutine", function()
  it("is not seen by who resumed it", function()
    run([[
      local co = coroutine.create(function(a)
        tell(a)
        base.sleep(1)
        local b = coroutine.yield("yielded")
        base.sleep(1)
        tell(b)
        return "returned"
      end)
      tell(select(2, coroutine.resume(co, "a")))
      tell(select(2, coroutine.resume(co, "b")))
      tell(coroutine.status(co))
    ]], 2)
    assert.same({ "a", "yielded", "b", "returned", "dead" }, told())
  end)

  it("may lie deep inside others that yield on their own", function()
    run([[
      local function deep(level)
        if level == 0 then base.sleep(1) return 0 end
        local f = coroutine.wrap(function()
          coroutine.yield(level)
          base.sleep(1)
          return 1 + deep(level - 1)
        end)
        f()
        return f()
      end
      tell(deep(20))
    ]], 21)
    assert.same({ 20 }, told())
  end)

  it("works in a for loop over coroutine.wrap", function()
    run([[
      for i in coroutine.wrap(function()
        for i = 1, 3 do base.sleep(1) coroutine.yield(i) end
      end) do
        base.sleep(1)
        tell(i)
      end
    ]], 6)
    assert.same({ 1, 2, 3 }, told())
  end)

  it("gives a question's answer to who asked", function()
    local ada = run [[
      local f = coroutine.wrap(function()
        coroutine.yield(connection:call("question"))
      end)
      tell(f())
    ]]
    local id = ada:heard()[1][3]
    ada:say { "ok", 7, id }
    assert.same({ 7 }, told())
  end)

  it("raises to who resumed it what is raised after the wait", function()
    run([[
      local co = coroutine.create(function() base.sleep(1) error("no", 0) end)
      tell(select(2, coroutine.resume(co)))
      local f = coroutine.wrap(function() base.sleep(1) error({}) end)
      tell(type(select(2, pcall(f))))
    ]], 2)
    assert.same({ "no", "table" }, told())
  end)

  it("cannot be resumed or closed by others meanwhile", function()
    run([[
      local co = coroutine.create(function() base.sleep(2) tell "woken" end)
      base.spawn(function() coroutine.resume(co) end)
      base.sleep(1)
      local ok, why = coroutine.resume(co)
      tell(ok)
      tell(why)
      tell(pcall(coroutine.close, co))
      base.sleep(2)
      tell(coroutine.status(co))
    ]], 3)
    assert.same({ false, "cannot resume a coroutine that waits in Base", false,
      "woken", "dead" }, told())
  end)

  it("runs all <close> variables when action_time ends it", function()
    project([[
      local function closing(name)
        return setmetatable({}, { __close = function() tell(name) end })
      end
      local _ <close> = closing "outer"
      coroutine.wrap(function()
        local _ <close> = closing "middle"
        coroutine.wrap(function()
          local _ <close> = closing "inner"
          pcall(base.sleep, 50)
          tell "not reached"
        end)()
      end)()
    ]], "limits = { action_time = 2 },")
    world.user "ada":say { "run" }
    world.advance(2)
    assert.same({ "inner", "middle", "outer" }, told())
    assert.matches("limits.action_time has passed", world.log(), 1, true)
  end)

  it("is a clear error where the coroutine is being closed", function()
    run [[
      local function closing(f)
        return coroutine.create(function()
          local _ <close> = setmetatable({}, { __close = f })
          coroutine.yield()
        end)
      end
      for _, f in ipairs { function() base.sleep(1) end,
          function() coroutine.yield() end } do
        local co = closing(f)
        coroutine.resume(co)
        local ok, why = coroutine.close(co)
        tell(ok)
        tell(type(why))
      end
      base.sleep(1)
      tell "on"
    ]]
    world.advance(1)
    assert.same({ false, "string", false, "string", "on" }, told())
  end)
end)

describe("coroutines", function()
  it("yielding outside of one is a clear error", function()
    project "\ncoroutine.yield(1)"
    local _, body = world.user "ada":ask "run"
    assert.equal("failed", body.code)
    local log = world.log()
    assert.equal("actions/run.lua:4", world.place(log))
    assert.matches("outside a coroutine", log, 1, true)
  end)

  it("behave as in any Lua otherwise", function()
    run [[
      local co = coroutine.create(function(...)
        tell(select("#", ...))
        tell(select("#", coroutine.yield()))
      end)
      tell(coroutine.resume(co, nil, nil))
      tell(coroutine.status(co))
      tell(coroutine.resume(co, nil))
      tell(select(2, coroutine.resume(co)))
      tell(select(2, coroutine.resume(coroutine.running())))
      tell(select(2, pcall(coroutine.wrap(function() error("no", 0) end))))
      tell(pcall(coroutine.resume, 7))
      local f = coroutine.wrap(function() end)
      f()
      tell(select(2, pcall(f)))
    ]]
    assert.same({ 2, true, "suspended", 1, true, "cannot resume dead coroutine",
      "cannot resume non-suspended coroutine", "no",
      false, "cannot resume dead coroutine" }, told())
  end)

  for _, way in ipairs { "coroutine.wrap(f)()",
      "assert(coroutine.resume(coroutine.create(f)))" } do
    it("nested without end are an error: " .. way, function()
      project("local function f() " .. way .. " end f()")
      local ada = world.user "ada"
      local _, body = ada:ask "run"
      assert.equal("failed", body.code)
      assert.equal("pong", (ada:ask "ping"))
    end)
  end

  it("closed inside each other without end are an error", function()
    project [[
      local function f()
        local co = coroutine.create(function()
          local _ <close> = setmetatable({}, { __close = f })
          coroutine.yield()
        end)
        assert(coroutine.resume(co))
        assert(coroutine.close(co))
      end
      f()
    ]]
    local ada = world.user "ada"
    local _, body = ada:ask "run"
    assert.equal("failed", body.code)
    assert.matches("C stack overflow", world.log(), 1, true)
    assert.equal("pong", (ada:ask "ping"))
  end)

  it("close runs <close> variables and says how it went", function()
    run [[
      local co = coroutine.create(function()
        local _ <close> = setmetatable({}, { __close = function()
          tell "closed"
        end })
        coroutine.yield()
      end)
      coroutine.resume(co)
      tell(coroutine.close(co))
      tell(coroutine.status(co))
    ]]
    assert.same({ "closed", true, "dead" }, told())
  end)
end)

-- Waiting looks like plain code, wherever a script runs.
local script = require "spec.support.script"
local world = require "spec.helper"

after_each(world.reset)

local told, project, run = script.told, script.load, script.run

describe("base.sleep", function()
  it("waits in an action", function()
    project "tell(1) base.sleep(0.5) tell(2)"
    world.user "ada":say { "run" }
    world.advance(0.499)
    assert.same({ 1 }, told())
    world.advance(0.001)
    assert.same({ 1, 2 }, told())
  end)

  it("returns nothing", function()
    run("tell(select('#', base.sleep(1)))", 1)
    assert.same({ 0 }, told())
  end)

  it("waits in authenticate, hooks, welcome and the resolver", function()
    project("", [[
      authenticate = function(connection, register)
        base.sleep(1) seen[#seen + 1] = "authenticate"
        register(connection, { id = "ada" })
      end,
      welcome = function() base.sleep(1) seen[#seen + 1] = "welcome" end,
      actions = { resolver = function()
        base.sleep(1) seen[#seen + 1] = "resolver"
      end },
      on = {
        connect = function() base.sleep(1) seen[#seen + 1] = "connect" end,
        online = function() base.sleep(1) seen[#seen + 1] = "online" end,
        disconnect = function()
          base.sleep(1) seen[#seen + 1] = "disconnect"
        end,
        offline = function() base.sleep(1) seen[#seen + 1] = "offline" end,
      },
    ]])
    local client = world.connect()
    world.advance(10)
    client:say { "nothing" }
    world.advance(10)
    client:leave()
    world.advance(10)
    assert.same({ "connect", "authenticate", "welcome", "online", "resolver",
      "disconnect", "offline" }, told())
    assert.equal("", world.log())
  end)

  it("waits inside pcall, xpcall and error handlers' callers", function()
    run([[
      tell(select(2, pcall(function() base.sleep(1) return "pcall" end)))
      tell(select(2, pcall(function() base.sleep(1) error("raised", 0) end)))
      tell(select(2, xpcall(function() base.sleep(1) return "x" end, print)))
    ]], 3)
    assert.same({ "pcall", "raised", "x" }, told())
  end)

  it("waits inside metamethods, iterators and __close", function()
    run([[
      local object = setmetatable({}, {
        __index = function(_, key) base.sleep(1) return key end,
        __newindex = function(_, key) base.sleep(1) tell(key) end,
        __add = function() base.sleep(1) return "add" end,
        __lt = function() base.sleep(1) return true end,
        __eq = function() base.sleep(1) return true end,
        __concat = function() base.sleep(1) return "concat" end,
        __call = function() base.sleep(1) return "call" end,
        __close = function() base.sleep(1) tell "close" end,
      })
      tell(object.index)
      object.newindex = 1
      tell(object + 1)
      tell(object < 1)
      tell(object == setmetatable({}, getmetatable(object)))
      tell(object .. "x")
      tell(object())
      for x in function(_, x) base.sleep(1) if not x then return "for" end end
      do tell(x) end
      do local _ <close> = object end
    ]], 20)
    assert.same({ "index", "newindex", "add", true, true, "concat", "call",
      "for", "close" }, told())
  end)

  for name, line in pairs {
    ["table.sort"] = "table.sort({ 2, 1 }, function() base.sleep(1) end)",
    ["string.gsub"] = "string.gsub('x', 'x', function() base.sleep(1) end)",
  } do
    it("is a clear error inside " .. name, function()
      project("\n" .. line)
      local _, body = world.user "ada":ask "run"
      assert.equal("failed", body.code)
      local log = world.log()
      assert.equal("actions/run.lua:4", world.place(log))
      assert.matches("cannot wait inside a callback of a C function", log, 1,
        true)
    end)
  end

  it("of 0 seconds goes on in the next turn, others first", function()
    project [[
      tell("first " .. message.body)
      for i = 1, 2 do
        base.sleep(0)
        tell(message.body .. i)
      end
    ]]
    world.user "ada":say { "run", "a" }
    world.user "bob":say { "run", "b" }
    assert.same({ "first a", "first b" }, told())
    world.advance(0)
    assert.same({ "first a", "first b", "a1", "b1", "a2", "b2" }, told())
  end)

  it("of 0 seconds, again and again, lets time pass", function()
    project [[
      base.after(1, function() tell "due" end)
      while #seen == 0 do base.sleep(0) end
      tell "end"
    ]]
    world.user "ada":say { "run" }
    world.advance(2)
    assert.same({ "due", "end" }, told())
  end)

  for _, call in ipairs { "sleep(-1)", "sleep(-1e-9)", "sleep(0/0)",
      "sleep(1/0)", "sleep 'x'", "sleep(nil)", "sleep {}", "after(-1, print)",
      "after(0/0, print)", "after(1/0, print)", "after('x', print)",
      "after(nil, print)", "after({}, print)", "every(0, print)",
      "every(-1, print)", "every(0/0, print)", "every(1/0, print)",
      "every('x', print)", "every(nil, print)", "every({}, print)" } do
    it("raises at the caller's line for " .. call, function()
      project("\nbase." .. call)
      local _, body = world.user "ada":ask "run"
      assert.equal("failed", body.code)
      assert.equal("actions/run.lua:4", world.place(world.log()))
    end)
  end
end)

describe("base.spawn", function()
  it("runs beside the queue, with its arguments", function()
    run([[
      base.spawn(function(...)
        tell(select("#", ...))
        tell((...))
        base.sleep(1)
        tell "end"
      end, "argument", nil)
      tell "first"
    ]], 1)
    assert.same({ "first", 2, "argument", "end" }, told())
  end)

  it("may wait longer than action_time", function()
    project([[base.spawn(function() base.sleep(100) tell "end" end)]],
      "limits = { action_time = 1 },")
    world.user "ada":say { "run" }
    world.advance(101)
    assert.same({ "end" }, told())
  end)

  it("says in the log where it raised", function()
    project "base.spawn(function()\nerror 'no' end)"
    world.user "ada":say { "run" }
    world.advance(0)
    assert.equal("actions/run.lua:4", world.place(world.log()))
  end)

  it("raises for what is no function", function()
    project "base.spawn(7)"
    local _, body = world.user "ada":ask "run"
    assert.equal("failed", body.code)
  end)
end)

describe("a timer", function()
  it("of 0 seconds runs in the next turn", function()
    project "base.after(0, function() tell 'due' end) tell 'before'"
    world.user "ada":say { "run" }
    assert.same({ "before" }, told())
    world.advance(0)
    assert.same({ "before", "due" }, told())
  end)

  it("runs once, after its time", function()
    run("base.after(2, function() tell 'due' end)", 1.999)
    assert.same({}, told())
    world.advance(0.001)
    world.advance(10)
    assert.same({ "due" }, told())
  end)

  it("runs every so often, until it is cancelled", function()
    run([[
      local timer
      timer = base.every(2, function()
        tell(#seen + 1)
        if #seen == 3 then timer:cancel() end
      end)
    ]], 100)
    assert.same({ 1, 2, 3 }, told())
  end)

  it("never runs twice at once, and keeps its rhythm", function()
    run([[
      local running, timer
      timer = base.every(2, function()
        assert(not running)
        running = true
        tell(#seen + 1)
        base.sleep(3)
        running = false
        if #seen == 3 then timer:cancel() end
      end)
    ]], 2)
    assert.same({ 1 }, told())
    world.advance(3.999)
    assert.same({ 1 }, told())
    world.advance(0.001)
    assert.same({ 1, 2 }, told())
    world.advance(100)
    assert.same({ 1, 2, 3 }, told())
  end)

  it("goes on after an error", function()
    project [[
      local timer
      timer = base.every(1, function()
        tell(#seen + 1)
        if #seen == 3 then timer:cancel() end
        error "no"
      end)
    ]]
    world.user "ada":say { "run" }
    world.advance(10)
    assert.same({ 1, 2, 3 }, told())
    local _, count = world.log():gsub("error actions/run.lua:7: no", "")
    assert.equal(3, count)
  end)

  it("that is cancelled does not run", function()
    run([[
      local timer = base.after(1, function() tell "after" end)
      base.every(1, function() tell "every" end):cancel()
      timer:cancel()
      timer:cancel()
    ]], 10)
    assert.same({}, told())
  end)

  it("that is cancelled while it waits finishes that run", function()
    run([[
      local timer = base.every(1, function() base.sleep(1) tell "end" end)
      base.sleep(1.5)
      timer:cancel()
    ]], 10)
    assert.same({ "end" }, told())
  end)
end)

-- What Base puts in the place of functions of Lua's own.
local world = require "spec.helper"

after_each(world.reset)

describe("A __gc in a project file", function()
  for _, call in ipairs { "setmetatable({}, { __gc = print })",
      "debug.setmetatable({}, { __gc = print })" } do
    it("is refused at the caller's line: " .. call, function()
      world.project { ["actions/run.lua"] = world.action("\n" .. call) }
      assert.equal("failed", select(2, world.user "ada":ask "run").code)
      local log = world.log()
      assert.equal("actions/run.lua:3", world.place(log))
      assert.matches("__gc is not available to a project's files", log, 1, true)
    end)
  end

  it("leaves setmetatable as it is otherwise", function()
    world.project { ["actions/run.lua"] = world.action [[
      local t = setmetatable({}, { __index = { x = 1 }, __metatable = "no" })
      seen[1], seen[2] = t.x, getmetatable(setmetatable({}, nil))
      seen[3] = select(2, pcall(setmetatable, t, {}))
      seen[4] = select(2, pcall(function() setmetatable(7, {}) end))
      seen[5] = select(2, pcall(function() setmetatable({}, 7) end))
      local n = debug.setmetatable(7, { __index = { y = 2 } })
      seen[6] = n.y
      debug.setmetatable(7, nil)
      return message:respond "done"
    ]] }
    assert.equal("done", (world.user "ada":ask "run"), world.log())
    assert.equal(1, world.seen[1])
    assert.equal("cannot change a protected metatable", world.seen[3])
    assert.matches("bad argument #1 to 'setmetatable'", world.seen[4])
    assert.matches("nil or table expected", world.seen[5])
    assert.equal(2, world.seen[6])
  end)
end)

describe("xpcall", function()
  it("does what Lua's own does", function()
    world.project { ["actions/run.lua"] = world.action [[
      seen[1] = table.pack(xpcall(function(...)
        base.sleep(1)
        return ...
      end, debug.traceback, 1, nil, 3))
      seen[2] = table.pack(xpcall(error, function(err)
        return "handled " .. err
      end, "no", 0))
      seen[3] = table.pack(xpcall(function()
        base.sleep(1)
        error("late", 0)
      end, function(err) return "handled " .. err end))
      seen[4] = select(2, xpcall(error, function() error "again" end)) ~= nil
      seen[5] = pcall(xpcall, print, 7)
    ]] }
    world.user "ada":say { "run" }
    world.advance(3)
    assert.same({ true, 1, nil, 3, n = 4 }, world.seen[1])
    assert.same({ false, "handled no", n = 2 }, world.seen[2])
    assert.same({ false, "handled late", n = 2 }, world.seen[3])
    assert.is_true(world.seen[4])
    assert.is_false(world.seen[5])
    assert.equal("", world.log())
  end)
end)

describe("os.exit", function()
  for name, body in pairs {
    ["an action"] = "os.exit(3)",
    ["a pcall"] = "pcall(os.exit, 3)",
    ["a coroutine"] = "coroutine.wrap(function() pcall(os.exit, 3) end)()",
    ["a callback of table.sort"] =
      "table.sort({ 3, 2, 1 }, function() os.exit(3) end)",
    ["an xpcall"] = "xpcall(os.exit, function() seen[1] = 'handled' end, 3)",
    ["a __close"] = [[
      local _ <close> = setmetatable({}, { __close = function()
        os.exit(3)
      end })
      do return end]],
  } do
    it("ends the run and asks the server to end, from " .. name, function()
      world.project { ["actions/run.lua"] = world.action(body
        .. "\nseen[1] = 'after'") }
      local ada = world.user "ada"
      ada:say { "run", world.null, 7 }
      assert.equal(3, world.driver.exit_status())
      assert.same({}, world.seen)
      assert.same({}, ada:heard())
      assert.equal("", world.log())
    end)
  end

  it("does so while files load", function()
    world.project {}
    world.file("base.lua", "pcall(os.exit, 3) while true do end")
    assert.is_false(world.reload())
    assert.equal(3, world.driver.exit_status())
    assert.matches("os.exit was called", world.log(), 1, true)
  end)
end)

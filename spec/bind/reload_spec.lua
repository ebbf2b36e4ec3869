-- Loading the project again while it serves.
local world = require "spec.helper"

local seen = world.seen

after_each(world.reset)

local function told()
  return { table.unpack(seen) }
end

describe("a reload", function()
  local ada

  local function project(files)
    files["actions/run.lua"] = files["actions/run.lua"]
      or "local words = require 'words' "
        .. world.action "return message:respond(words)"
    files["words.lua"] = files["words.lua"] or "return 'old'"
    world.project(files)
    ada = world.user "ada"
  end

  it("takes new actions, new modules, new settings", function()
    project {}
    assert.equal("old", (ada:ask "run"))
    world.file("words.lua", "return 'new'")
    assert.equal("old", (ada:ask "run"))
    assert.is_true(world.reload())
    assert.equal("new", (ada:ask "run"))
    world.file("actions/more.lua", world.action "return message:respond 'more'")
    world.file("actions/run.lua", nil)
    world.file("base.lua", world.settings "limits = { pending_messages = 1 },")
    assert.is_true(world.reload())
    assert.equal("more", (ada:ask "more"))
    local _, body = ada:ask "run"
    assert.equal("unknown", body.code)
    assert.is_nil(ada:closed())
  end)

  it("changes nothing when one file does not load, and says why", function()
    project { ["actions/other.lua"] = world.action "" }
    world.file("words.lua", "return 'new'")
    world.file("actions/other.lua", "return function(")
    assert.is_false(world.reload())
    assert.equal("old", (ada:ask "run"))
    assert.matches("error actions/other.lua:1: ", world.log(), 1, true)
  end)

  it("changes nothing when a setting is wrong", function()
    project {}
    world.file("words.lua", "return 'new'")
    world.file("base.lua", world.settings "prot = 1,")
    assert.is_false(world.reload())
    assert.equal("old", (ada:ask "run"))
    assert.matches("unknown setting 'prot'", world.log(), 1, true)
  end)

  it("keeps base.state", function()
    local action = world.action [[
      base.state.count = (base.state.count or 0) + 1
      return message:respond("count", base.state.count)
    ]]
    project { ["actions/run.lua"] = action }
    ada:ask "run"
    world.reload()
    assert.same({ "count", 2 }, { ada:ask "run" })
  end)

  it("lets an action that waits finish with the code that it had", function()
    project { ["actions/run.lua"] = "local words = require 'words' "
      .. world.action [[
        base.sleep(1)
        return message:respond(words)
      ]] }
    ada:say { "run" }
    ada:say { "run" }
    world.file("words.lua", "return 'new'")
    assert.is_true(world.reload())
    world.advance(2)
    assert.same({ { "old" }, { "new" } }, ada:heard())
  end)

  it("asks the new authenticate, and the old one that waits answers", function()
    local function settings(name)
      return world.settings([[authenticate = function(connection, register)
        base.sleep(1)
        register(connection, { id = "]] .. name .. [[" })
      end,]])
    end
    project { ["base.lua"] = settings "old" }
    local old = world.connect()
    world.file("base.lua", settings "new")
    world.reload()
    local new = world.connect()
    world.advance(1)
    assert.same({ { "authenticated", { id = "old" } } }, old:heard())
    assert.same({ { "authenticated", { id = "new" } } }, new:heard())
  end)

  it("runs the new file's on.reload, and not on the first load", function()
    local function settings(word)
      return world.settings("on = { reload = function() base.sleep(1) "
        .. "seen[#seen + 1] = '" .. word .. "' end },")
    end
    project { ["base.lua"] = settings "old" }
    seen[1] = nil -- this world had loaded others before
    world.advance(1)
    seen[1] = nil
    world.file("base.lua", settings "new")
    world.reload()
    world.advance(1)
    assert.same({ "new" }, told())
  end)

  it("keeps what concerns listening, and says so", function()
    project {}
    world.log()
    world.file("base.lua", world.settings "port = 9001,")
    assert.is_true(world.reload())
    assert.matches("warn [^\n]*listen[^\n]*restart", world.log())
  end)
end)

describe("what files start while they load", function()
  local function settings(name)
    return ([[
      local base, seen = require "base", require "seen"
      local function tell(what) seen[#seen + 1] = "%s " .. what end
      base.spawn(function() tell "spawned" base.sleep(5) tell "slept" end)
      base.after(3, function() tell "after" end)
      base.every(2, function() tell "every" end)
      return { authenticate = function() end }
    ]]):format(name)
  end

  it("begins when the load has succeeded", function()
    world.project { ["base.lua"] = settings "a" }
    assert.same({}, told())
    world.advance(3)
    assert.same({ "a spawned", "a every", "a after" }, told())
  end)

  it("never begins when it has not", function()
    world.files { ["base.lua"] = settings "a", ["actions/x.lua"] = "oops" }
    assert.is_false(world.reload())
    world.advance(10)
    assert.same({}, told())
    world.file("actions/x.lua", nil)
    assert.is_true(world.reload())
    world.advance(2)
    assert.same({ "a spawned", "a every" }, told())
  end)

  it("ends when the next load has succeeded, what waits as well", function()
    world.project { ["base.lua"] = settings "a" }
    world.advance(1)
    world.file("base.lua", settings "b")
    assert.is_true(world.reload())
    world.advance(6)
    for _, line in ipairs(told()) do
      assert.is_true(line == "a spawned" or line:sub(1, 1) == "b", line)
    end
    assert.equal("b slept", seen[#seen - 1])
  end)

  it("goes on when the next load fails", function()
    world.project { ["base.lua"] = settings "a" }
    world.file("base.lua", "oops")
    assert.is_false(world.reload())
    world.advance(2)
    assert.same({ "a spawned", "a every" }, told())
  end)

  it("goes on over a reload when it was started later", function()
    world.project { ["actions/run.lua"] = world.action [[
      base.after(2, function() seen[#seen + 1] = "after" end)
      base.spawn(function() base.sleep(2) seen[#seen + 1] = "spawned" end)
    ]] }
    world.user "ada":say { "run" }
    world.advance(1)
    assert.is_true(world.reload())
    world.advance(1)
    assert.same({ "after", "spawned" }, told())
  end)

  it("begins at once in a module that an action requires late", function()
    world.project {
      ["late.lua"] = [[
        local base, seen = require "base", require "seen"
        base.every(1, function() seen[#seen + 1] = "late" end)
      ]],
      ["actions/run.lua"] = world.action "require 'late'",
    }
    world.user "ada":say { "run" }
    world.advance(2)
    assert.same({ "late", "late" }, told())
    assert.is_true(world.reload())
    world.advance(5)
    assert.same({ "late", "late" }, told())
  end)

  it("cannot wait itself", function()
    world.files { ["base.lua"] = "local base = require 'base'\nbase.sleep(1)" }
    assert.is_false(world.reload())
    local log = world.log()
    assert.equal("base.lua:2", world.place(log))
    assert.matches("cannot wait", log, 1, true)
  end)
end)

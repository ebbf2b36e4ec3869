-- What the files of a project may do, and how their mistakes are told.
local world = require "spec.helper"

local seen = world.seen

after_each(world.reset)

local function mistakes_of(files)
  world.files(files)
  return world.mistakes()
end

local function run(body, files)
  files = files or {}
  files["actions/run.lua"] = world.action(body)
  world.project(files)
  local ada = world.user "ada"
  return ada:ask "run"
end

describe("a mistake", function()
  it("of syntax is told with file and line", function()
    local mistakes = mistakes_of {
      ["actions/room/join.lua"] = "return function()\n  oops oops\nend" }
    assert.equal(1, #mistakes)
    assert.matches("^actions/room/join.lua:2: ", mistakes[1])
  end)

  it("while a file runs is told with file and line", function()
    local mistakes = mistakes_of {
      ["actions/a.lua"] = "local x\nreturn x.y",
      ["actions/b.lua"] = "error({})",
      ["actions/c.lua"] = "error()",
    }
    assert.equal(3, #mistakes)
    assert.matches("^actions/a.lua:2: ", mistakes[1])
    assert.matches("^actions/b.lua: ", mistakes[2])
    assert.matches("^actions/c.lua: ", mistakes[3])
  end)

  it("does not hide the others", function()
    local files = {
      ["base.lua"] = "return { prot = 1, limits = { rate = 'x' } }",
      ["actions/a.lua"] = "oops oops",
      ["actions/b.lua"] = "return 7",
      ["actions/c.lua"] = "local x = require 'nothing.here'",
      ["actions/d/e.lua"] = "x = 1",
      ["actions/fine.lua"] = "return function() end",
    }
    local mistakes = mistakes_of(files)
    assert.equal(7, #mistakes, table.concat(mistakes, "\n"))
    local all = table.concat(mistakes, "\n")
    for _, part in ipairs { "base.lua: 'authenticate' is missing",
        "base.lua: unknown setting 'prot': did you mean 'port'?",
        "base.lua: 'limits.rate'", "actions/a.lua:1: ", "actions/b.lua: ",
        "actions/c.lua:1: ", "actions/d/e.lua:1: " } do
      assert.matches(part, all, 1, true)
    end
  end)

  it("in base.lua does not hide those of the actions", function()
    local mistakes = mistakes_of {
      ["base.lua"] = "oops oops", ["actions/a.lua"] = "return 7" }
    assert.equal(2, #mistakes, table.concat(mistakes, "\n"))
  end)

  it("in a module is told where the module has it", function()
    local mistakes = mistakes_of {
      ["lib/a.lua"] = "\n\noops oops",
      ["actions/a.lua"] = "return require 'lib.a'" }
    assert.equal(1, #mistakes)
    assert.matches("^lib/a.lua:3: ", mistakes[1])
  end)

  it("is an action file with the name of one of Base's commands", function()
    assert.same({
      "actions/$/a.lua: would serve '$/a', but commands that begin with $ are "
        .. "Base's own: choose a name without it",
      "actions/$join.lua: would serve '$join', but commands that begin with $ "
        .. "are Base's own: choose a name without it",
    }, mistakes_of { ["actions/$join.lua"] = "return function() end",
      ["actions/$/a.lua"] = "oops", ["actions/a/$b.lua"] =
        "return function() end", ["actions/c$.lua"] =
        "return function() end" })
  end)

  it("is an action file that returns no function", function()
    local mistakes = mistakes_of { ["actions/a.lua"] = "local x = 1" }
    assert.matches("^actions/a.lua: .*function.*nil", mistakes[1])
  end)

  it("is a base.lua that is not there", function()
    world.files {}
    world.file("base.lua", nil)
    assert.matches("^base.lua: ", world.mistakes()[1])
  end)

  it("is text that is precompiled code", function()
    local mistakes = mistakes_of {
      ["actions/a.lua"] = string.dump(function() end) }
    assert.equal(1, #mistakes)
  end)
end)

describe("a global", function()
  it("may not be written, and the error names the line", function()
    local mistakes = mistakes_of { ["actions/a.lua"] = "\nx = 1\n" }
    assert.matches("^actions/a.lua:2: .*'x'.*base.state", mistakes[1])
    local _, body = run "\ncount = 1"
    assert.equal("failed", body.code)
    assert.equal("actions/run.lua:3", world.place(world.log()))
  end)

  it("may not be written by way of _G or _ENV", function()
    for _, line in ipairs { "_G.x = 1", "_ENV.x = 1", "_G['x'] = 1",
        "function x() end" } do
      local _, body = run(line)
      assert.equal("failed", body.code)
    end
    assert.is_nil(rawget(_G, "x"))
  end)

  it("that is not there is nil", function()
    assert.equal("nil", (run "return message:respond(tostring(nothing))"))
  end)

  it("of standard Lua is there", function()
    assert.equal("table", (run [[
      for _, name in ipairs { "string", "math", "io", "os", "utf8", "debug",
          "package", "coroutine" } do
        assert(type(_G[name]) == "table" and _ENV[name], name)
      end
      assert(os.getenv("HOME") ~= 7 and os.time() and io.open)
      return message:respond(type(table))
    ]]))
  end)

  it("may not be written by code that a script loads", function()
    assert.equal("false", (run [[
      local chunk = assert(load("y = 1"))
      return message:respond(tostring((pcall(chunk))))
    ]]))
    assert.equal("7", (run [[
      local env = {}
      load("y = 7", "name", "t", env)()
      return message:respond(tostring(env.y))
    ]]))
    assert.is_nil(rawget(_G, "y"))
  end)

  it("may be written by libraries from elsewhere", function()
    package.preload.elsewhere =
      load "elsewhere_was_here = true return 'elsewhere'"
    assert.equal("elsewhere", (run
      "return message:respond(require 'elsewhere')"))
    assert.is_true(rawget(_G, "elsewhere_was_here"))
    rawset(_G, "elsewhere_was_here", nil)
    package.preload.elsewhere = nil
  end)
end)

describe("require", function()
  it("finds ?.lua and ?/init.lua in the project, once", function()
    local word = run("return message:respond(require 'a' .. require 'lib.b' "
      .. ".. require 'lib' .. require 'a')", {
      ["a.lua"] = "local seen = require 'seen' seen[#seen + 1] = ... "
        .. "return 'a'",
      ["lib/b.lua"] = "return 'b'",
      ["lib/init.lua"] = "return 'init'",
    })
    assert.equal("abinita", word)
    assert.same({ "a" }, { table.unpack(seen) })
  end)

  it("prefers the project's module to that of Lua", function()
    assert.equal("mine", (run("return message:respond(require 'cjson')",
      { ["cjson.lua"] = "return 'mine'" })))
  end)

  it("finds the modules of Lua", function()
    assert.equal("table", (run
      "return message:respond(type(require 'string'))"))
  end)

  it("gives Base's own base, whatever the project has", function()
    assert.equal("ok", (run([[
      assert(require "base" == base and base.users)
      assert(require "base.json".encode)
      assert(not pcall(require, "base.nothing"))
      return message:respond "ok"
    ]], { ["base/json.lua"] = "return 'mine'",
      ["base/nothing.lua"] = "return 'mine'" })))
  end)

  it("returns true for a module that returns nothing", function()
    assert.equal("true", (run(
      "return message:respond(tostring(require 'a'))", { ["a.lua"] = "" })))
  end)

  it("says so when modules require each other in a circle", function()
    local mistakes = mistakes_of {
      ["a.lua"] = "return require 'b'", ["b.lua"] = "\nlocal a = require 'a'",
      ["actions/x.lua"] = "return require 'a'" }
    assert.equal(1, #mistakes)
    assert.matches("^b.lua:2: module 'a' requires itself", mistakes[1])
  end)

  it("blames the caller's line for what is not there", function()
    local _, body = run "\nlocal x = require 'nothing.here'"
    assert.equal("failed", body.code)
    local log = world.log()
    assert.equal("actions/run.lua:3", world.place(log))
    assert.matches("nothing.here", log, 1, true)
    run "\nlocal x = require(7)"
    assert.equal("actions/run.lua:3", world.place(world.log()))
  end)

  it("may fail once and succeed later", function()
    assert.equal("now", (run([[
      assert(not pcall(require, "a"))
      base.state.is_ready = true
      return message:respond(require "a")
    ]], { ["a.lua"] = [[
      assert(require "base".state.is_ready)
      return "now"
    ]] })))
  end)
end)

describe("os.exit", function()
  it("ends the server with its status, and the script where it is", function()
    for argument, status in pairs { ["3"] = 3, ["true"] = 0, ["false"] = 1,
        [""] = 0 } do
      world.project { ["actions/run.lua"] = world.action(
        "pcall(os.exit" .. (argument ~= "" and ", " .. argument or "") .. ") "
        .. "seen[1] = 'went on'") }
      world.user "ada":say { "run" }
      assert.equal(status, world.driver.exit_status())
      assert.is_nil(seen[1])
    end
  end)

  it("in authenticate does not pass for a failure", function()
    world.project { ["base.lua"] =
      world.settings "authenticate = function() os.exit(4) end," }
    local client = world.connect()
    assert.equal(4, world.driver.exit_status())
    assert.is_nil(client:closed())
  end)

  it("leaves the rest of os as it is", function()
    assert.equal("function", (run
      "return message:respond(type(os.rename))"))
  end)
end)

describe("dofile and loadfile", function()
  local function place(name)
    return require "base.project".root .. "/" .. name
  end

  local FILES = {
    ["seven.lua"] = "return 7",
    ["global.lua"] = "\nshared = 1",
    ["broken.lua"] = "return +",
  }

  -- What the action says, with the path of a file in the place of FILE.
  local function say(body, name)
    local files = {}
    for path, text in pairs(FILES) do files[path] = text end
    return run(body:gsub("FILE", function()
      return ("%q"):format(place(name))
    end), files)
  end

  it("run a file as the project's own", function()
    world.files(FILES)
    assert.same({ "got", 7 },
      { say([[return message:respond("got", dofile(FILE))]], "seven.lua") })
    assert.same({ "got", 7 },
      { say([[return message:respond("got", loadfile(FILE)())]],
        "seven.lua") })
    assert.equal("error", (say([[dofile(FILE)]], "global.lua")))
    assert.matches("global.lua:2: cannot assign the global 'shared'",
      world.log(), 1, true)
  end)

  it("say what is wrong with it", function()
    world.files(FILES)
    assert.equal("error", (say([[dofile(FILE)]], "broken.lua")))
    assert.matches("broken.lua:1: unexpected symbol", world.log(), 1, true)
    local command, why = say([[
      return message:respond("why", select(2, loadfile(FILE)))]],
      "broken.lua")
    assert.equal("why", command)
    assert.matches("broken.lua:1: unexpected symbol", why, 1, true)
  end)
end)

-- How a project's files are found and read, and found and read anew.
local world = require "spec.helper"

local project = require "base.project"

after_each(world.reset)

local MARK = "\xef\xbb\xbf"
local ECHO = world.action 'return message:respond("echo", message.body)'

local function quote(text)
  return "'" .. text .. "'"
end

local function run(command, ...)
  assert(os.execute(command:format(...)))
end

-- A link below the project's folder, for as long as the scope lasts.
local function link(target, path)
  local place = project.root .. "/" .. path
  run("ln -s %s %s", quote(target), quote(place))
  return setmetatable({}, { __close = function() os.remove(place) end })
end

-- Another folder, for as long as the scope lasts.
local function folder_elsewhere(files)
  local self = { path = os.tmpname() }
  os.remove(self.path)
  function self.write(name, text)
    local path = self.path .. "/" .. name
    run("mkdir -p %s", quote(path:match "^(.*)/"))
    local file <close> = assert(io.open(path, "wb"))
    file:write(text)
  end
  for name, text in pairs(files) do self.write(name, text) end
  return setmetatable(self, { __close = function()
    run("rm -r %s", quote(self.path))
  end })
end

describe("A file", function()
  setup(function() world.files {} end) -- from here on there is a folder

  for name, first in pairs {
    ["a byte order mark"] = MARK,
    ["a line for the kernel"] = "#!/usr/bin/env lua\n",
    ["both"] = MARK .. "#!/usr/bin/env lua\n",
    ["a first line of anything"] = "# vim: set filetype=lua\n",
  } do
    it("may begin with " .. name, function()
      world.project {
        ["base.lua"] = first .. world.settings "",
        ["module.lua"] = first .. "return 'module'",
        ["text.lua"] = first .. "return 'text'",
        ["actions/run.lua"] = first .. world.action(([[
          return message:respond(require "module", dofile(%q)
            .. loadfile(%q)())]]):format(project.root .. "/text.lua",
          project.root .. "/text.lua")),
      }
      assert.same({ "module", "texttext" }, { world.user "ada":ask "run" })
    end)

    it("keeps the numbers of its lines behind " .. name, function()
      world.files { ["actions/run.lua"] = first .. "\n\noops oops" }
      local _, before = first:gsub("\n", "")
      assert.matches(("actions/run.lua:%d: "):format(before + 3),
        world.mistakes()[1], 1, true)
    end)
  end

  it("may be nothing but such a line, or empty", function()
    world.project {
      ["a.lua"] = "#!/usr/bin/lua", ["b.lua"] = MARK, ["c.lua"] = "",
      ["actions/run.lua"] = world.action [[
        return message:respond("all", { require "a", require "b",
          require "c" })]],
    }
    assert.same({ "all", { true, true, true } }, { world.user "ada":ask "run" })
  end)

  it("may not have the mark twice, or inside of it", function()
    world.files { ["actions/a.lua"] = MARK .. MARK .. ECHO,
      ["actions/b.lua"] = "\n#!/usr/bin/lua\n" .. ECHO }
    assert.equal(2, #world.mistakes())
  end)

  it("that is precompiled is refused behind such a line, too", function()
    world.files { ["actions/a.lua"] =
      "#!/usr/bin/lua\n" .. string.dump(function() end) }
    assert.equal(1, #world.mistakes())
  end)
end)

describe("A folder of actions", function()
  it("is followed where a link leads, by each of its names", function()
    local there <close> = folder_elsewhere { ["talk.lua"] = ECHO }
    world.files { ["actions/v1/echo.lua"] = ECHO }
    local _ <close> = link("v1", "actions/v2")
    local _ <close> = link(there.path, "actions/far")
    local _ <close> = link(there.path .. "/talk.lua", "actions/say.lua")
    assert.is_true(world.driver.load())
    local ada = world.user "ada"
    for _, command in ipairs { "v1/echo", "v2/echo", "far/talk", "say" } do
      assert.same({ "echo", 7 }, { ada:ask(command, 7) }, command)
    end
  end)

  it("is not entered by a link to a folder that contains it", function()
    world.files { ["actions/room/echo.lua"] = ECHO }
    local _ <close> = link(".", "actions/again")
    local _ <close> = link("..", "actions/room/up")
    local _ <close> = link("../room", "actions/room/self")
    assert.is_true(world.driver.load())
    local log = world.log()
    for _, path in ipairs { "again", "room/up", "room/self" } do
      assert.matches(("actions/%s is a link to a folder that contains it")
        :format(path), log, 1, true)
    end
    assert.same({ "echo", 7 }, { world.user "ada":ask("room/echo", 7) })
    assert.equal("unknown", select(2, world.user "ada":ask "again/room/echo")
      .code)
  end)

  it("is bounded when links multiply it", function()
    local there <close> = folder_elsewhere { ["21/echo.lua"] = "return 7" }
    for level = 1, 20 do -- each with two links into the next: 2^20 ways
      there.write(level .. "/echo.lua", ECHO)
      for _, name in ipairs { "a", "b" } do
        run("ln -s %s/%d %s/%d/%s", there.path, level + 1, there.path, level,
          name)
      end
    end
    world.files { ["base.lua"] = world.settings "limits = { run_time = 60 }," }
    local _ <close> = link(there.path .. "/1", "actions/many")
    assert.is_false(world.reload())
    assert.matches("actions: contains more than 10000 folders",
      world.log(), 1, true)
  end)

  it("may not contain broken links", function()
    world.files { ["actions/echo.lua"] = ECHO }
    local _ <close> = link("nowhere.lua", "actions/gone.lua")
    local _ <close> = link("/nowhere/at/all", "actions/away")
    assert.same({
      "actions/away: cannot be read: it is a broken symbolic link",
      "actions/gone.lua: cannot be read: it is a broken symbolic link",
    }, world.mistakes())
  end)

  it("that is gone, or is not a folder, does not load", function()
    world.project { ["actions/echo.lua"] = ECHO }
    local ada = world.user "ada"
    local place = project.root .. "/actions"
    os.rename(place, place .. ".new")
    local is_loaded = world.reload()
    local log = world.log()
    local file = assert(io.open(place, "w"))
    file:close()
    local is_loaded_from_file = world.reload()
    os.remove(place)
    os.rename(place .. ".new", place)
    assert.is_false(is_loaded or is_loaded_from_file)
    assert.matches("actions: the actions folder no longer exists", log, 1, true)
    assert.matches("actions: is not a folder", world.log(), 1, true)
    assert.same({ "echo", 7 }, { ada:ask("echo", 7) })
  end)

  it("that becomes empty is logged", function()
    world.project { ["actions/echo.lua"] = ECHO }
    world.file("actions/echo.lua", nil)
    assert.is_true(world.reload())
    assert.matches("warn the actions folder is now empty", world.log(), 1, true)
  end)
end)

describe("limits.run_time", function()
  local it = os.getenv "BASE_GC_STRESS" and pending or it

  local SOME_TIME = [[
    local clock = require "socket".gettime
    local ends = clock() + 0.4
    repeat until clock() > ends
    return function() end
  ]]

  it("is that of the whole load", function()
    world.project {}
    world.file("base.lua", world.settings "limits = { run_time = 2 },")
    for i = 1, 9 do world.file(("actions/%d.lua"):format(i), SOME_TIME) end
    assert.is_false(world.reload())
    local log = world.log()
    assert.matches("actions/[2-9].lua:3: limits.run_time has passed: the event "
      .. "loop was blocked", log)
    assert.equal(1, select(2, log:gsub("run_time has passed", "")))
    world.file("base.lua", world.settings "limits = { run_time = 30 },")
    assert.is_true(world.reload())
  end)
end)

describe("A module found by package.path of the project's own", function()
  local ACTION = world.action [[
    return message:respond("got", require "words")]]

  local function paths(entry)
    return ("package.path = %q .. package.path\n"):format(entry)
      .. world.settings ""
  end

  it("is loaded anew with the project", function()
    world.project {
      ["base.lua"] = paths "lib/?.lua;", ["lib/words.lua"] = "return 'old'",
      ["actions/run.lua"] = ACTION,
    }
    local ada = world.user "ada"
    assert.same({ "got", "old" }, { ada:ask "run" })
    world.file("lib/words.lua", "return 'new'")
    assert.is_true(world.reload())
    assert.same({ "got", "new" }, { ada:ask "run" })
  end)

  it("is loaded with what it requires, wherever it lies", function()
    local there <close> = folder_elsewhere {
      ["words/init.lua"] = "return require 'deep.er'",
      ["deep/er.lua"] = "return 'old'",
    }
    world.project {
      ["base.lua"] = paths(("%s/?.lua;%s/?/init.lua;"):format(there.path,
        there.path)),
      ["actions/run.lua"] = ACTION,
    }
    local ada = world.user "ada"
    assert.same({ "got", "old" }, { ada:ask "run" })
    there.write("deep/er.lua", "\n\nerror 'no'")
    assert.is_true(world.reload()) -- an action requires it when it runs
    assert.equal("failed", select(2, ada:ask "run").code)
    assert.matches("deep/er.lua:3: no", world.log(), 1, true)
    there.write("deep/er.lua", "return 'new'")
    assert.same({ "got", "new" }, { ada:ask "run" })
  end)

  it("leaves one that comes before it in package.path where it is", function()
    world.project {
      ["base.lua"] = "package.path = package.path .. ';lib/?.lua'\n"
        .. world.settings "",
      ["lib/words.lua"] = "return 'mine'",
      ["lib/luacov.lua"] = "return 'mine'",
      ["lib/socket/http.lua"] = "return 'mine'",
      ["actions/run.lua"] = world.action [[
        return message:respond("got", { require "words",
          type(require "socket.http") })]],
    }
    assert.same({ "got", { "mine", "table" } }, { world.user "ada":ask "run" })
  end)

  it("is reported with the searched paths when it is missing", function()
    world.files {
      ["base.lua"] = paths "lib/?.lua;more/?/it.lua;",
      ["actions/run.lua"] = "\nrequire 'not.there'",
    }
    assert.matches("actions/run.lua:2: module 'not.there' not found",
      world.mistakes()[1], 1, true)
    world.project { ["base.lua"] = paths "lib/?.lua;",
      ["actions/run.lua"] = world.action [[
        return message:respond("why",
          select(2, pcall(require, "not.there")))]] }
    local _, why = world.user "ada":ask "run"
    assert.matches("no file 'lib/not/there.lua'", why, 1, true)
  end)

  it("may be of C, which is loaded once", function()
    local path = package.searchpath("lfs", package.cpath)
      or package.searchpath("cjson", package.cpath)
    local name = path:match "([^/]*)%.so$"
    world.project {
      ["base.lua"] = ("package.cpath = %q\n"):format(
        path:gsub("[^/]*$", "") .. "?.so") .. world.settings "",
      ["actions/run.lua"] = world.action(([[
        return message:respond("got", type(require %q))]]):format(name)),
    }
    assert.same({ "got", "table" }, { world.user "ada":ask "run" })
  end)
end)

describe("The package of a project", function()
  local function tell(settings, body)
    world.project {
      ["base.lua"] = settings .. "\n" .. world.settings "",
      ["actions/run.lua"] = world.action(body),
    }
    return select(2, world.user "ada":ask "run")
  end

  it("begins anew with each load", function()
    local before = package.path
    local body = "return message:respond('got', package.path)"
    local settings = "package.path = 'lib/?.lua;' .. package.path"
    local path = tell(settings, body)
    assert.equal("lib/?.lua;" .. before, path)
    for _ = 1, 3 do assert.is_true(world.reload()) end
    assert.equal(path, select(2, world.user "ada":ask "run"))
    assert.equal(before, package.path)
  end)

  it("keeps modules that a file put there", function()
    local body = "return message:respond('got', require 'made')"
    assert.equal("loaded", tell("package.loaded.made = 'loaded'", body))
    assert.equal("made", tell(
      "package.preload.made = function(name) return name end", body))
    assert.equal("made:data", tell([[
      table.insert(package.searchers, 2, function(name)
        if name ~= "made" then return "\n\tnot mine" end
        return function(...) return table.concat({ ... }, ":") end, "data"
      end)]], body))
    assert.is_nil(package.loaded.made)
    assert.is_nil(package.preload.made)
    assert.equal("failed", tell("", body).code)
  end)

  it("loads again what was taken out of package.loaded", function()
    world.project {
      ["count.lua"] = "local seen = require 'seen' seen[#seen + 1] = 1",
      ["actions/run.lua"] = world.action [[
        require "count"
        assert(package.loaded.count == true)
        package.loaded.count = nil
        require "count"
        return message:respond "done"]],
    }
    assert.equal("done", (world.user "ada":ask "run"))
    assert.same({ 1, 1 }, world.seen)
  end)

  it("loads one of Lua's again, too", function()
    package.preload.counted = function()
      world.seen[#world.seen + 1] = 1
      return true
    end
    world.project { ["actions/run.lua"] = world.action [[
      for _ = 1, 3 do require "counted" end
      package.loaded.counted = nil
      require "counted"
      return message:respond "done"]] }
    assert.equal("done", (world.user "ada":ask "run"))
    package.preload.counted, package.loaded.counted = nil, nil
    assert.same({ 1, 1 }, world.seen)
  end)

  it("shows the modules of Lua, and those of the project", function()
    world.project {
      ["mine.lua"] = "return 'mine'",
      ["actions/run.lua"] = world.action [[
        require "mine"
        local names = {}
        for name in pairs(package.loaded) do names[name] = true end
        assert(package.loaded.string == string and require "package" == package)
        return message:respond("got", { names.mine, names.string })]],
    }
    assert.same({ "got", { true, true } }, { world.user "ada":ask "run" })
  end)

  it("reports an invalid path", function()
    world.files { ["base.lua"] = "package.path = nil\nrequire 'anything'" }
    assert.matches("base.lua:2: 'package.path' must be a string, not nil",
      world.mistakes()[1], 1, true)
  end)
end)

describe("A module from outside of the project", function()
  it("cannot replace a module of Base", function()
    world.project { ["base.lua"] = "require 'base' require 'base.json'"
      .. world.settings "", ["base/json.lua"] = "return 1" }
    world.file("base/json.lua", "return 22")
    assert.is_true(world.reload())
    assert.equal("", world.log())
  end)

  it("that has changed is said to need a restart", function()
    local there <close> = folder_elsewhere { ["from_afar.lua"] = "return 1" }
    local path = package.path
    package.path = there.path .. "/?.lua;" .. path
    world.project { ["base.lua"] = "require 'from_afar'\n"
      .. world.settings "" }
    assert.is_true(world.reload())
    assert.equal("", world.log())
    there.write("from_afar.lua", "return 22")
    local is_loaded = world.reload()
    package.path, package.loaded.from_afar = path, nil
    assert.is_true(is_loaded)
    assert.matches("from_afar.lua has changed: restart to load the module "
      .. "'from_afar' again, as it is outside the project",
      world.log(), 1, true)
  end)
end)

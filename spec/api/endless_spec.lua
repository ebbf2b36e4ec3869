-- What does not end is ended where it is, in a project whose scripts may run
-- for 0.1 s, and nothing else is harmed.
local core = require "base.core"
local world = require "spec.helper"

after_each(world.reset)

describe("A run without end", function()
  local SETTINGS = [[limits = { run_time = 0.1, run_memory = 8 << 20 },]]

  local function ends(body, settings)
    world.project {
      ["base.lua"] = world.settings(settings or SETTINGS),
      ["actions/run.lua"] = world.action(body),
      ["actions/echo.lua"] = world.action [[
        return message:respond("echo", message.body)
      ]],
    }
    local ada, bob = world.user "ada", world.user "bob"
    local command, answer = ada:ask "run"
    assert.equal("error", command)
    assert.equal("failed", answer.code)
    local log = world.log()
    local _, lines = log:gsub("\n", "")
    assert.equal(1, lines, log)
    assert.matches("ref=" .. answer.ref, log, 1, true)
    assert.matches("command=run", log, 1, true)
    for _, client in ipairs { ada, bob } do
      assert.same({ "echo", 7 }, { client:ask("echo", 7) })
    end
    return log
  end

  local LOOP = "limits.run_time has passed: the loop was held up for %d+.%d s"

  for name, body in pairs {
    ["in a loop"] = "while true do end",
    ["in a function that calls itself"] =
      "local function f() return f() end\nf()",
    ["in a coroutine"] = "coroutine.wrap(function() while true do end end)()",
    ["in a coroutine inside of others"] = [[
      local function nest(level)
        if level == 0 then while true do end end
        coroutine.wrap(nest)(level - 1)
      end
      nest(100)]],
    ["in coroutines that loop, each inside the next"] = [[
      local function nest(level)
        while true do
          local co = coroutine.create(nest)
          if level > 0 then coroutine.resume(co, level - 1) end
        end
      end
      nest(20)]],
    ["in a pcall"] = [[
      while true do pcall(function() while true do end end) end]],
    ["in an __index"] = [[
      local t = setmetatable({}, { __index = function() while true do end end })
      return t.x]],
    ["in an __index that C asks"] = [[
      local t = setmetatable({}, { __index = function() while true do end end })
      return table.concat(t, ",", 1, 2)]],
    ["in a callback of table.sort"] = [[
      table.sort({ 3, 2, 1 }, function() while true do end end)]],
    ["in a callback of table.sort inside a pcall, again and again"] = [[
      while true do
        pcall(table.sort, { 3, 2, 1 }, function() while true do end end)
      end]],
    ["in a coroutine inside a callback of gsub"] = [[
      local _ <close> = setmetatable({}, { __close = function()
        while true do end
      end })
      ;("x"):gsub("x", coroutine.wrap(function()
        while true do pcall(function() while true do end end) end
      end))]],
    ["in the handler of an xpcall"] = [[
      xpcall(error, function() while true do end end, "no")]],
    ["in the handler of an xpcall around a callback"] = [[
      local function loop() while true do end end
      xpcall(table.sort, loop, { 3, 2, 1 }, loop)]],
    ["in a __close"] = [[
      do
        local _ <close> = setmetatable({}, { __close = function()
          while true do end
        end })
      end]],
    ["in the __close of a coroutine that is closed"] = [[
      local co = coroutine.create(function()
        local _ <close> = setmetatable({}, { __close = function()
          while true do end
        end })
        coroutine.yield()
      end)
      coroutine.resume(co)
      coroutine.close(co)]],
    ["in the __close of a coroutine that fails"] = [[
      coroutine.wrap(function()
        local _ <close> = setmetatable({}, { __close = function()
          while true do end
        end })
        error "no"
      end)()]],
    ["in a __close behind another loop"] = [[
      local _ <close> = setmetatable({}, { __close = function()
        while true do end
      end })
      while true do end]],
    ["in a load"] = [[
      load(function() while true do end end)]],
    ["in a module"] = [[
      package.preload.endless = function() while true do end end
      require "endless"]],
  } do
    it("is ended: " .. name, function()
      local log = ends(body)
      assert.matches(LOOP, log)
      assert.equal("actions/run.lua", world.place(log):match "^[^:]+")
    end)
  end

  it("runs its <close> variables, from the inside out, and no pcall sees it",
    function()
      ends [[
        local function closing(name)
          return setmetatable({}, { __close = function()
            for i = 1, 1000 do local _ = i end
            seen[#seen + 1] = name
          end })
        end
        local _ <close> = closing "outer"
        coroutine.wrap(function()
          local _ <close> = closing "inner"
          seen[#seen + 1] = pcall(function() while true do end end)
        end)()
        seen[#seen + 1] = "after"
      ]]
      assert.same({ "inner", "outer" }, world.seen)
    end)

  it("does so once for all, however many of them loop", function()
    ends [[
      local function nest(level)
        local _ <close> = setmetatable({}, { __close = function()
          seen[#seen + 1] = level
          while true do end
        end })
        if level == 0 then while true do end end
        coroutine.wrap(nest)(level - 1)
      end
      nest(5)
    ]]
    assert.same({ 0 }, world.seen)
  end)

  it("leaves no coroutine behind that runs on", function()
    ends [[
      base.state.looping = coroutine.create(function() while true do end end)
      base.state.sorting = coroutine.create(function()
        local _ <close> = setmetatable({}, { __close = function()
          while true do end
        end })
        table.sort({ 3, 2, 1 }, function() while true do end end)
      end)
      coroutine.resume(base.state.looping)
    ]]
    ends [[
      assert(coroutine.status(base.state.looping) == "dead")
      coroutine.resume(base.state.sorting)
    ]]
    assert.matches("coroutine that waits",
      ends "coroutine.close(base.state.sorting)", 1, true)
    assert.matches("coroutine that waits",
      ends "assert(coroutine.resume(base.state.sorting))", 1, true)
  end)

  it("is told of with what held the loop up, when a C function did",
    function()
      local log = ends [[
        local text = ("a"):rep(28)
        local found = text:find(("a-"):rep(7) .. "b")
        return message:respond("found", found)
      ]]
      assert.matches("run_time has passed", log, 1, true)
      assert.equal("actions/run.lua:3", world.place(log))
    end)

  for name, body in pairs {
    ["a string that doubles"] = [[
      local text = "x"
      while true do text = text .. text end]],
    ["a table that grows"] = [[
      local list = {}
      while true do list[#list + 1] = #list end]],
    ["a list of strings"] = [[
      local list = {}
      while true do list = { list, ("x"):rep(1 << 16) .. "y" } end]],
    ["a string at once"] = [[ return ("x"):rep(1 << 30) ]],
    ["in a pcall"] = [[
      while true do
        pcall(function()
          local text = "x"
          while true do text = text .. text end
        end)
      end]],
    ["in a coroutine, caught"] = [[
      while true do
        coroutine.resume(coroutine.create(function()
          local list = {}
          while true do list = { list, ("x"):rep(1 << 16) .. "y" } end
        end))
      end]],
  } do
    it("is ended when it takes too much memory: " .. name, function()
      local log = ends(body,
        "limits = { run_time = 10, run_memory = 8 << 20 },")
      assert.matches("limits.run_memory has passed", log, 1, true)
      assert.equal("actions/run.lua", world.place(log):match "^[^:]+")
    end)
  end

  it("is told from one that leaves garbage behind", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_time = 0, run_memory = 16 << 20 },",
      ["actions/run.lua"] = world.action [[
        for i = 1, 30 do
          local text = ("x"):rep(1 << 20) .. i
          seen[1] = #table.concat({ text, "y" })
        end
        return message:respond "done"
      ]],
    }
    assert.equal("done", (world.user "ada":ask "run"), world.log())
  end)

  it("is ended in every hook, in authenticate, and in what they spawn",
    function()
      for _, hook in ipairs { "connect", "disconnect", "online", "offline",
          "before", "reload" } do
        world.project {
          ["base.lua"] = world.settings(("offline_after = 0, limits = "
            .. "{ run_time = 0.1 }, on = { %s = function() "
            .. "base.spawn(function() while true do end end) "
            .. "while true do end end },"):format(hook)),
        }
        if hook == "reload" then assert.is_true(world.reload()) end
        local ada = world.user "ada"
        ada:say { "run" }
        ada:leave()
        world.advance(60) -- else what fails again is told as a sum
        assert.matches(LOOP, world.log(), 1)
      end
      world.project { ["base.lua"] = [[
        return {
          limits = { run_time = 0.1 },
          authenticate = function() while true do end end,
        }]] }
      local guest = world.connect()
      assert.equal(1011, (guest:closed()))
    end)

  it("is counted by the limit that ended it", function()
    local before = core.counters().ended
    ends "while true do end"
    ends("local s = 'x' while true do s = s .. s end",
      "limits = { run_time = 0, run_memory = 1 << 20 },")
    local after = core.counters().ended
    assert.equal(before.run_time + 1, after.run_time)
    assert.equal(before.run_memory + 1, after.run_memory)
    assert.equal(before.memory, after.memory)
  end)

  it("answers when its error cannot be put into words in time", function()
    for _, body in ipairs {
      [[error(setmetatable({}, {
        __tostring = function() while true do end end,
      }))]],
      [[error { code = "x", message = setmetatable({}, {
        __tostring = function() while true do end end,
      }) }]],
    } do
      world.project {
        ["base.lua"] = world.settings(SETTINGS),
        ["actions/run.lua"] = world.action(body),
      }
      local ada = world.user "ada"
      assert.equal("error", (ada:ask "run"))
      assert.equal("pong", (ada:ask "ping"))
    end
  end)

  it("is a clear error when it calls itself too deep", function()
    local log = ends("local function f() return 1 + f() end return f()",
      "limits = { run_memory = 0, run_time = 20 },")
    assert.equal("actions/run.lua:2", world.place(log))
    assert.matches("stack overflow", log, 1, true)
  end)

  it("may be switched off", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_time = 0, run_memory = 0, memory = 0 },",
      ["actions/run.lua"] = world.action [[
        local ends, text = os.clock() + 0.3, ""
        repeat text = ("x"):rep(70 << 20) until os.clock() > ends
        return message:respond("done", #text)
      ]],
    }
    assert.same({ "done", 70 << 20 }, { world.user "ada":ask "run" })
  end)
end)

describe("A file that does not end", function()
  for name, text in pairs {
    ["in a loop"] = "\nwhile true do end",
    ["in a pcall"] =
      "\nwhile true do pcall(function() while true do end end) end",
    ["in a coroutine"] = "\ncoroutine.wrap(function() while true do end end)()",
    ["in a module of its own"] = "\nrequire 'endless'",
  } do
    it("does not load, and the old goes on: " .. name, function()
      world.project {
        ["base.lua"] = world.settings "limits = { run_time = 0.1 },",
        ["endless.lua"] = "\nwhile true do end",
        ["actions/echo.lua"] = world.action [[
          return message:respond("echo", message.body)
        ]],
      }
      local ada = world.user "ada"
      world.file("actions/run.lua", text)
      assert.is_false(world.reload())
      local log = world.log()
      assert.matches("limits.run_time has passed", log, 1, true)
      assert.equal(name:find "module" and "endless.lua:2"
        or "actions/run.lua:2", world.place(log))
      assert.equal("echo", (ada:ask "echo"))
      world.file("actions/run.lua", nil)
      assert.is_true(world.reload())
    end)
  end

  it("may take as long as its base.lua says", function()
    world.project {}
    world.file("actions/slow.lua", [[
      local ends = os.clock() + 0.3
      repeat until os.clock() > ends
      return function() end
    ]])
    world.file("base.lua", world.settings "limits = { run_time = 0.1 },")
    assert.is_false(world.reload())
    world.file("base.lua", world.settings "limits = { run_time = 5 },")
    assert.is_true(world.reload())
    world.file("actions/slow.lua", nil)
  end)
end)

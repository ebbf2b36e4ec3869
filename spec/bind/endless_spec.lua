-- What does not end is ended where it is, in a project whose scripts may run
-- for 0.1 s, and nothing else is harmed.
local core = require "base.core"
local world = require "spec.helper"

after_each(world.reset)

local function count(text, what)
  local found, from = 0, 1
  while true do
    local at, last = text:find(what, from, true)
    if not at then return found end
    found, from = found + 1, last + 1
  end
end

describe("A run without end", function()
  -- A collection at every step takes its time.
  local RUN_TIME = os.getenv "BASE_GC_STRESS" and 1 or 0.1
  local SETTINGS = ("limits = { run_time = %g, run_memory = 8 << 20 },")
    :format(RUN_TIME)

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

  local LOOP = "limits.run_time has passed: the event loop was blocked for "
    .. "%d+.%d s"

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
      local log = ends([[
        local text = ("a"):rep(28)
        local found = text:find(("a-"):rep(7) .. "b")
        return message:respond("found", found)
      ]], "limits = { run_time = 0.1 },")
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

  -- What base.lua may name, in the place of `loop`, and what has it run.
  for name, place in pairs {
    connect = { "on = { connect = loop }," },
    disconnect = { "on = { disconnect = loop },", function(ada)
      ada:leave()
    end },
    online = { "on = { online = loop }," },
    offline = { "offline_after = 0, on = { offline = loop },", function(ada)
      ada:leave()
    end },
    before = { "on = { before = loop },", function(ada)
      assert.equal("failed", select(2, ada:ask "echo").code)
    end },
    text = { "on = { text = loop },", function(ada) ada:say "a text" end },
    binary = { "on = { binary = loop },", function(ada)
      ada:say_binary "bytes"
    end },
    error = { "on = { error = loop },", function(ada)
      assert.equal("failed", select(2, ada:ask "raise").code)
    end, times = 2 }, -- once for what it has spawned
    reload = { "on = { reload = loop }," },
    http = { "http = loop,", function()
      local request = world.request "GET /"
      assert.equal(500, world.answer(request).status)
    end },
    welcome = { "welcome = loop,", function(ada)
      assert.equal(1011, (ada:closed()))
    end },
    resolver = { "actions = { resolver = loop },", function(ada)
      assert.equal("failed", select(2, ada:ask "nowhere").code)
    end },
    authenticate = { "authenticate = loop,", function(ada)
      assert.equal(1011, (ada:closed()))
    end },
  } do
    it("is ended in what base.lua names, and in what that spawns: " .. name,
      function()
        local settings, act = table.unpack(place)
        world.project {} -- of which the next one is a reload
        world.project {
          ["base.lua"] = [[
            local base = require "base"
            local function spin()
              while true do end
            end
            local function loop()
              if not base.state.is_spawned then base.spawn(spin) end
              base.state.is_spawned = true
              while true do end
            end
            return {
              authenticate = function(connection, register)
                register(connection, { id = connection.request.cookies.user })
              end,
              ]] .. SETTINGS .. settings .. "}",
          ["actions/echo.lua"] = world.action 'return message:respond "echo"',
          ["actions/raise.lua"] = world.action 'error "no"',
        }
        local ada = world.user "ada"
        if act then act(ada) end
        world.advance(1)
        local log = world.log()
        local function told(line)
          return count(log, ("base.lua:%d: limits.run_time has passed")
            :format(line))
        end
        assert.same({ 1, place.times or 1 }, { told(3), told(8) }, log)
        world.project {}
        assert.equal("pong", (world.user "bob":ask "ping"))
      end)
  end

  -- A table that a collection goes through again and again, as each entry is
  -- kept by another one that lies anywhere.
  local function make_chain(size)
    local keys = {}
    for i = 1, size do keys[i] = {} end
    for i = size, 2, -1 do
      local other = math.random(i)
      keys[i], keys[other] = keys[other], keys[i]
    end
    local chain = setmetatable({}, { __mode = "k" })
    for i, key in ipairs(keys) do chain[key] = keys[i + 1] or true end
    core.state.chain, core.state.first = chain, keys[1]
  end

  -- Collections take so many seconds, until the state is emptied.
  local function slow_collections(seconds)
    local size = 6000
    local took
    repeat
      collectgarbage "stop"
      make_chain(size)
      local began = os.clock()
      collectgarbage()
      took = os.clock() - began
      size = size * 6 // 5
      core.state.first = took > seconds and core.state.first or nil
      collectgarbage "restart"
    until took > seconds
  end

  -- Where each step collects, this would take hours.
  if not os.getenv "BASE_GC_STRESS" then
    it("is told from one that has to wait for a collection", function()
      world.project {
        ["base.lua"] = world.settings
          "limits = { run_time = 0.25, run_memory = 4 << 20 },",
        ["actions/run.lua"] = world.action [[
          local began = os.clock()
          collectgarbage "stop" -- but when no memory is left
          for i = 1, 24 do seen[1] = ("x"):rep(1 << 17) .. i end
          local took = os.clock() - began
          collectgarbage "restart"
          return message:respond("done", took)
        ]],
      }
      -- On a machine that is busy with other things a collection may take
      -- longer than any run is given for it: not each time.
      local ada, command, took = world.user "ada", nil, nil
      for _ = 1, 4 do
        slow_collections(0.35)
        command, took = ada:ask "run"
        core.state.chain, core.state.first = nil, nil
        if command == "done" then break end
      end
      assert.equal("done", command, world.log())
      assert.is_true(took > 0.3, took)
    end)
  end

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

-- What a script does wrong in odd places harms that run and nothing else.
local core = require "base.core"
local world = require "spec.helper"

after_each(world.reset)

describe("A script", function()
  -- Runs the action and returns the code of its answer; then everything must
  -- work as before.
  local function run(body, files)
    files = files or {}
    files["actions/run.lua"] = world.action(body)
    files["actions/sleep.lua"] = world.action [[
      base.sleep(1)
      return message:respond("slept", connection.user.id)
    ]]
    world.project(files)
    local ada = world.user "ada"
    local command, answer = ada:ask "run"
    world.advance(5)
    local others = { world.user "bob", world.user "cid" }
    for _, client in ipairs(others) do client:say { "sleep" } end
    world.advance(2)
    for i, name in ipairs { "bob", "cid" } do
      assert.same({ { "slept", name } }, others[i]:heard())
    end
    assert.equal("pong", (ada:ask "ping"))
    ada:say { "sleep" }
    world.advance(2)
    local heard = ada:heard()
    assert.same({ "slept", "ada" }, heard[#heard])
    return command == "error" and answer.code or command
  end

  it("may raise an error that cannot be printed", function()
    assert.equal("failed", run [[
      error(setmetatable({}, { __tostring = function(self) error(self) end }))
    ]])
  end)

  it("may spoil its message before it fails", function()
    assert.equal("failed", run [[ message.respond = 5 error "no" ]])
  end)

  it("may wait in the __close of a coroutine that failed", function()
    assert.equal("done", run [[
      local f = coroutine.wrap(function()
        local _ <close> = setmetatable({}, { __close = function()
          coroutine.wrap(function() base.sleep(1) end)()
        end })
        error "boom"
      end)
      seen[1] = pcall(f)
      return message:respond "done"
    ]])
    assert.is_false(world.seen[1])
  end)

  it("may not resume or close the coroutine of another run", function()
    assert.equal("done", run [[
      local ended = coroutine.running()
      local waiting
      base.spawn(function()
        waiting = coroutine.running()
        base.sleep(2)
        seen[5] = "woken"
      end)
      base.after(1, function()
        seen[1], seen[2] = coroutine.resume(ended), coroutine.resume(waiting)
        seen[3], seen[4] = pcall(coroutine.close, ended),
          pcall(coroutine.close, waiting)
      end)
      return message:respond "done"
    ]])
    assert.same({ false, false, false, false, "woken" },
      { table.unpack(world.seen, 1, 5) })
  end)

  it("may yield while one of its modules loads", function()
    assert.equal("done", run([[
      seen[1] = coroutine.wrap(function()
        return (pcall(require, "yields"))
      end)()
      return message:respond "done"
    ]], { ["yields.lua"] = "coroutine.yield() return 1" }))
    assert.is_false(world.seen[1])
  end)

  it("may wait in very many runs at once", function()
    assert.equal("done", run [[
      for _ = 1, 600 do base.spawn(base.sleep, 1) end
      return message:respond "done"
    ]])
  end)
end)

describe("A handle of somebody who has gone", function()
  it("is harmless in every method", function()
    world.project { ["actions/run.lua"] = world.action [[
      base.state.connection, base.state.user = connection, connection.user
      base.state.message = message
    ]], ["actions/use.lua"] = world.action [[
      local gone, user = base.state.connection, base.state.user
      for _, call in ipairs {
        function() return gone:send("x") end,
        function() return gone:send_text("x") end,
        function() return gone:send_binary("x") end,
        function() return gone:call("x") end,
        function() return gone:register { id = 1 } end,
        function() return gone:close() end,
        function() return gone:is_open() end,
        function() return user:send("x") end,
        function() return user:disconnect() end,
        function() return user:call("x") end,
        function() return gone.id and gone.address and gone.opened_at end,
        function() return gone.request.path end,
        function() gone.room = 7 return gone.room end,
        function() return tostring(gone), tostring(user) end,
        function() return base.send(user.id, base.state.message) end,
        function()
          return base.broadcast(base.state.message, { except = gone })
        end,
      } do
        seen[#seen + 1] = table.pack(pcall(call))
      end
      return message:respond "done"
    ]] }
    local ada, bob = world.user "ada", world.user "bob"
    ada:say { "run" }
    ada:leave()
    world.advance(10)
    collectgarbage()
    assert.equal("done", (bob:ask "use"), world.log())
    for i, result in ipairs(world.seen) do
      assert.is_true(result[1], i .. tostring(result[2]))
    end
    for i = 1, 5 do
      assert.same({ true, nil, "closed", n = 3 }, world.seen[i])
    end
    assert.is_false(world.seen[7][2])
    assert.equal(0, world.seen[8][2])
    assert.equal("", world.log())
  end)
end)

describe("on.error", function()
  it("is told of an error in every other hook, and may fail itself", function()
    world.project {
      ["base.lua"] = world.settings [[
        offline_after = 0,
        on = {
          connect = function() error(nil) end,
          disconnect = function() error {} end,
          online = function() error "online" end,
          offline = function() error "offline" end,
          before = function() error "before" end,
          error = function(err)
            seen[#seen + 1] = type(err)
            error(err)
          end,
        },]],
    }
    local ada = world.user "ada"
    assert.equal("failed", select(2, ada:ask "run").code)
    ada:leave()
    world.advance(1)
    table.sort(world.seen)
    assert.same({ "nil", "string", "string", "string", "table" }, world.seen)
    local _, lines = world.log():gsub("\n", "")
    assert.equal(10, lines)
  end)

  it("is not told of its own end", function()
    world.project {
      ["base.lua"] = world.settings [[
        limits = { action_time = 1 },
        on = { error = function()
          seen[#seen + 1] = "told"
          base.sleep(10)
        end },]],
      ["actions/run.lua"] = world.action 'error "no"',
    }
    world.user("ada"):say { "run" }
    world.advance(20)
    assert.same({ "told" }, world.seen)
  end)
end)

-- Each is ended where it is, in a project whose scripts may run for 0.1 s.
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
        world.advance(1)
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

describe("What is at once", function()
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
    it("are so many timers, and base." .. name .. " says so", function()
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

  it("are so many runs that wait, and what waits says so", function()
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
    ada:say { "run", world.null, 1 }
    world.advance(2)
    assert.equal("", world.log())
  end)

  it("may be any number where 0 is said", function()
    local ada = project("timers = 0, coroutines = 0", [[
      for _ = 1, 1000 do base.spawn(base.sleep, 100) end
      return message:respond "done"
    ]])
    assert.equal("done", (ada:ask "run"))
    world.advance(200)
    assert.equal("", world.log())
  end)
end)

describe("A __gc in a project file", function()
  for _, call in ipairs { "setmetatable({}, { __gc = print })",
      "debug.setmetatable({}, { __gc = print })" } do
    it("is refused at the caller's line: " .. call, function()
      world.project { ["actions/run.lua"] = world.action("\n" .. call) }
      assert.equal("failed", select(2, world.user "ada":ask "run").code)
      local log = world.log()
      assert.equal("actions/run.lua:3", world.place(log))
      assert.matches("a __gc is not for the files of a project", log, 1, true)
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

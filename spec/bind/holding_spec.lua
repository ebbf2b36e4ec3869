-- What holds the server up in places where no limit of a script's is watched:
-- in Base's own code, between runs, in what is left of a run that was ended.
local world = require "spec.helper"

after_each(world.reset)

-- A collection at every step makes all of it slow, and little of it enough.
local is_slow = os.getenv "BASE_GC_STRESS"

-- Bytes of a client's text.
local SIZE = is_slow and 600 or 60000

-- Seconds of the processor; what is meant to take none may take so many.
local MOST = is_slow and 60 or 2

local function takes_little(f)
  local since = os.clock()
  f()
  local took = os.clock() - since
  assert.is_true(took < MOST, ("it took %.1f s"):format(took))
end

describe("An error whose text a client has written", function()
  for name, text in pairs {
    ["blanks"] = (" "):rep(SIZE),
    ["empty lines"] = ("\n"):rep(SIZE),
    ["one word"] = ("x"):rep(SIZE),
    ["colons"] = (":1"):rep(SIZE // 2),
    ["names of files"] = (".lua:"):rep(SIZE // 5),
    ["ends of tracebacks"] = ("\nstack traceback:"):rep(SIZE // 17),
  } do
    it("is logged in little time: " .. name, function()
      world.project { ["actions/run.lua"] = world.action
        [[error("there is no room " .. message.body)]] }
      local ada = world.user "ada"
      takes_little(function()
        local command, body = ada:ask("run", text)
        assert.equal("error", command)
        assert.equal("failed", body.code)
      end)
      local log = world.log()
      assert.matches("actions/run.lua:2: there is no room", log, 1, true)
      assert.is_true(#log < 20000)
    end)
  end

  it("may be longer than a report", function()
    world.project { ["actions/run.lua"] = world.action
      [[error("far too much: " .. ("x"):rep(3 << 20))]] }
    local command, body = world.user "ada":ask "run"
    assert.equal("failed", command == "error" and body.code)
    local log = world.log()
    assert.matches("far too much: xxx", log, 1, true)
    assert.is_nil(log:find("memory", 1, true))
    assert.is_nil(log:find("could not be reported", 1, true))
  end)
end)

describe("A repeated failure", function()
  it("is logged ten times a minute, then as a sum, with a ref", function()
    world.project { ["actions/run.lua"] = world.action [[error "again"]] }
    local ada = world.user "ada"
    local refs = {}
    for i = 1, 30 do refs[i] = select(2, ada:ask "run").ref end
    local log = world.log()
    assert.equal(10, select(2, log:gsub("again", "")))
    for i = 1, 30 do
      assert.equal(refs[math.min(i, 10)], refs[i])
      assert.truthy(log:find("ref=" .. refs[i], 1, true))
    end
    world.advance(61)
    assert.matches("20 more in the last minute: failed at actions/run.lua:2 "
      .. "ref=" .. refs[10], world.log(), 1, true)
    ada:ask "run"
    assert.matches("actions/run.lua:2: again", world.log(), 1, true)
  end)

  it("is not counted under places that a client makes up", function()
    world.project { ["actions/run.lua"] = world.action
      [[error("there is no " .. message.body)]] }
    local ada = world.user "ada"
    for i = 1, 30 do
      ada:ask("run", ("room\nstack traceback:\n\tactions/%d.lua:1: in x")
        :format(i))
    end
    assert.equal(10, select(2, world.log():gsub("there is no room", "")))
  end)

  it("is logged separately at another place", function()
    world.project {
      ["actions/run.lua"] = world.action [[error "again"]],
      ["actions/other.lua"] = world.action [[error "the other"]],
    }
    local ada = world.user "ada"
    for _ = 1, 20 do ada:ask "run" end
    world.log()
    ada:ask "other"
    assert.matches("actions/other.lua:2: the other", world.log(), 1, true)
  end)

  it("is logged as a sum when the application is away", function()
    world.project { ["base.lua"] = [[
      return { authenticate = function(connection, register)
        register(connection, nil, "the shop is away")
      end }]] }
    for _ = 1, 50 do
      assert.equal(1013, (world.connect():closed()))
    end
    assert.equal(1, select(2, world.log():gsub("the shop is away", "")))
    world.advance(61)
    assert.matches("49 more in the last minute: nobody can be authenticated",
      world.log(), 1, true)
  end)
end)

describe("A module ended by a limit while an action requires it", function()
  it("can be required again", function()
    world.project {
      ["base.lua"] = world.settings "limits = { run_time = 0.1 },",
      ["late.lua"] = "if not seen then while true do end end return 7",
      ["actions/run.lua"] = world.action [[return message:respond(
        "got", require "late")]],
      ["actions/sleep.lua"] = world.action [[
        base.sleep(1)
        return message:respond "slept"]],
    }
    local ada = world.user "ada"
    assert.equal("failed", select(2, ada:ask "run").code)
    assert.matches("late.lua:1: limits.run_time", world.log(), 1, true)
    ada:say { "sleep" }
    world.advance(2)
    assert.same({ { "slept" } }, ada:heard())
    world.file("late.lua", "return 7")
    assert.same({ "got", 7 }, { ada:ask "run" })
  end)
end)

describe("A hook of the debug library", function()
  it("is refused, as nothing could end one that loops", function()
    world.project { ["actions/run.lua"] = world.action
      [[debug.sethook(function() end, "l")]] }
    assert.equal("failed", select(2, world.user "ada":ask "run").code)
    assert.matches("actions/run.lua:2: debug.sethook is not available to a "
      .. "project's files",
      world.log(), 1, true)
  end)
end)

describe("Coroutines inside each other whose <close> loops", function()
  it("share the time of one run when the task is ended", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_time = 0.2, action_time = 5 },",
      ["actions/run.lua"] = world.action [[
        local function dig(depth)
          local looping <close> = setmetatable({}, { __close = function()
            seen[#seen + 1] = depth
            while true do end
          end })
          if depth == 0 then base.sleep(60) end
          coroutine.wrap(dig)(depth - 1)
        end
        dig(20)]],
    }
    world.user "ada":say { "run" }
    takes_little(function() world.advance(6) end)
    assert.equal(1, #world.seen)
    assert.equal(1, select(2, world.log():gsub("while <close>", "")))
  end)
end)

describe("Coroutines of an action that was ended in their <close>", function()
  it("cannot be resumed", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_time = 0.1, action_time = 5 },",
      ["actions/run.lua"] = world.action [[
        local outer, inner
        outer = coroutine.create(function()
          inner = coroutine.create(function()
            local looping <close> = setmetatable({}, { __close = function()
              while true do end
            end })
            base.sleep(60)
          end)
          seen[1], seen[2] = outer, inner
          coroutine.resume(inner)
          seen[3] = "resumed"
        end)
        coroutine.resume(outer)]],
      ["actions/resume.lua"] = world.action [[
        local ok, why = coroutine.resume(seen[message.body])
        return message:respond("why", ok or why)]],
    }
    world.user "ada":say { "run" }
    world.advance(6)
    local bob = world.user "bob"
    for i = 1, 2 do
      local _, why = bob:ask("resume", i)
      assert.truthy(why == "cannot resume a coroutine that waits in Base"
        or why == "cannot resume dead coroutine", why)
    end
    assert.is_nil(world.seen[3])
  end)
end)

describe("A `welcome` that is ended", function()
  it("leaves no connection half registered", function()
    world.project { ["base.lua"] = [[
      local base = require "base"
      return {
        limits = { run_time = 0.1 },
        authenticate = function() end,
        welcome = function() while true do end end,
        actions = { public = { "login" } },
      }]], ["actions/login.lua"] = world.action
        [[connection:register { id = 7 }]],
      ["actions/tell.lua"] = world.action [[]],
    }
    local guest = world.connect()
    guest:say { "login" }
    assert.equal(1011, (guest:closed()))
    assert.equal(0, require "base.core".send(7, "secret"))
  end)
end)

describe("Tables nested twice in each other", function()
  it("cannot be sent when the text would be endless", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_memory = 4 << 20, run_time = 60 },",
      ["actions/run.lua"] = world.action [[
        local t = {}
        for _ = 1, 60 do t = { t, t } end
        return message:respond("all", t)]],
    }
    takes_little(function()
      assert.equal("failed", select(2, world.user "ada":ask "run").code)
    end)
    assert.matches("body%S*: too large %(limits.run_memory%)", world.log())
  end)

  it("cannot be sent with one long string many times", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_memory = 4 << 20, run_time = 60 },",
      ["actions/run.lua"] = world.action [[
        local t, text = {}, ("x"):rep(1 << 20)
        for i = 1, 5000 do t[i] = text end
        local map = {}
        for i = 1, 5000 do map["key" .. i] = text end
        pcall(connection.send, connection, "all", map)
        return message:respond("all", t)]],
    }
    takes_little(function()
      assert.equal("failed", select(2, world.user "ada":ask "run").code)
    end)
    assert.matches("body: too large %(limits.run_memory%)", world.log())
  end)

  it("are ended by run_time as well", function()
    world.project {
      ["base.lua"] = world.settings
        "limits = { run_memory = 0, run_time = 0.1 },",
      ["actions/run.lua"] = world.action [[
        local t = {}
        for _ = 1, 60 do t = { t, t } end
        return message:respond("all", t)]],
    }
    takes_little(function()
      assert.equal("failed", select(2, world.user "ada":ask "run").code)
    end)
    assert.matches("limits.run_time has passed", world.log(), 1, true)
  end)
end)

describe("The metatable of lists", function()
  it("is not asked when a client answers", function()
    world.project { ["actions/run.lua"] = world.action [[
      local json = require "base.json"
      json.array_mt.__index = function() while true do end end
      local body, word = connection:call("question")
      json.array_mt.__index = nil
      return message:respond("word", word)]] }
    local ada = world.user "ada"
    ada:say { "run" }
    local id = ada:heard()[1][3]
    takes_little(function() ada:say { "error", { 1 }, id } end)
    assert.same({ { "word", "error" } }, ada:heard())
  end)
end)

describe("A file that loads after one that was ended", function()
  it("closes its <close> variables, too", function()
    local closing = [[
      local base, seen = require "base", require "seen"
      coroutine.wrap(function()
        local mark <close> = setmetatable({}, { __close = function()
          seen[#seen + 1] = %q
          %s
        end })
        local list = {}
        while true do list[#list + 1] = {} end
      end)()]]
    local eats = "local list = {} while true do list[#list + 1] = {} end"
    world.files {
      ["base.lua"] = world.settings
        "limits = { run_memory = 4 << 20, run_time = 20 },",
      ["actions/a.lua"] = closing:format("a", eats),
      ["actions/b.lua"] = closing:format("b", ""),
    }
    assert.is_false(world.driver.load())
    assert.same({ "a", "b" }, world.seen, world.log())
  end)
end)

describe("Hooks that cause each other", function()
  -- Ten thousand of them come before the others' turn.
  local it = is_slow and pending or it

  it("do not block other connections", function()
    world.project { ["base.lua"] = world.settings [[
      on = { online = function(user)
        for _, connection in pairs(user.connections) do
          connection:register { id = user.id + 1 }
        end
      end },
      authenticate = function(connection, register)
        register(connection, { id = 1 })
      end,]] }
    takes_little(function() world.connect() end)
    local before = #world.connect():texts()
    assert.is_true(before > 0)
  end)
end)

-- What scripts raise, and how it is told in the log.
local world = require "spec.helper"

after_each(world.reset)

-- What is logged of an action with this inside; its first line is the second
-- of the file.
local function failing(body, settings)
  world.project {
    ["base.lua"] = world.settings(settings or ""),
    ["actions/run.lua"] = world.action(body),
  }
  world.user "ada":say { "run" }
  return world.log()
end

describe("An error that is not a string", function()
  for raised, shown in pairs {
    ['{ message = "no code" }'] = '{message = "no code"}',
    ['{ b = 1, a = true, [3] = 1.5, C = {} }'] =
      '{C = {}, [3] = 1.5, a = true, b = 1}',
    ['{ "first", "second", more = { 1, { 2 } } }'] =
      '{"first", "second", more = {1, {2}}}',
    ['{ text = "a \\"b\\"", ["odd key"] = 1 }'] =
      '{["odd key"] = 1, text = "a \\"b\\""}',
    ['{ { { { { 1 } } } } }'] = '{{{{…}}}}',
    ["{}"] = "{}",
    ["{ f = print, t = coroutine.create(print), u = io.stdout }"] =
      "{f = a function, t = a thread, u = a userdata (FILE*)}",
    ["{ code = 42 }"] = "{code = 42}",
    ["setmetatable({}, { __tostring = function() return 'mine' end })"] =
      "mine",
    ["setmetatable({ x = 1 }, { __tostring = function() error 'no' end })"] =
      "{x = 1}",
    ["setmetatable({ x = 1 }, { __tostring = function() return {} end })"] =
      "{x = 1}",
    ["setmetatable({ x = 1 }, { __index = error, __pairs = error, "
      .. "__len = error, __name = {} })"] = "{x = 1}",
    ["nil"] = "error(nil)",
    ["true"] = "error(true)",
    ["print"] = "error(a function)",
    ["42"] = "42",
    ["1.5"] = "1.5",
  } do
    it("is shown by its contents: " .. raised, function()
      assert.matches(" error " .. shown .. " connection=",
        failing("error(" .. raised .. ")"), 1, true)
    end)
  end

  it("is shown in bounded bytes, however large it is", function()
    local log = failing [[
      local large = { text = ("x"):rep(100000), self = {} }
      for i = 1, 2000 do large[i] = i large["k" .. i] = large end
      error(large)]]
    assert.matches(" error {1, 2, 3, .*… connection=", log)
    assert.is_true(#log < 2048, #log)
  end)

  it("is the value itself for on.error", function()
    failing("error { message = 'no code' }",
      "on = { error = function(err) seen[1] = err end },")
    world.advance(0)
    assert.same({ message = "no code" }, world.seen[1])
  end)

  it("is shown wherever a file does not load", function()
    world.files { ["base.lua"] = "error { a = 1 }",
      ["actions/a.lua"] = "error { b = 2 }",
      ["actions/b.lua"] = "require 'module'",
      ["module.lua"] = "error(setmetatable({}, { __tostring = error }))" }
    assert.same({ "base.lua: {a = 1}", "actions/a.lua: {b = 2}",
      "actions/b.lua: module.lua: {}" }, world.mistakes())
  end)

  it("is shown in coroutines, on.error and timers as well", function()
    local log = failing([[
      base.spawn(function() error { timer = 1 } end)
      coroutine.wrap(function() error { inner = 2 } end)()]],
      "on = { error = function() error { hook = 3 } end },")
    world.advance(0)
    log = log .. world.log()
    for _, shown in ipairs { "{inner = 2}", "{timer = 1}",
        "on.error: {hook = 3}" } do
      assert.matches(" error " .. shown, log, 1, true)
    end
  end)
end)

describe("A failure in tail position", function()
  -- Raises, and is written in Lua: of who calls it last no frame is left.
  local TAIL = 'return base.log.info("text", 7)'

  -- The file and the line at which its function begins.
  local function place(log)
    return log:match " function=(%S+)"
  end

  for _, call in ipairs { 'message:respond("x", { a = 0/0 })',
      'base.log.info("text", 7)', 'require "base.http".get(7)',
      "connection:register(7)", 'require "raising"()' } do
    it("names the file of the action: " .. call, function()
      package.loaded.raising = function() error({ no = "code" }) end
      assert.equal("actions/run.lua:1", place(failing("return " .. call)))
      package.loaded.raising = nil
    end)
  end

  it("names the file of the action behind on.before", function()
    assert.equal("actions/run.lua:1", place(failing(TAIL,
      "on = { before = function() return true end },")))
  end)

  local settings = {
    before = "on = { before = function()\n%s end },",
    connect = "on = { connect = function()\n%s end },",
    online = "on = { online = function()\n%s end },",
    text = "on = { text = function()\n%s end },",
    binary = "on = { binary = function()\n%s end },",
    disconnect = "on = { disconnect = function()\n%s end },",
    offline = "on = { offline = function()\n%s end },",
    error = "on = { error = function()\n%s end },",
    resolver = "actions = { resolver = function()\n%s end },",
    authenticate = "authenticate = function()\n%s end,",
    http = "http = function(request, response)\n"
      .. "return response:json { a = 0/0 } end,",
  }
  for name, text in pairs(settings) do
    it("names base.lua for " .. name, function()
      world.project {
        ["base.lua"] = world.settings("\n" .. text:format(TAIL)),
        ["actions/run.lua"] = world.action "error 'no'",
      }
      local ada = world.user "ada"
      ada:say { name == "error" and "run" or "nothing" }
      ada:say_binary "bytes"
      world.request "GET /"
      ada:leave()
      world.advance(10)
      assert.equal("base.lua:3", place(world.log()))
    end)
  end

  it("names a spawned run, and a timer", function()
    local log = failing(([[
      base.spawn(function() %s end)
      base.after(1, function()
        %s
      end)]]):format(TAIL, TAIL))
    world.advance(2)
    log = log .. world.log()
    local places = {}
    for found in log:gmatch " function=(%S+)" do places[#places + 1] = found end
    assert.same({ "actions/run.lua:2", "actions/run.lua:3" }, places)
  end)

  it("is counted by its file, so that others are still logged", function()
    local TAIL_OF_MESSAGE = "return message:respond('x', { a = 0/0 })"
    world.project {
      ["actions/a.lua"] = world.action(TAIL_OF_MESSAGE),
      ["actions/b.lua"] = world.action(TAIL_OF_MESSAGE),
    }
    local ada = world.user "ada"
    for _ = 1, 20 do ada:say { "a" } end
    ada:say { "b" }
    local log = world.log()
    assert.equal(10, select(2, log:gsub("function=actions/a.lua:1", "")))
    assert.equal(1, select(2, log:gsub("function=actions/b.lua:1", "")))
  end)

  it("has no extra field where the file is already named", function()
    assert.is_nil(place(failing "error 'here'"))
    assert.is_nil(place(failing "local x = base.sleep(-1) return x"))
  end)
end)

describe("A hook `error` that fails", function()
  local function fail(times)
    world.project { ["base.lua"] = world.settings [[
      on = { error = function() error(("x"):rep(3000)) end },]],
      ["actions/run.lua"] = world.action "error 'no'" }
    local ada = world.user "ada"
    for _ = 1, times do ada:say { "run" } end
    return world.log()
  end

  it("is logged ten times a minute, and then as a sum", function()
    local log = fail(200)
    assert.equal(10, select(2, log:gsub("error on.error: ", "")))
    world.advance(60)
    assert.matches("190 more in the last minute: failed at base.lua:%d+ ",
      world.log())
  end)

  it("has a ref, and is counted", function()
    local core = require "base.core"
    local before = core.counters().errors.failed
    local log = fail(3)
    assert.equal(6, core.counters().errors.failed - before)
    assert.equal(3, select(2, log:gsub(
      "error on.error: base.lua:%d+: x[^\n]* ref=%x+ ", "")))
  end)
end)

describe("A ref", function()
  it("cannot be predicted by scripts", function()
    local refs = {}
    for _ = 1, 2 do
      refs[#refs + 1] = failing "math.randomseed(1) error 'no'"
        :match "ref=(%x+)"
    end
    assert.equal(8, #refs[1])
    assert.are_not.equal(refs[1], refs[2])
  end)
end)

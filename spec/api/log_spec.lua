-- What scripts write into the log.
local world = require "spec.helper"

after_each(world.reset)

local function project(body, settings)
  world.project {
    ["base.lua"] = world.settings(settings or ""),
    ["actions/run.lua"] = world.action(body),
  }
end

local function logged(body, settings)
  project(body, settings)
  world.log()
  local client = world.user "ada"
  client:say { "run" }
  return world.log(), client.connection
end

describe("base.log", function()
  for _, level in ipairs { "info", "warn", "error" } do
    it("writes a line of the level " .. level, function()
      local log, connection = logged("base.log." .. level
        .. "('paid', { order = 17, by = 'a b', late = true, x = 1.5 })")
      local _, lines = log:gsub("\n", "")
      assert.equal(1, lines)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT[%d:.]+Z " .. level .. " paid ",
        log)
      for _, field in ipairs { "order=17", 'by="a b"', "late=true", "x=1.5",
          "connection=" .. connection.id, "user=ada" } do
        assert.matches(field, log, 1, true)
      end
    end)
  end

  it("leaves out what is below the level", function()
    assert.equal("", (logged "base.log.debug 'hidden'"))
    assert.equal("", (logged("base.log.info 'hidden' print 'hidden'",
      "log = { level = 'warn' },")))
    assert.matches(" debug shown", (logged("base.log.debug 'shown'",
      "log = { level = 'debug' },")))
  end)

  it("may be JSON, a line of it each", function()
    local log, connection = logged("base.log.info('a\\n\"b\"', { n = 7 })",
      "log = { format = 'json' },")
    local line = world.json.decode(log)
    assert.equal("info", line.level)
    assert.equal('a\n"b"', line.message)
    assert.equal(7, line.n)
    assert.equal(connection.id, line.connection)
    assert.equal("ada", line.user)
    assert.is_string(line.time)
  end)

  it("does not let a text pass for a line of its own", function()
    local log = logged "base.log.info('a\\n2026-01-01T00:00:00Z error b')"
    assert.is_nil(log:find("\n2026"))
  end)

  it("writes anything as text", function()
    assert.matches(" info nil ", (logged "base.log.info(nil)"))
    assert.matches(" info 7 ", (logged "base.log.info(7)"))
    assert.matches(" info true ", (logged "base.log.info(true)"))
  end)

  it("takes many fields", function()
    local log = logged [[
      local fields = {}
      for i = 1, 20 do fields["f" .. i] = i end
      base.log.info("many", fields)
    ]]
    for i = 1, 20 do assert.matches(("f%d=%d"):format(i, i), log, 1, true) end
  end)

  it("does not name a connection where there is none", function()
    world.project { ["base.lua"] =
      "local base = require 'base' base.log.info 'loading' "
      .. "return { authenticate = print }" }
    local log = world.log()
    assert.matches(" info loading\n", log)
  end)

  for _, line in ipairs { "base.log.info('x', 7)",
      "base.log.info('x', { 1 })", "base.log.info('x', { [true] = 1 })" } do
    it("blames the caller's line for " .. line, function()
      local log = logged("\n" .. line)
      assert.equal("actions/run.lua:3", world.place(log))
      assert.matches("fields", log)
    end)
  end
end)

describe("print", function()
  it("goes to the log", function()
    local log = logged "print('a', 1, nil, {} ~= nil)"
    assert.matches(" info a 1 nil true connection=", log, 1, true)
  end)
end)

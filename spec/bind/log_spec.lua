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

  -- The names of a line of JSON, in their order.
  local function names_of(line)
    local names = {}
    for name in line:gmatch '[{,]"([^"]*)":' do names[#names + 1] = name end
    return names
  end

  it("has each name once in JSON, whatever scripts log", function()
    local log = logged([[
      base.log.warn("paid", { message = "of the script", level = "debug",
        time = 1, connection = 7, user = 8, message_ = "another", ["a b"] = 1,
        a_b = 2, ref = "r", traceback = "t", zebra = 1, apple = 2 })]],
      "log = { format = 'json' },")
    assert.same({ "time", "level", "message", "connection", "user", "ref",
      "a_b", "a_b_", "apple", "connection_", "level_", "message_", "message__",
      "time_", "user_", "zebra", "traceback" }, names_of(log))
    local line = world.json.decode(log)
    assert.same({ "warn", "paid", "another", "of the script", 7, 2, 1 },
      { line.level, line.message, line.message_, line.message__,
        line.connection_, line.a_b, line.a_b_ })
  end)

  it("has numbers and booleans as such in JSON", function()
    local log = logged([[
      base.log.info("numbers", { a = 1.5, b = 0.1, c = math.maxinteger,
        d = math.mininteger, e = 1e300, f = 3.0, g = true, h = false,
        i = 1/0, j = -1/0, k = 0/0, l = "1", m = -0.0 })]],
      "log = { format = 'json' },")
    assert.matches('"a":1.5,"b":0.1,"c":9223372036854775807,'
      .. '"d":-9223372036854775808,"e":1e+300,"f":3,"g":true,"h":false,'
      .. '"i":"inf","j":"-inf","k":"', log, 1, true)
    assert.matches('"l":"1","m":-0}', log, 1, true)
    assert.truthy(world.json.decode(log))
  end)

  it("is JSON whatever the values are", function()
    local log = logged([[
      base.log.info("odd \xff", { a = "\xff\xe2\x80\xa8\0", ["\xff"] = 1,
        ["\0"] = 2 })]], "log = { format = 'json' },")
    local line = world.json.decode(log)
    assert.equal("odd \u{fffd}", line.message)
    assert.equal("\u{fffd}\u{2028}\0", line.a)
    assert.is_nil(log:find("\u{2028}", 1, true))
    assert.same({ 2, 1 }, { line._, line.__ })
  end)

  it("takes the first names of too many", function()
    local log = logged [[
      local fields = {}
      for i = 1, 1000 do fields["f" .. i] = i end
      base.log.info("many", fields)
    ]]
    local _, count = log:gsub(" f%d+=", "")
    assert.equal(32, count)
    assert.matches("f1=1 f10=10 f100=100 f1000=1000 f101=101 ", log, 1, true)
  end)

  it("shows no words of a client's as a field", function()
    local log, connection = logged [[
      base.log.info("said: x user=42 ref=1", { text = "y user=43 ref=2" })
      error("z user=44\nuser=45", 0)]]
    for word in log:gmatch " user=([^ \n]*)" do assert.equal("ada", word) end
    local _, count = log:gsub(" user=ada", "")
    assert.equal(2, count)
    assert.matches("user\\=44", log, 1, true)
    assert.truthy(connection)
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

-- Settings that are numbers, times, words and functions.
local config = require "base.config"

local support = require "spec.support.settings"

local nothing, accepted = support.nothing, support.accepted
local refused, setting = support.refused, support.setting
local value_of = support.value_of

describe("a number", function()
  local huge = 2.0 ^ 53 * 2
  local wrong = { -1, 0 / 0, 1 / 0, -1 / 0, huge, 1e300, math.mininteger,
    math.maxinteger, "7", true, {}, nothing }
  for _, row in ipairs(config.settings) do
    if row.unit then
      it(("has to be right for '%s'"):format(row.name), function()
        for _, value in ipairs(wrong) do
          local mistake = refused(setting(row.name, value))
          assert.truthy(mistake:find(("base.lua: '%s' must be a ")
            :format(row.name), 1, true), mistake)
        end
      end)
    end
  end

  -- name -> least, most (nil: the next larger is not tried)
  local ranges = {
    port = { 1, 65535 },
    ["limits.http_head"] = { 1, 65535 },
    ["limits.message_size"] = { 1, 1 << 53 },
    ["limits.queue_size"] = { 1, 1 << 53 },
    ["limits.run_memory"] = { 0, 1 << 53 },
    ["limits.memory"] = { 0, 1 << 53 },
    ["limits.timers"] = { 0, 1 << 53 },
    ["limits.coroutines"] = { 0, 1 << 53 },
    ["limits.channels"] = { 0, 1 << 53 },
    ["limits.members_listed"] = { 0, 1 << 53 },
    ["limits.history_memory"] = { 0, 1 << 53 },
    ["limits.http_body"] = { 1, 1 << 53 },
    ["limits.connections"] = { 0, 1 << 53 },
    ["limits.connections_per_user"] = { 0, 1 << 53 },
    ["limits.connections_per_address"] = { 0, 1 << 53 },
    ["limits.rate"] = { 0, 1 << 53 },
    ["limits.burst"] = { 0, 1 << 53 },
    ["limits.pending_messages"] = { 0, 1 << 53 },
    ["limits.waiting_per_user"] = { 0, 1 << 53 },
    ["limits.waiting_per_address"] = { 0, 1 << 53 },
  }
  for name, range in pairs(ranges) do
    it(("is whole and in its range for '%s'"):format(name), function()
      for _, value in ipairs(range) do
        assert.equal(value, value_of(accepted(setting(name, value)), name))
      end
      refused(setting(name, range[1] - 1))
      refused(setting(name, range[2] + 1))
      refused(setting(name, 7.5))
    end)
  end

  it("may be written as a float when it is whole", function()
    local port = accepted({ port = 8080.0 }).port
    assert.equal("integer", math.type(port))
    assert.same({ ":8080" }, accepted({ port = 8080.0 }).listen)
  end)

  it("is no string, not even one of digits", function()
    assert.equal("base.lua: 'port' must be a whole number, 1 to 65535, but is "
      .. '"80", a string: convert it with tonumber', refused { port = "80" })
  end)

  it("that is none is shown as what it is", function()
    assert.truthy(refused({ drain = 0 / 0 }):find("but is NaN", 1, true))
    assert.truthy(refused({ drain = {} })
      :find("but is an empty table", 1, true))
    assert.truthy(refused({ drain = { 1 } }):find("but is a table", 1, true))
    local long = refused { drain = ("é"):rep(1000) .. "\n" }
    assert.is_true(#long < 200)
    assert.truthy(utf8.len(long))
    assert.truthy(refused({ drain = "\n\xff" })
      :find('but is "\\x0a\\xff"', 1, true))
  end)
end)

describe("who gets 4009 of a user with too many connections", function()
  it("is the newest or the oldest", function()
    for _, word in ipairs { "reject", "close_oldest" } do
      assert.equal(word,
        accepted({ limits = { on_exceed = word } }).limits.on_exceed)
    end
    assert.equal("base.lua: 'limits.on_exceed' must be \"reject\" or "
      .. '"close_oldest", but is "close"',
      refused { limits = { on_exceed = "close" } })
  end)
end)

describe("a time", function()
  local may_be_0 = { "offline_after", "drain", "http_keep_alive",
    "limits.handshake_time", "limits.authenticate_time", "limits.guest_time",
    "limits.run_time", "limits.slow_run", "limits.action_time" }
  for _, name in ipairs(may_be_0) do
    it(("may be 0 for '%s'"):format(name), function()
      assert.equal(0, value_of(accepted(setting(name, 0)), name))
    end)
  end

  for _, name in ipairs { "heartbeat.interval", "heartbeat.timeout" } do
    it(("is more than 0 for '%s'"):format(name), function()
      assert.equal(("base.lua: '%s' must be a number of seconds, "
        .. "more than 0, but is 0"):format(name), refused(setting(name, 0)))
    end)
  end

  it("may have a fraction", function()
    assert.equal(0.25, accepted({ drain = 0.25 }).drain)
    assert.equal(0.001, accepted({ limits = { run_time = 0.001 } })
      .limits.run_time)
  end)

  it("that would become 0 milliseconds is refused", function()
    assert.truthy(refused({ limits = { run_time = 0.0009 } })
      :find("less than a millisecond", 1, true))
  end)

  it("has an end", function()
    assert.equal(1000000000, accepted({ drain = 1000000000 }).drain)
    refused { drain = 1000000001 }
  end)
end)

describe("what becomes of what a slow reader has no room for", function()
  it("is that it is closed, or that it is dropped", function()
    for _, word in ipairs { "close", "drop" } do
      assert.equal(word,
        accepted({ limits = { on_slow = word } }).limits.on_slow)
    end
    assert.equal("base.lua: 'limits.on_slow' must be \"close\" or \"drop\", "
      .. 'but is "wait"', refused { limits = { on_slow = "wait" } })
  end)
end)

describe("deflate", function()
  it("is switched on and off, or set in detail", function()
    local default = { threshold = 1024, level = 1 }
    assert.same(default, accepted({ deflate = true }).deflate)
    assert.same(default, accepted({ deflate = {} }).deflate)
    assert.is_false(accepted({ deflate = false }).deflate)
    assert.same({ threshold = 1, level = 9 },
      accepted({ deflate = { threshold = 1, level = 9 } }).deflate)
  end)

  it("is nothing else", function()
    assert.matches("'deflate' must be a table, or true or false, but is 1",
      refused { deflate = 1 }, 1, true)
    refused { deflate = "on" }
    refused { deflate = { level = 0 } }
    refused { deflate = { level = 10 } }
    refused { deflate = { threshold = 0 } }
    assert.matches("did you mean 'deflate.level'?",
      refused { deflate = { levle = 1 } }, 1, true)
  end)
end)

describe("functions", function()
  local names = { "http", "welcome", "on.connect", "on.disconnect", "on.online",
    "on.offline", "on.before", "on.text", "on.binary", "on.error", "on.reload" }
  for _, name in ipairs(names) do
    it(("'%s' has to be one"):format(name), function()
      assert.equal(nothing, value_of(accepted(setting(name, nothing)), name))
      local callable = setmetatable({}, { __call = nothing })
      for _, value in ipairs { callable, "x", 7, false } do
        assert.truthy(refused(setting(name, value))
          :find(("'%s' must be a function("):format(name), 1, true))
      end
    end)
  end

  it("authenticate has to be one", function()
    assert.equal("base.lua: 'authenticate' must be "
      .. "a function(connection, register), but is 7",
      refused { authenticate = 7 })
  end)
end)

describe("groups", function()
  for _, name in ipairs { "actions", "on", "heartbeat", "limits", "log" } do
    it(("'%s' has to be a table"):format(name), function()
      assert.equal(("base.lua: '%s' must be a table, but is 7"):format(name),
        refused { [name] = 7 })
      assert.same(accepted()[name], accepted({ [name] = {} })[name])
    end)
  end
end)

describe("the log", function()
  it("has four levels and two formats", function()
    for _, level in ipairs { "debug", "info", "warn", "error" } do
      assert.equal(level, accepted({ log = { level = level } }).log.level)
    end
    for _, format in ipairs { "text", "json" } do
      assert.equal(format, accepted({ log = { format = format } }).log.format)
    end
    assert.equal("base.lua: 'log.level' must be "
      .. '"debug", "info", "warn" or "error", but is "loud"',
      refused { log = { level = "loud" } })
    assert.equal("base.lua: 'log.format' must be \"text\" or \"json\", "
      .. "but is 7", refused { log = { format = 7 } })
  end)

  it("takes the level of the command line", function()
    local options = { log_level = "debug" }
    assert.equal("debug", accepted({ log = { level = "error" } }, options)
      .log.level)
    assert.truthy(refused({}, { log_level = "loud" })
      :find("'--log-level' must be", 1, true))
  end)
end)

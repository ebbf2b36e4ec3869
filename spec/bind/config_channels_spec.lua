-- The setting `channels`: patterns, rules, and what is said of mistakes.
local support = require "spec.support.settings"

local nothing, accepted = support.nothing, support.accepted
local check, refused = support.check, support.refused

local function rules_of(channels)
  return accepted({ channels = channels }).channels
end

local function rule_of(rule)
  return rules_of({ ["room:*"] = rule })[1]
end

local function mistakes_of(channels)
  local _, mistakes = check { channels = channels }
  return mistakes
end

local PATTERN = 'must be the name of a channel such as "news", or the '
  .. 'beginning of names and a * such as "room:*", but '

describe("channels", function()
  it("has no rules without the setting", function()
    assert.same({}, accepted().channels)
    assert.same({}, rules_of {})
    assert.are_not.equal(accepted().channels, accepted().channels)
  end)

  it("is a table", function()
    for _, value in ipairs { 7, "room:*", nothing, true } do
      assert.matches("'channels' must be a table from names of channels to "
        .. 'rules, such as { ["room:*"] = { presence = true } }, but is ',
        refused { channels = value }, 1, true)
    end
  end)

  it("becomes a list: exact names, then prefixes, by their bytes", function()
    local patterns = {}
    for i, rule in ipairs(rules_of { ["room:*"] = {}, ["Z"] = {}, ["*"] = {},
      ["room:1"] = {}, ["ä"] = {}, ["a"] = {}, ["room:1*"] = {} }) do
      patterns[i] = rule.pattern
    end
    assert.same({ "Z", "a", "room:1", "ä", "*", "room:*", "room:1*" }, patterns)
  end)

  it("tells a prefix from a name", function()
    assert.same({ pattern = "room:*", is_prefix = true, name = "room:" },
      rule_of {})
    assert.same({ { pattern = "news", is_prefix = false, name = "news" } },
      rules_of { news = {} })
    assert.same({ { pattern = "*", is_prefix = true, name = "" } },
      rules_of { ["*"] = {} })
  end)

  it("keeps what a rule says", function()
    local rule = { public = true, join = nothing, send = nothing,
      presence = "count", history = { size = 1, seconds = 0.5 },
      occupied = nothing, vacated = nothing }
    local found = rule_of(rule)
    found.pattern, found.is_prefix, found.name = nil, nil, nil
    assert.same(rule, found)
  end)

  it("leaves out what is false", function()
    assert.same({ pattern = "room:*", is_prefix = true, name = "room:" },
      rule_of { public = false, send = false, presence = false,
        history = false })
  end)

  it("does not change what it is given", function()
    local given = { ["a*"] = { send = false, history = { size = 3 } } }
    rules_of(given)
    assert.same({ ["a*"] = { send = false, history = { size = 3 } } }, given)
  end)

  it("completes a history", function()
    assert.same({ size = 100, seconds = 300 },
      rule_of({ history = { size = 100 } }).history)
  end)
end)

describe("a pattern of channels", function()
  local longest = ("é"):rep(64)
  for _, pattern in ipairs { "a", "a b", "room:42", "räume:*", "🎉", "*", "a$",
    longest, longest .. "*" } do
    it("may be " .. pattern, function()
      assert.equal(pattern, rules_of({ [pattern] = {} })[1].pattern)
    end)
  end

  for pattern, why in pairs {
    [""] = "is empty",
    ["$news"] = "begins with $: such names are Base's own",
    ["$*"] = "begins with $: such names are Base's own",
    ["a*b"] = "has a * before its end",
    ["**"] = "has a * before its end",
    ["*:a"] = "has a * before its end",
    ["a\n"] = "contains control characters",
    ["a\0*"] = "contains control characters",
    ["\u{9f}"] = "contains control characters",
    ["a\xff"] = "is not valid UTF-8",
    ["\xc3*"] = "is not valid UTF-8",
    ["\xed\xa0\x80"] = "is not valid UTF-8",
    [longest .. "a"] = "is longer than 128 bytes",
    [longest .. "a*"] = "is longer than 128 bytes",
  } do
    it(("may not be %q"):format(pattern), function()
      local mistake = refused { channels = { [pattern] = {} } }
      assert.matches("^base.lua: 'channels%[\".*\"%]' ", mistake)
      assert.matches(PATTERN .. why, mistake, 1, true)
    end)
  end

  it("is shown in the mistake", function()
    assert.equal("base.lua: 'channels[\"a*b\"]' " .. PATTERN
      .. "has a * before its end", refused { channels = { ["a*b"] = {} } })
    assert.equal("base.lua: 'channels[\"\\x0a\"]' " .. PATTERN
      .. "contains control characters", refused { channels = { ["\n"] = {} } })
  end)

  it("is a string", function()
    local right = ': write a rule as ["news"] = { send = true }'
    assert.equal("base.lua: 'channels[1]' " .. PATTERN .. "is a number"
      .. right, refused { channels = { "news" } })
    assert.equal("base.lua: 'channels[true]' " .. PATTERN .. "is a boolean"
      .. right, refused { channels = { [true] = {} } })
  end)
end)

describe("a rule of channels", function()
  it("is a table", function()
    assert.equal("base.lua: 'channels[\"room:*\"]' must be a table such as "
      .. "{ send = true }, but is true",
      refused { channels = { ["room:*"] = true } })
  end)

  it("has no other names, and the mistake says which was meant", function()
    for wrong, meant in pairs { histroy = "history", pubic = "public",
      jion = "join", precense = "presence", ocupied = "occupied",
      vacatd = "vacated", sned = "send" } do
      assert.equal(("base.lua: unknown setting 'channels[\"room:*\"].%s': did "
        .. "you mean 'channels[\"room:*\"].%s'?"):format(wrong, meant),
        refused { channels = { ["room:*"] = { [wrong] = 1 } } })
    end
    assert.equal("base.lua: unknown setting 'channels[\"a\"].size': did you "
      .. "mean 'channels[\"a\"].history.size'?",
      refused { channels = { a = { size = 1 } } })
    assert.equal("base.lua: unknown setting 'channels[\"a\"].port': did you "
      .. "mean 'port'?", refused { channels = { a = { port = 1 } } })
    assert.equal("base.lua: unknown setting 'channels[\"a\"][1]'",
      refused { channels = { a = { 1 } } })
    assert.equal("base.lua: unknown setting 'channels[\"a\"].history.sise': "
      .. "did you mean 'channels[\"a\"].history.size'?",
      refused { channels = { a = { history = { size = 1, sise = 2 } } } })
    assert.equal("base.lua: unknown setting 'presence': did you mean "
      .. "'channels[\"…\"].presence'?", refused { presence = true })
    assert.equal("base.lua: unknown setting 'channels[\"…\"].join'",
      refused({ ['channels["…"].join'] = nothing }))
  end)

  local wrong = {
    public = { 'true or false, but is "yes"', "yes" },
    join = { "a function(connection, channel, body), but is true", true },
    send = { "a function(connection, message, channel), or true or false, but "
      .. 'is "any"', "any" },
    presence = { 'true, "count" or false, but is "list"', "list" },
    occupied = { "a function(channel), but is a table", { 1 } },
    vacated = { "a function(channel), but is 7", 7 },
  }
  for key, case in pairs(wrong) do
    it(("has a right '%s'"):format(key), function()
      assert.equal(("base.lua: 'channels[\"a\"].%s' must be %s"):format(key,
        case[1]), refused { channels = { a = { [key] = case[2] } } })
    end)
  end

  it("has a history of a size", function()
    assert.equal("base.lua: 'channels[\"a\"].history' must be a table such as "
      .. "{ size = 100, seconds = 300 }, but is 100",
      refused { channels = { a = { history = 100 } } })
    assert.equal("base.lua: 'channels[\"a\"].history.size' is missing: a whole "
      .. "number, 1 to 100000, see docs/reference/settings.md",
      refused { channels = { a = { history = {} } } })
    for _, size in ipairs { 0, 100001, 1.5, "7" } do
      assert.matches("'channels[\"a\"].history.size' must be a whole number, 1 "
        .. "to 100000, but is ",
        refused { channels = { a = { history = { size = size } } } }, 1, true)
    end
    assert.equal(100000, rule_of({ history = { size = 100000 } }).history.size)
    assert.matches("'channels[\"a\"].history.seconds' must be a number of "
      .. "seconds, more than 0, but is 0", refused { channels = { a = {
        history = { size = 1, seconds = 0 } } } }, 1, true)
  end)

  it("tells every mistake once, in the same order each time", function()
    local channels = { ["b*"] = { pubilc = true }, ["c*d"] = {}, [2] = {},
      a = { send = 1, join = 2 } }
    local lines = mistakes_of(channels)
    assert.equal(5, #lines)
    for i = 2, #lines do assert.is_true(lines[i - 1] < lines[i]) end
    assert.same(lines, mistakes_of(channels))
  end)

  it("keeps the mistakes of other settings in their place", function()
    local _, mistakes = check { prot = 1, channels = { a = 1, b = 1 },
      drain = -1 }
    assert.matches("prot", mistakes[1], 1, true)
    assert.matches('channels["a"]', mistakes[2], 1, true)
    assert.matches('channels["b"]', mistakes[3], 1, true)
    assert.matches("drain", mistakes[4], 1, true)
  end)
end)

describe("the limits of channels", function()
  it("have defaults, and 0 for none", function()
    local limits = accepted().limits
    assert.equal(128, limits.channels)
    assert.equal(1000, limits.members_listed)
    assert.equal(64 << 20, limits.history_memory)
    for _, name in ipairs { "channels", "members_listed", "history_memory" } do
      assert.equal(0, accepted({ limits = { [name] = 0 } }).limits[name])
    end
  end)
end)

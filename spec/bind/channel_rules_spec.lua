-- Which rule of base.lua counts for a channel.
local core = require "base.core"

local world = require "spec.helper"

after_each(world.reset)

local function rules(text)
  world.project { ["base.lua"] = world.settings(
    "channels = {" .. text .. "},") }
end

local function number_of(name)
  return core.channel_rule(name)
end

describe("The rule of a channel", function()
  -- In the list of Lua: b, room:1, *, room:*, room:1*.
  local PATTERNS = [==[
    ["room:*"] = {}, ["*"] = {}, b = {}, ["room:1*"] = {}, ["room:1"] = {},
  ]==]

  it("is that of its very name, else that of the longest beginning", function()
    rules(PATTERNS)
    for name, number in pairs { b = 1, ["room:1"] = 2, bb = 3, ["räume"] = 3,
      ["room:"] = 4, ["room:2"] = 4, ["room:10"] = 5, ["room"] = 3 } do
      assert.equal(number, number_of(name), name)
    end
  end)

  it("is none where no rule fits", function()
    rules '["room:*"] = {}, news = {},'
    for _, name in ipairs { "room", "New", "news:", "new" } do
      assert.is_nil(number_of(name), name)
    end
    rules ""
    assert.is_nil(number_of "news")
  end)

  it("is another one after a reload", function()
    rules(PATTERNS)
    assert.equal(2, number_of "room:1")
    world.file("base.lua", world.settings 'channels = { ["room:*"] = {} },')
    assert.is_true(world.reload())
    assert.equal(1, number_of "room:1")
    assert.is_nil(number_of "b")
  end)

  it("stays the same where a reload fails", function()
    rules(PATTERNS)
    world.file("base.lua", world.settings "channels = { b = { joim = 1 } },")
    assert.is_false(world.reload())
    assert.matches("error base.lua: unknown setting 'channels[\"b\"].joim': "
      .. "did you mean 'channels[\"b\"].join'?", world.log(), 1, true)
    assert.equal(5, number_of "room:10")
  end)
end)

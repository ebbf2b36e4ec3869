--- What the specs of base.lua's settings share: a project that is checked
-- without a disk.
local assert = require "luassert"

local config = require "base.config"

local settings = {}

function settings.nothing() end

--- A project with these files, and no other: path -> "file" or "directory".
function settings.disk(files)
  return function(path)
    return files[path] ~= nil, files[path]
  end
end

function settings.with_authenticate(given)
  local all = { authenticate = settings.nothing }
  for name, value in pairs(given or {}) do all[name] = value end
  return all
end

function settings.check(given, options)
  options = options or {}
  options.exists = options.exists or settings.disk {}
  return config.check(settings.with_authenticate(given), options)
end

--- The settings in normal form; fails on any mistake.
function settings.accepted(given, options)
  local checked, mistakes = settings.check(given, options)
  assert.same({}, mistakes)
  return checked
end

--- The one mistake that there has to be.
function settings.refused(given, options)
  local _, mistakes = settings.check(given, options)
  assert.equal(1, #mistakes, table.concat(mistakes, "\n"))
  assert.is_nil(mistakes[1]:find("\n"), "a mistake is one line")
  return mistakes[1]
end

--- { limits = { rate = 1 } } of "limits.rate" and 1. What is in a rule of
-- channels is in the rule of "…".
function settings.setting(name, value)
  local rule, inside = name:match '^(channels)%["…"%]%.(.*)$'
  if rule then
    local given = settings.setting(inside, value)
    if given.history and inside ~= "history" then
      given.history.size = given.history.size or 1
    end
    return { [rule] = { ["…"] = given } }
  end
  local group, key = name:match("^(.*)%.(.*)$")
  if not group then return { [name] = value } end
  return { [group] = { [key] = value } }
end

function settings.value_of(checked, name)
  for key in name:gmatch("[^.]+") do checked = checked[key] end
  return checked
end

return settings

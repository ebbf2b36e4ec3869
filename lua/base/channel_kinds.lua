--- The kind of the setting `channels`: rules by the names of channels, or by
-- how names begin.
local forms = require "base.forms"
local kinds = require "base.kinds"

local channel_kinds = {}

local MUST = 'the name of a channel such as "news", or the beginning of names '
  .. 'and a * such as "room:*"'

local rule_kind = kinds.record "a table such as { send = true }"

-- The rules in the order in which C keeps them: exact names first, each part
-- sorted by the bytes of its names.
local function is_before(a, b)
  if a.is_prefix ~= b.is_prefix then return b.is_prefix end
  return require "base.core".precedes(a.name, b.name)
end

-- Takes out what `false` switches off.
local function remove_false(rule)
  for key, value in pairs(rule) do
    if value == false then rule[key] = nil end
  end
end

local function read_rule(reader, name, pattern, given, group)
  local why = ("is a %s: write a rule as %s"):format(type(pattern),
    '["news"] = { send = true }')
  if type(pattern) == "string" then why = forms.pattern_complaint(pattern) end
  if why then
    reader:report("'%s' must be %s, but %s", name, MUST, why)
    return nil
  end
  local rule = rule_kind.read(reader, name, given, group)
  if not rule then return nil end
  remove_false(rule)
  rule.pattern = pattern
  rule.is_prefix = pattern:sub(-1) == "*"
  rule.name = rule.is_prefix and pattern:sub(1, -2) or pattern
  return rule
end

--- Makes the kind.
-- @param group string the name of the rows in base.settings that a rule has
-- @return kind whose normal form is a list of rules, each of them a table of
--   `pattern`, `is_prefix` (whether it ends with a *), `name` (without that),
--   and its settings. What is false is left out.
-- @usage local rules = channel_kinds.rules 'channels["…"]'
function channel_kinds.rules(group)
  local self = { must = 'a table from names of channels to rules, such as '
    .. '{ ["room:*"] = { presence = true } }' }
  function self.read(reader, name, value)
    if type(value) ~= "table" then
      reader:refuse(name, self, value)
      return nil
    end
    local rules, lines = {}, reader.mistakes
    local first = #lines + 1
    for pattern, given in pairs(value) do
      rules[#rules + 1] = read_rule(reader, reader.name_of(name, pattern),
        pattern, given, group)
    end
    table.sort(rules, is_before)
    -- `pairs` has no order.
    local mine = table.move(lines, first, #lines, 1, {})
    table.sort(mine)
    table.move(mine, 1, #mine, first, lines)
    return rules
  end
  return self
end

return channel_kinds

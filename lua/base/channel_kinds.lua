--- The setting `channels`: rules of channels by their names, or by how their
-- names begin.
local forms = require "base.forms"
local kinds = require "base.kinds"
local sorted = require "base.sorted"

local callable = kinds.callable

local MOST_KEPT = 100000 -- messages of one channel

local switch = kinds.choice("true or false", true, false)
local size = kinds.whole("a whole number, 1 to 100000", "", 1, MOST_KEPT)
local time = kinds.time("a number of seconds, more than 0", false)

local presence = kinds.choice('true, false or "count"', true, false, "count")

-- A function, or true.
local send = { must = "a function(connection, message, channel), or true" }
function send.read(reader, name, value)
  if value == true or type(value) == "function" then return value end
  if value == false then return nil end
  reader:refuse(name, send, value)
end

-- A table whose fields have these kinds.
local function record(fields, must)
  local self = { must = must }
  local names = {}
  for name in sorted(fields) do names[#names + 1] = name end
  function self.read(reader, place, value)
    if type(value) ~= "table" then
      reader:refuse(place, self, value)
      return nil
    end
    local checked = {}
    for name, given in sorted(value) do
      local kind = fields[name]
      if kind then
        checked[name] = kind.read(reader, place .. "." .. name, given)
      else
        reader:report("unknown setting '%s.%s': the settings of %s are %s",
          place, reader.printable(name), place, table.concat(names, ", "))
      end
    end
    return checked
  end
  return self
end

local keep = record({ size = size, seconds = time },
  "a table such as { size = 100, seconds = 3600 }")

local history = { must = keep.must }
function history.read(reader, place, value)
  if value == false then return nil end
  local checked = keep.read(reader, place, value)
  if checked and value.size == nil then
    reader:report("'%s.size' is missing: how many messages are kept", place)
  end
  if checked then checked.seconds = checked.seconds or 300 end
  return checked
end

local rule = record({
  public = switch,
  join = callable "connection, channel, body",
  send = send,
  presence = presence,
  history = history,
  occupied = callable "channel",
  vacated = callable "channel",
}, "a table: the rule of a channel")

-- A pattern as the beginning of a name and whether more may follow; nil when it
-- is none.
local function read_pattern(pattern)
  if type(pattern) ~= "string" then return nil end
  local prefix = pattern:match "^(.*)%*$"
  local name = prefix or pattern
  if name:find("*", 1, true) then return nil end
  if prefix == "" then return "", true end
  if not forms.is_channel(name) then return nil end
  return name, prefix ~= nil
end

local channel_kinds = {}

--- Rules by pattern; in normal form a list, sorted by pattern, each with
-- `pattern`, `name` and `is_prefix`.
channel_kinds.rules = {
  must = 'a table of rules such as ["room:*"] = { send = true }',
}

function channel_kinds.rules.read(reader, name, value)
  if type(value) ~= "table" then
    reader:refuse(name, channel_kinds.rules, value)
    return nil
  end
  local list = {}
  for pattern, given in sorted(value) do
    local prefix, is_prefix = read_pattern(pattern)
    local place = ('%s["%s"]'):format(name,
      reader.printable(tostring(pattern)))
    if not prefix then
      reader:report("'%s': a name is 1 to 128 bytes of UTF-8 without control "
        .. "characters, does not begin with '$', and may have one '*', at its "
        .. "end", place)
    else
      local checked = rule.read(reader, place, given)
      if checked then
        checked.pattern, checked.name = pattern, prefix
        checked.is_prefix = is_prefix
        list[#list + 1] = checked
      end
    end
  end
  return list
end

return channel_kinds

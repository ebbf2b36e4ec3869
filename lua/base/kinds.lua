--- Kinds of settings. Each has `must`, which completes the sentence "must be",
-- and `read(reader, name, value, setting)`, which returns the value in normal
-- form, or nil after it has told the reader the mistake. `name` is that of the
-- mistakes (channels["news"].history), `setting` that of base.settings, where
-- it has one of its own (channels["…"].history). Numbers also have `unit`,
-- choices have `words`, a list.
local forms = require "base.forms"

local kinds = {}

local LARGEST = 1 << 53 -- beyond it a float skips integers
local LONGEST = 1000000000 -- seconds: some thirty years

-- `normalize(value, reader)` returns the normal form, or nil and a reason.
function kinds.new(must, normalize)
  local self = { must = must }
  function self.read(reader, name, value)
    local normal, why = normalize(value, reader)
    if normal == nil then reader:refuse(name, self, value, why) end
    return normal
  end
  return self
end

local function number(must, unit, normalize)
  local self = kinds.new(must, function(value)
    if type(value) == "number" then return normalize(value) end
    local is_numeral = type(value) == "string" and tonumber(value)
    return nil, is_numeral and "a string: convert it with tonumber" or nil
  end)
  self.unit = unit
  return self
end

-- Without `most` a number may be as large as a float counts exactly.
function kinds.whole(must, unit, least, most)
  most = most or LARGEST
  return number(must, unit, function(value)
    if value > LARGEST then return nil, "which is too large" end
    local integer = math.tointeger(value)
    local is_in_range = integer and integer >= least and integer <= most
    return is_in_range and integer or nil
  end)
end

function kinds.time(must, takes_zero)
  return number(must, "seconds", function(value)
    if value == 0 then return takes_zero and 0 or nil end
    if value > LONGEST then return nil, "which is too large" end
    if value > 0 and value < 0.001 then
      return nil, "which is less than a millisecond"
    end
    return value > 0 and value or nil
  end)
end

-- `is_right` gets only non-empty strings; with false it may return a reason.
function kinds.text(must, is_right)
  return kinds.new(must, function(value)
    if not forms.is_text(value) then return nil end
    local is_good, why = is_right(value)
    return is_good and value or nil, why
  end)
end

function kinds.choice(must, ...)
  local words = { ... }
  local known = {}
  for _, word in ipairs(words) do known[word] = word end
  local self = kinds.new(must, function(value)
    return known[value]
  end)
  self.words = words
  return self
end

-- A path that is read: a "file" or "directory" has to exist there and be
-- readable.
function kinds.on_disk(must, wanted)
  return kinds.new(must, function(value, reader)
    if not forms.is_text(value) then return nil end
    local is_there, found, trouble = reader.exists(value)
    if not is_there then return nil, "which does not exist" end
    if found and found ~= wanted then return nil, "which is a " .. found end
    if trouble then return nil, "which cannot be read: " .. trouble end
    return value
  end)
end

-- `false` stays false: it switches the setting off.
function kinds.or_false(other)
  local self = { must = other.must .. ", or false" }
  function self.read(reader, name, value, setting)
    if value == false then return false end
    return other.read(reader, name, value, setting)
  end
  return self
end

function kinds.callable(parameters)
  return kinds.new(("a function(%s)"):format(parameters), function(value)
    return type(value) == "function" and value or nil
  end)
end

-- `true` and `false` stay what they are.
function kinds.callable_or_boolean(parameters)
  local must = ("a function(%s), or true or false"):format(parameters)
  return kinds.new(must, function(value)
    local is_right = type(value) == "function" or type(value) == "boolean"
    if is_right then return value end
  end)
end

local function is_list(value)
  if type(value) ~= "table" then return false end
  for key in pairs(value) do
    local index = math.type(key) == "integer" and key or 0
    if index < 1 or index > #value then return false end
  end
  return true
end

function kinds.list(must, item, is_never_empty)
  local self = { must = must }
  function self.read(reader, name, value)
    if not is_list(value) or is_never_empty and #value == 0 then
      reader:refuse(name, self, value)
      return nil
    end
    local items = {}
    for i = 1, #value do
      local place = ("%s[%d]"):format(name, i)
      items[#items + 1] = item.read(reader, place, value[i])
    end
    return items
  end
  return self
end

-- A list without duplicates.
function kinds.distinct(list)
  local self = { must = list.must }
  function self.read(reader, name, value)
    local items = list.read(reader, name, value)
    local first = {}
    for i, item in ipairs(items or {}) do
      if first[item] then
        reader:report("'%s[%d]' is the same as '%s[%d]'", name, i, name,
          first[item])
      end
      first[item] = first[item] or i
    end
    return items
  end
  return self
end

-- A place, or { place, proxy = true }, whose normal form is "proxy place".
function kinds.proxied(place)
  local self = { must = place.must .. ", or a place in a table with "
    .. "proxy = true" }
  function self.read(reader, name, value)
    if type(value) ~= "table" then return place.read(reader, name, value) end
    for key, entry in pairs(value) do
      if key ~= 1 and (key ~= "proxy" or type(entry) ~= "boolean") then
        reader:refuse(name, self, value)
        return nil
      end
    end
    local normal = place.read(reader, name, value[1])
    return normal and (value.proxy and "proxy " .. normal or normal)
  end
  return self
end

-- One item, or a list of them; a list in normal form.
function kinds.some(list)
  local self = { must = "one, or " .. list.must }
  function self.read(reader, name, value)
    if type(value) == "string" then value = { value } end
    return list.read(reader, name, value)
  end
  return self
end

-- What is wrong with a key, or nil. The text does not contain the key.
local function complaint(key, least)
  if type(key) ~= "string" then return "is a " .. type(key) end
  if #key < least then return ("has %d"):format(#key) end
  if key:find "[^\x21-\x7e]" then
    return "has some that a header cannot contain (such as a space or a line "
      .. "feed)"
  end
end

-- One key or a list of keys; no mistake shows them.
function kinds.keys(least)
  local must = ("a key of at least %d characters, or a list of keys")
    :format(least)
  local self = { must = must }
  function self.read(reader, name, value)
    local list = is_list(value) and value or { value }
    local why = #list == 0 and "is an empty list" or nil
    for _, key in ipairs(list) do why = why or complaint(key, least) end
    if why then
      reader:report("'%s' must be %s, but %s", name, must, why)
      return nil
    end
    return table.move(list, 1, #list, 1, {})
  end
  return self
end

-- A table of settings inside base.lua's own: "limits", for example.
kinds.group = { must = "a table" }
function kinds.group.read(reader, name, value, setting)
  if type(value) ~= "table" then
    reader:refuse(name, kinds.group, value)
    value = {}
  end
  return reader:read(setting or name, value, name)
end

-- A group without which there is nothing to read: `must` shows one.
function kinds.record(must)
  local self = { must = must }
  function self.read(reader, name, value, setting)
    if type(value) == "table" then
      return kinds.group.read(reader, name, value, setting)
    end
    reader:refuse(name, self, value)
    return nil
  end
  return self
end

-- `true` is the group with its defaults, `false` stays false.
function kinds.switch(other)
  local self = { must = other.must .. ", or true or false" }
  function self.read(reader, name, value)
    if type(value) == "table" then return other.read(reader, name, value) end
    if type(value) == "boolean" then
      return value and other.read(reader, name, {})
    end
    reader:refuse(name, self, value)
    return nil
  end
  return self
end

return kinds

--- One reading of one base.lua: walks the settings, and writes a line for every
-- mistake.
local edit_distance = require "base.edit_distance"
local settings = require "base.settings"

local Reader = {}
Reader.__index = Reader

-- Any text on one line, cut when it is long.
local function printable(text)
  if #text > 60 then
    text = text:sub(1, 60):gsub("[\xc0-\xff]?[\x80-\xbf]*$", "") .. "…"
  end
  local odd = utf8.len(text) and "%c" or "[%c\x80-\xff]"
  return (text:gsub(odd, function(byte)
    return ("\\x%02x"):format(byte:byte())
  end))
end

local function show(value)
  if type(value) == "string" then return '"' .. printable(value) .. '"' end
  if value ~= value then return "NaN" end
  if type(value) == "table" then
    return next(value) == nil and "an empty table" or "a table"
  end
  if math.type(value) == "float" then -- with the point of no locale
    return (tostring(value):gsub(",", "."))
  end
  local is_plain = type(value) == "number" or type(value) == "boolean"
  return (is_plain or value == nil) and tostring(value) or "a " .. type(value)
end

--- Begins a reading.
-- @param file string the name of the file in the mistakes
-- @param exists function as config.check has it
-- @return Reader with an empty list `mistakes`
-- @usage local reader = Reader.new("base.lua", exists)
function Reader.new(file, exists)
  return setmetatable({ file = file, exists = exists, mistakes = {} }, Reader)
end

function Reader:report(text, ...)
  table.insert(self.mistakes, self.file .. ": " .. text:format(...))
end

function Reader:refuse(name, kind, value, why)
  self:report("'%s' must be %s, but is %s%s", name, kind.must, show(value),
    why and ", " .. why or "")
end

-- The setting of the group with the most similar name, at most so many edits
-- away.
local function find_similar(group, key, most)
  local similar, least = nil, math.min(most + 1, #key)
  for _, row in ipairs(settings) do
    local distance = row.group == group and edit_distance(key, row.key)
    if distance and distance < least then
      similar, least = row, distance
    end
  end
  return similar
end

-- The setting that was probably meant: one of the same group that is one slip
-- away, has the same beginning, or is similar; else the same name in another
-- group.
local function find_meant(group, key)
  if #key > 40 then return nil end
  local slip = find_similar(group, key, 1)
  if slip then return slip end
  local elsewhere
  for _, row in ipairs(settings) do
    local begins = #key > 2 and row.key:sub(1, #key) == key
    if row.group == group and begins then return row end
    if row.key == key then elsewhere = elsewhere or row end
  end
  return find_similar(group, key, 2) or elsewhere
end

-- The name of a setting for a mistake in the group that is called `name` there:
-- a group inside of it is called by that name, too.
local function name_in(name, group, row)
  local is_inside = group and row.name:sub(1, #group) == group
  return is_inside and name .. row.name:sub(#group + 1) or row.name
end

local function report_unknown(self, group, values, name)
  local prefix = name and name .. "." or ""
  local lines = {}
  for key in pairs(values) do
    if type(key) ~= "string" then
      table.insert(lines, ("'%s[%s]'"):format(name or "", show(key)))
    elseif not settings[(group and group .. "." or "") .. key]
      or key:find(".", 1, true) then
      local meant = find_meant(group, key)
      local hint = meant and (": did you mean '%s'?")
        :format(name_in(name, group, meant)) or ""
      table.insert(lines, ("'%s%s'"):format(prefix, printable(key)) .. hint)
    end
  end
  table.sort(lines)
  for _, line in ipairs(lines) do
    self:report("unknown setting %s", line)
  end
end

local function read_row(self, row, value, name)
  if value == nil and row.required then
    self:report("'%s' is missing: %s, see docs/reference/settings.md", name,
      row.kind.must)
    return nil
  end
  if value == nil then
    if type(row.default) ~= "table" then return row.default end
    value = row.default -- read like any other, which makes a new table of it
  end
  local normal = row.kind.read(self, name, value, row.name)
  if normal == nil then return row.default end
  return normal
end

--- Reads one table of settings.
-- @param group string that of its rows in base.settings ("limits"); nil for
--   base.lua's own
-- @param values table
-- @param name string what the mistakes call it; without it, the group's name
-- @return table the settings in normal form
function Reader:read(group, values, name)
  name = name or group
  report_unknown(self, group, values, name)
  local checked = {}
  for _, row in ipairs(settings) do
    if row.group == group then
      checked[row.key] = read_row(self, row, values[row.key],
        (name and name .. "." or "") .. row.key)
    end
  end
  return checked
end

--- Names an item of a map for a mistake.
-- @param name string of the map
-- @param key any
-- @return string such as channels["news"]
function Reader.name_of(name, key)
  return ("%s[%s]"):format(name, show(key))
end

Reader.show = show

return Reader

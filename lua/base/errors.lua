--- The text of an error: scripts may raise any value.
local core = require "base.core"

local errors = {}

local LONGEST = 1024 -- bytes, of what a table is shown as
local LONGEST_STRING = 200 -- bytes, of one inside
local DEEPEST = 3 -- tables inside of tables
local MOST = 1000 -- fields of one table that are looked at

local function show_string(value)
  local is_cut = #value > LONGEST_STRING
  local text = is_cut and value:sub(1, LONGEST_STRING) or value
  return '"' .. text:gsub('["\\]', "\\%0") .. (is_cut and '…"' or '"')
end

-- The text of a value that is not a table.
local function show_plain(value)
  local kind = type(value)
  if kind == "string" then return show_string(value) end
  if kind == "number" or kind == "boolean" or kind == "nil" then
    return core.text(value)
  end
  local class = debug.getmetatable(value)
  local name = class and rawget(class, "__name")
  return type(name) == "string" and ("a %s (%s)"):format(kind, name)
    or "a " .. kind
end

local function show_key(key)
  if type(key) == "string" and key:find "^[A-Za-z_][A-Za-z0-9_]*$" then
    return key
  end
  return "[" .. show_plain(key) .. "]"
end

-- The keys that are not part of the list, each with its text, sorted by it.
local function other_keys(value, length)
  local keys = {}
  for key in next, value do
    if #keys == MOST then break end
    local is_of_list = math.type(key) == "integer" and key >= 1
      and key <= length
    if not is_of_list then
      keys[#keys + 1] = { key = key, text = show_key(key) }
    end
  end
  table.sort(keys, function(a, b) return core.precedes(a.text, b.text) end)
  return keys
end

local function list_length(value)
  local length = 0
  while length < MOST and rawget(value, length + 1) ~= nil do
    length = length + 1
  end
  return length
end

local show

-- Appends a text; returns whether there is room for more.
local function put(out, text)
  out.size = out.size + #text
  out[#out + 1] = out.size <= LONGEST and text or "…"
  return out.size <= LONGEST
end

local function show_table(value, out, depth)
  if depth > DEEPEST then return put(out, "{…}") end
  local length = list_length(value)
  local separator = "{"
  for i = 1, length do
    if not (put(out, separator) and show(rawget(value, i), out, depth)) then
      return false
    end
    separator = ", "
  end
  for _, named in ipairs(other_keys(value, length)) do
    if not (put(out, separator .. named.text .. " = ")
      and show(rawget(value, named.key), out, depth)) then
      return false
    end
    separator = ", "
  end
  return put(out, separator == "{" and "{}" or "}")
end

function show(value, out, depth)
  if type(value) == "table" then return show_table(value, out, depth + 1) end
  return put(out, show_plain(value))
end

-- The text of its __tostring, unless that fails.
local function said(err)
  local class = debug.getmetatable(err)
  if type(class) ~= "table" or rawget(class, "__tostring") == nil then
    return nil
  end
  local ok, text = pcall(tostring, err)
  return ok and core.text(text) or nil
end

--- The text of an error: a string unchanged, a value with a __tostring by that,
-- any other table by its fields.
-- @param err any what was raised
-- @return string
-- @usage errors.text { message = "no code" } --> '{message = "no code"}'
function errors.text(err)
  local kind = type(err)
  if kind == "string" then return err end
  if kind == "number" then return core.text(err) end
  local text = said(err)
  if text then return text end
  if kind ~= "table" then return ("error(%s)"):format(show_plain(err)) end
  local out = { size = 0 }
  show(err, out, 0)
  return table.concat(out)
end

--- Where a function is defined.
-- @param f function
-- @return string "file:line", or nil for one of C
function errors.place(f)
  local info = debug.getinfo(f, "S")
  if info.linedefined < 1 then return nil end
  return ("%s:%d"):format(info.short_src, info.linedefined)
end

return errors

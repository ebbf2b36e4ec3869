--- What a process tells the one that takes its place: base.state, and the
-- fields of users, as JSON; and what the new one makes of it.
local core = require "base.core"

local json = core.json
local encode, decode = json.encode, json.decode

local handover = {}

local MOST = 16 * 1024 * 1024 -- bytes of base.state
local NAMED = 20 -- things that the log names

local function is_map(value)
  if type(value) ~= "table" or getmetatable(value) == json.array_mt then
    return false
  end
  local key = next(value)
  return key == nil or type(key) == "string"
end

local function name_of(path, key)
  if type(key) ~= "string" then
    local shown = math.type(key) == "integer" and key or type(key)
    return ("%s[%s]"):format(path, shown)
  elseif key:find "^[A-Za-z_][A-Za-z0-9_]*$" then
    return path .. "." .. key
  end
  return ("%s[%q]"):format(path, key)
end

-- What encode says is wrong, with the whole name of the place.
local function why_not(name, wrong)
  return (tostring(wrong):gsub("^.-value", function() return name end, 1))
end

local print_map

-- The text of a value, or nil and why there is none.
local function print_value(value, name, printing)
  local ok, text = pcall(encode, value)
  if ok then
    if #text > printing.left then return nil, name .. ": too large" end
    printing.left = printing.left - #text
    return text
  elseif not is_map(value) then
    return nil, why_not(name, text)
  elseif printing.seen[value] then
    return nil, name .. ": the same table again"
  end
  return print_map(value, name, printing)
end

-- The text of a map without what JSON has no form for; that is noted by name.
function print_map(map, path, printing)
  local parts = {}
  printing.seen[map] = true
  for key, value in next, map do
    local name = name_of(path, key)
    local is_printed, printed = pcall(encode, key)
    local text, why = nil, name .. ": its key is no text"
    if type(key) == "string" and is_printed then
      text, why = print_value(value, name, printing)
    end
    if text then
      parts[#parts + 1] = printed .. ":" .. text
    else
      table.insert(printing.left_out, why)
    end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function print(map, path)
  local printing = { left = MOST, seen = {}, left_out = {} }
  return print_map(map, path, printing), printing.left_out
end

local told = 0

local function tell(left_out)
  for _, what in ipairs(left_out) do
    told = told + 1
    if told <= NAMED then
      core.log("warn", "does not go over to the new process: " .. what)
    elseif told == NAMED + 1 then
      core.log("warn", "more does not go over to the new process")
    end
  end
end

local printed -- base.state, as the new process was told it first

--- base.state as JSON. What does not go over is logged by name.
-- @return string
function handover.state()
  local left_out
  told = 0
  printed, left_out = print(core.state, "base.state")
  tell(left_out)
  return printed
end

--- base.state once more; nothing is logged.
-- @return string "" when it has not changed
function handover.state_again()
  local text, before = print(core.state, "base.state"), printed
  printed = nil
  return text == before and "" or text
end

--- The fields of a user as JSON. What does not go over is logged by name.
-- @param user user
-- @return string
function handover.fields(user)
  local fields = {}
  for key, value in pairs(user) do fields[key] = value end
  local text, left_out = print(fields, tostring(user))
  tell(left_out)
  return text
end

local given -- base.state as the scripts have found it, a text

--- Fills base.state before the scripts load.
-- @param text string
-- Raises for what is not JSON.
function handover.take_state(text)
  for key, value in next, decode(text) do core.state[key] = value end
  given = text
end

local function is_same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in next, a do
    if not is_same(value, b[key]) then return false end
  end
  for key in next, b do
    if a[key] == nil then return false end
  end
  return true
end

-- Changes `live` as `before` has become `after`.
local function change(live, before, after)
  for key, value in next, after do
    local old, now = before[key], live[key]
    if is_map(value) and is_map(old) and is_map(now) then
      change(now, old, value)
    elseif not is_same(old, value) then
      rawset(live, key, value)
    end
  end
  for key in next, before do
    if after[key] == nil then rawset(live, key, nil) end
  end
end

--- What has changed in the old process while the new one loaded. What the new
-- scripts have set stays, unless the old ones have changed it since.
-- @param text string base.state; "" when it has not changed
-- Raises for what is not JSON.
function handover.change_state(text)
  if given and text ~= "" then
    change(core.state, decode(given), decode(text))
  end
  given = nil
end

return handover

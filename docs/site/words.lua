--- Types and signatures as the pages of the reference say them.
local words = {}

local function split(type)
  local parts, depth, from = {}, 0, 1
  for i = 1, #type do
    local char = type:sub(i, i)
    if char:find "[<({%[]" then depth = depth + 1 end
    if char:find "[>)}%]]" then depth = depth - 1 end
    if char == "|" and depth == 0 then
      parts[#parts + 1], from = type:sub(from, i - 1), i + 1
    end
  end
  parts[#parts + 1] = type:sub(from)
  return parts
end

-- One type without "|".
local function print_part(type, places)
  local item = type:match "^(.*)%[%]$"
  local key, value = type:match "^table<(.-), ?(.*)>$"
  if item then
    return "list of " .. print_part(item, places)
  elseif key then
    return ("table from %s to %s"):format(words.type(key, places),
      words.type(value, places))
  elseif type == "fun()" or type:find "^fun%(" then
    return type:find "^fun%(%.?%.?%.?%)$" and "function" or "`" .. type .. "`"
  elseif places[type] then
    return ("[%s](%s)"):format(table.unpack(places[type]))
  end
  return type:find '^[%w_]+$' and type or "`" .. type .. "`"
end

--- A type in words: `"a"|"b"|nil` as `"a"`, `"b"` or nil.
-- @param type string as LuaCATS writes it
-- @param places table from the name of a class to { its name in words, a link }
-- @return string
function words.type(type, places)
  local parts = split(type)
  for i, part in ipairs(parts) do parts[i] = print_part(part, places) end
  local last = table.remove(parts)
  if #parts == 0 then return last end
  return table.concat(parts, ", ") .. " or " .. last
end

--- How a function is called: "`base.sleep(seconds)`", with brackets around what
-- may be left out.
-- @param name string
-- @param params table a list, each with `name` and `optional`
-- @return string
function words.signature(name, params)
  local text, closing = "", ""
  for i, param in ipairs(params) do
    local separator = i > 1 and ", " or ""
    if param.optional then
      text = text .. (i > 1 and " [" or "[") .. separator .. param.name
      closing = closing .. "]"
    else
      text = text .. separator .. param.name
    end
  end
  return ("`%s(%s%s)`"):format(name, text, closing)
end

--- The parameters of `fun(self: base.User, message: base.Message): …`.
function words.overload(type)
  local params = {}
  local inside = type:match "^fun(%b())":sub(2, -2)
  for name, optional in inside:gmatch "([%w_.]+)(%??): ?[^,]*" do
    if name ~= "self" then
      params[#params + 1] = { name = name, optional = optional == "?" }
    end
  end
  return params
end

return words

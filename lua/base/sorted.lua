--- The fields of a table in the order of their names. The order of `pairs`
-- depends on the seed of Lua's hash, so Base shows nothing in it.

local function is_before(a, b)
  local kind = type(a)
  if kind ~= type(b) then return kind < type(b) end
  return (kind == "string" or kind == "number") and a < b
end

--- Walks over a table as `pairs` does.
-- @param fields table
-- @return iterator of name and value
-- @usage for name, value in sorted(headers) do … end
local function sorted(fields)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names, is_before)
  local at = 0
  return function()
    at = at + 1
    return names[at], fields[names[at]]
  end
end

return sorted

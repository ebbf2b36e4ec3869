--- The headers of an answer. Two names that differ only in case are one header.
local sorted = require "base.sorted"

local headers = {}

--- Makes an empty table of headers. Setting a header replaces it whatever the
-- spelling, and it can be read and removed under any other; `pairs` gives the
-- last spelling.
-- @return table
-- @usage
-- local set = headers.new()
-- set["content-type"] = "text/plain"
-- set["Content-Type"] = "text/html" -- set["content-type"] is "text/html"
function headers.new()
  local spellings = {} -- name in lower case -> as it stands in the table
  return setmetatable({}, {
    __index = function(self, name)
      local spelling = type(name) == "string" and spellings[name:lower()]
      if spelling then return rawget(self, spelling) end
    end,
    __newindex = function(self, name, value)
      if type(name) ~= "string" then
        error("a header's name must be a string", 2)
      end
      local spelling = spellings[name:lower()]
      if spelling then rawset(self, spelling, nil) end
      spellings[name:lower()] = name
      rawset(self, name, value)
    end,
  })
end

--- What is wrong with a table of headers that a script has made: of two
-- spellings of one name a table does not know which was set last.
-- @param given any
-- @return string or nil
function headers.mistake(given)
  if type(given) ~= "table" then
    return "headers must be a table of names and values, not " .. type(given)
  end
  local seen = {}
  for name in sorted(given) do
    if type(name) ~= "string" then return "a header's name must be a string" end
    local other = seen[name:lower()]
    if other then
      return ("the header '%s' is set twice, also as '%s': set it once")
        :format(name, other)
    end
    seen[name:lower()] = name
  end
  return nil
end

return headers

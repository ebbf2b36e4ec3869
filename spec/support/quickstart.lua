--- The quickstart, as somebody has it who just copied it.
local files = require "spec.support.files"

local quickstart = {}

--- All its files, for server.start.
-- @return table from path to text
function quickstart.files()
  local found = {}
  local list = files.run "find base.lua actions public -type f"
  for path in list:gmatch "[^\n]+" do found[path] = files.read(path) end
  return found
end

return quickstart

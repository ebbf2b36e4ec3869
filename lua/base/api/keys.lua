--- Access to the API: a request needs one of the keys of base.lua.
local core = require "base.core"
local repeats = require "base.repeats"

local keys = {}

--- Whether a request shows a key. Counts it, and logs those that show none.
-- @param exchange integer its id
-- @param request table
-- @return boolean
function keys.admit(exchange, request)
  local is_ours = core.is_admitted(exchange)
  core.count_request(is_ours)
  local is_told = not is_ours
    and repeats.count("requests of the API without a valid key", 1)
  if is_told then
    core.log("warn", "an API request without a valid key",
      { address = request.address })
  end
  return is_ours
end

return keys

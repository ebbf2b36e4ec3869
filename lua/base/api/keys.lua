--- Who may use the API: whoever shows one of the keys of base.lua.
local core = require "base.core"

local LOG_EVERY = 60 -- seconds

local keys = {}

local told_at, untold = nil, 0

local function tell(request)
  local now = core.now()
  untold = untold + 1
  if told_at and now >= told_at and now - told_at < LOG_EVERY then return end
  core.log("warn", "a request of the API without a valid key",
    { address = request.address, times = untold })
  told_at, untold = now, 0
end

--- Whether a request shows a key. Counts it, and logs those that show none.
-- @param exchange integer its id
-- @param request table
-- @return boolean
function keys.admit(exchange, request)
  local is_ours = core.is_admitted(exchange)
  core.count_request(is_ours)
  if not is_ours then tell(request) end
  return is_ours
end

return keys

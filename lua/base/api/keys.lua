--- Who may use the API: whoever shows one of the keys of base.lua.
local core = require "base.core"

local LOG_EVERY = 60 -- seconds

local keys = {}

local list = {}
local told_at, untold = nil, 0

--- Says which keys count from here on.
-- @param settings table or nil `api` of base.lua
function keys.use(settings)
  list = settings and settings.key or {}
end

local function tell(request)
  local now = core.now()
  untold = untold + 1
  if told_at and now >= told_at and now - told_at < LOG_EVERY then return end
  core.log("warn", "a request of the API without a valid key",
    { address = request.address, times = untold })
  told_at, untold = now, 0
end

--- Whether a request shows a key. Counts it, and logs those that show none.
-- @param request table
-- @return boolean
function keys.admit(request)
  local given = (request.headers.authorization or "")
    :match "^[Bb][Ee][Aa][Rr][Ee][Rr] +(.*)$"
  local is_ours = core.is_key(list, given or "")
  core.count_request(is_ours)
  if not is_ours then tell(request) end
  return is_ours
end

return keys

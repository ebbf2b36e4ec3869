--- Requests with an Idempotency-Key: one that is sent again within five minutes
-- is not run again, and has the same answer.
local core = require "base.core"
local fault = require "base.api.fault"

local once = {}

local KEPT = 300 -- seconds
local MOST = 100000 -- keys; then the oldest is forgotten before its time
local LONGEST = 128 -- bytes of a key

-- key -> { print =, status =, body =, at = }; without a status: it runs
local known = {}
local order, first, last = {}, 1, 0 -- the keys, the oldest first

-- What tells one request from another.
local function print_of(request)
  return core.hash(("%s %s\n%s"):format(request.method, request.target,
    request.body))
end

local function forget_oldest()
  local key = order[first]
  order[first] = nil
  first = first + 1
  local entry = known[key.name]
  if entry == key.entry then known[key.name] = nil end
end

local function forget_old(now)
  while first <= last do
    local is_old = now - order[first].entry.at >= KEPT
    if not is_old and last - first < MOST then return end
    forget_oldest()
  end
end

local function remember(name, print, now)
  local entry = { print = print, at = now }
  known[name] = entry
  last = last + 1
  order[last] = { name = name, entry = entry }
  return entry
end

-- Forgets a request that did not come to its end, so that it can be sent again.
local unfinished = { __close = function(self)
  if not self.entry.status and known[self.name] == self.entry then
    known[self.name] = nil
  end
end }

local function is_key(key)
  return type(key) == "string" and #key <= LONGEST
    and key:find "^[\x21-\x7e]+$" ~= nil
end

--- Runs a request unless one with the same key has run.
-- @param key string
-- @param request table `method`, `target` (path and query) and `body`, as text
-- @param run function() returning status and body
-- @return status, body
function once.run(key, request, run)
  if not is_key(key) then
    return fault(400, "key", ("An Idempotency-Key has 1 to %d visible ASCII "
      .. "characters."):format(LONGEST))
  end
  local now, print = core.clock(), print_of(request)
  forget_old(now)
  local entry = known[key]
  if entry and entry.print ~= print then
    return fault(422, "key", "This Idempotency-Key was used for another "
      .. "request.")
  elseif entry and not entry.status then
    return fault(409, "key", "A request with this Idempotency-Key is under "
      .. "way.")
  elseif entry then
    return entry.status, entry.body
  end
  entry = remember(key, print, now)
  local _ <close> = setmetatable({ name = key, entry = entry }, unfinished)
  local status, body = run()
  if status >= 500 then return status, body end -- it may be sent again
  entry.body, entry.status = core.json.encode(body), status
  return status, body
end

return once

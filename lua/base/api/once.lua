--- Requests with an Idempotency-Key: one that is sent again within five minutes
-- does not run again and gets the same answer.
local core = require "base.core"
local fault = require "base.api.fault"
local repeats = require "base.repeats"
local sorted = require "base.sorted"
local json = core.json

local once = {}

local KEPT = 300 -- seconds
local LONGEST = 128 -- bytes of a key
local MOST = 100000 -- keys
local MOST_BYTES = 16 * 1024 * 1024 -- of all keys and answers
local PATIENCE = 60 -- seconds of one wait for the first request

-- From a key to its entry: { key, print, at, bytes, status, body }. The body is
-- JSON. While the request runs there is no status, but `waiting`, the list of
-- those who want its answer.
local known = {}
local queue, first, last = {}, 1, 0 -- the entries, the oldest first
local bytes = 0

local function forget_oldest()
  local entry = queue[first]
  queue[first] = nil
  first = first + 1
  bytes = bytes - entry.bytes
  entry.is_forgotten = true
  if known[entry.key] == entry then known[entry.key] = nil end
end

local function forget_old(now)
  while first <= last and now - queue[first].at >= KEPT do forget_oldest() end
end

local function make_room()
  if last - first + 1 <= MOST and bytes <= MOST_BYTES then return end
  repeat
    forget_oldest()
  until last - first + 1 <= MOST and bytes <= MOST_BYTES
  if repeats.count("an Idempotency-Key is forgotten early", 1) then
    core.log("warn", "there are too many Idempotency-Keys: the oldest are "
      .. "forgotten before five minutes have passed")
  end
end

local function remember(key, print, now)
  local entry = { key = key, print = print, at = now, bytes = #key,
    waiting = {} }
  known[key] = entry
  last = last + 1
  queue[last] = entry
  bytes = bytes + entry.bytes
  make_room()
  return entry
end

-- Whether the same request may be served if it comes again: nothing has come of
-- it. After "timeout" the bus may still have done what it was asked for.
local function is_undone(status, body)
  return status == 503 and body.error.code ~= "timeout"
end

local function finish(entry, status, body)
  if is_undone(status, body) and known[entry.key] == entry then
    known[entry.key] = nil
  end
  local text = json.encode(body)
  entry.status, entry.body = status, text
  if not entry.is_forgotten then
    entry.bytes = entry.bytes + #text
    bytes = bytes + #text
  end
  return status, text
end

-- Those who wait go on. A request that did not come to its end is forgotten:
-- the first of them runs it.
local function leave(entry)
  if not entry.status and known[entry.key] == entry then
    known[entry.key] = nil
  end
  local waiting = entry.waiting
  entry.waiting = nil
  core.wake_all(waiting)
end

local leaving = { __close = function(self) leave(self.entry) end }

local function run_first(entry, handler, call)
  local _ <close> = setmetatable({ entry = entry }, leaving)
  return finish(entry, handler(call))
end

local function is_key(key)
  return type(key) == "string" and #key <= LONGEST
    and key:find "^[\x21-\x7e]+$" ~= nil
end

-- What tells one request from another: it is the same in a batch and alone.
local function print_of(route, call)
  local parts = { route.method, route.path, ("%q"):format(call.id or "") }
  for name, value in sorted(call.query) do
    parts[#parts + 1] = ("%q=%q"):format(name, value)
  end
  parts[#parts + 1] = json.encode(call.body)
  return core.hash(table.concat(parts, " "))
end

--- Serves a request unless one with the same key has been served: then it has
-- the same answer. May wait for that one.
-- @param key string
-- @param route table of lua/base/api.lua
-- @param call table that its handler takes
-- @return status, and the body; one that is remembered is a text of JSON
function once.serve(key, route, call)
  if not is_key(key) then
    return fault(400, "key", ("An Idempotency-Key must have 1 to %d visible "
      .. "ASCII characters."):format(LONGEST))
  end
  local print = print_of(route, call)
  forget_old(core.clock())
  local entry = known[key]
  while entry do
    if entry.print ~= print then
      return fault(422, "key",
        "This Idempotency-Key belongs to another request.")
    end
    if not entry.status then core.wait_in(entry.waiting, PATIENCE) end
    if entry.status then return entry.status, entry.body end
    entry = known[key]
  end
  entry = remember(key, print, core.clock())
  return run_first(entry, route.handler, call)
end

return once

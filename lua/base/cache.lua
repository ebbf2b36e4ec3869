--- Values by key, limited in number and bytes: the value that was not asked for
-- the longest is removed first.
local Cache = {}
Cache.__index = Cache

--- Makes an empty cache.
-- @param most integer how many values
-- @param most_bytes integer how many bytes all values may take
-- @usage local cache = Cache.new(1000, 1 << 20)
function Cache.new(most, most_bytes)
  local ring = {}
  ring.next, ring.previous = ring, ring
  return setmetatable({
    entries = {}, count = 0, bytes = 0,
    most = most, most_bytes = most_bytes,
    ring = ring, -- its next is the newest, its previous the oldest
  }, Cache)
end

local function link(ring, entry)
  entry.next, entry.previous = ring.next, ring
  ring.next.previous, ring.next = entry, entry
end

local function unlink(entry)
  entry.next.previous, entry.previous.next = entry.previous, entry.next
end

--- Removes a value, if there is one.
function Cache:remove(key)
  local entry = self.entries[key]
  if not entry then return end
  unlink(entry)
  self.entries[key] = nil
  self.count = self.count - 1
  self.bytes = self.bytes - entry.bytes
end

--- Puts a value in and replaces the key's earlier value.
-- @param key string
-- @param value any
-- @param bytes integer its size; a value larger than the whole cache is not
--   kept
function Cache:put(key, value, bytes)
  self:remove(key)
  if bytes > self.most_bytes then return end
  local entry = { key = key, value = value, bytes = bytes }
  link(self.ring, entry)
  self.entries[key] = entry
  self.count = self.count + 1
  self.bytes = self.bytes + bytes
  while self.count > self.most or self.bytes > self.most_bytes do
    self:remove(self.ring.previous.key)
  end
end

--- Finds a value, which thereby becomes the newest.
-- @return any or nil
function Cache:get(key)
  local entry = self.entries[key]
  if not entry then return nil end
  unlink(entry)
  link(self.ring, entry)
  return entry.value
end

return Cache

local Cache = require "base.cache"

-- The keys that are there, of a few that may be.
local function there(cache, ...)
  local found = {}
  for _, key in ipairs { ... } do
    if cache:get(key) ~= nil then found[#found + 1] = key end
  end
  return table.concat(found)
end

describe("a cache", function()
  it("gives what it was given", function()
    local cache = Cache.new(10, 100)
    local value = {}
    cache:put("a", value, 1)
    assert.equal(value, cache:get "a")
    assert.is_nil(cache:get "b")
  end)

  it("forgets what it is told to", function()
    local cache = Cache.new(10, 100)
    cache:put("a", 1, 50)
    cache:remove "a"
    cache:remove "a"
    assert.is_nil(cache:get "a")
    assert.same({ 0, 0 }, { cache.count, cache.bytes })
  end)

  it("has one value of each key", function()
    local cache = Cache.new(2, 100)
    cache:put("a", 1, 90)
    cache:put("a", 2, 80)
    cache:put("b", 3, 20)
    assert.same({ 2, 3 }, { cache:get "a", cache:get "b" })
  end)

  it("holds so many, the last that were asked for", function()
    local cache = Cache.new(3, 100)
    for key in ("abc"):gmatch "." do cache:put(key, true, 1) end
    cache:get "a"
    cache:put("d", true, 1)
    assert.equal("acd", there(cache, "a", "b", "c", "d"))
  end)

  it("holds so many bytes", function()
    local cache = Cache.new(10, 100)
    for key in ("abcd"):gmatch "." do cache:put(key, true, 25) end
    assert.equal("abcd", there(cache, "a", "b", "c", "d"))
    cache:put("e", true, 60)
    assert.equal("de", there(cache, "a", "b", "c", "d", "e"))
    assert.same({ 2, 85 }, { cache.count, cache.bytes })
  end)

  it("leaves out what is larger than all, and what that would replace",
    function()
      local cache = Cache.new(10, 100)
      cache:put("a", 1, 10)
      cache:put("b", 2, 10)
      cache:put("a", 3, 101)
      assert.equal("b", there(cache, "a", "b"))
    end)

  it("stays as small in long use", function()
    local cache = Cache.new(5, 1000)
    for i = 1, 10000 do
      cache:put(tostring(i % 7), i, i % 300)
      assert.is_true(cache.count <= 5 and cache.bytes <= 1000)
    end
    local count, bytes = 0, 0
    for _, entry in pairs(cache.entries) do
      count, bytes = count + 1, bytes + entry.bytes
    end
    assert.same({ cache.count, cache.bytes }, { count, bytes })
  end)
end)

-- The pages of docs/: they name all that there is, and stay short.
local settings = require "base.settings"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function lines_of(path)
  local _, count = read(path):gsub("\n", "")
  return count
end

-- Where a setting stands: limits have a page of their own, on which they are
-- named without their group.
local function place_of(row)
  local key = row.name:match "^limits%.(.+)$"
  if key then return "docs/reference/limits.md", key end
  if row.group == "on" then return "docs/reference/lua/hooks.md", row.name end
  return "docs/reference/settings.md", (row.name:gsub('^channels%["…"%]%.', ""))
end

describe("The reference", function()
  for _, row in ipairs(settings) do
    it("names the setting " .. row.name, function()
      local page, name = place_of(row)
      local is_named = read(page):find("%f[%w_]" .. name:gsub("%.", "%%.")
        .. "%f[^%w_]")
      assert.truthy(is_named, page .. " does not name " .. name)
    end)
  end

  it("names every metric", function()
    local page = read "docs/reference/metrics.md"
    local count = 0
    local source = read "lua/base/api/metrics.lua"
    for name in source:gmatch '{ "(base_[%w_]+)"' do
      assert.truthy(page:find("%f[%w_]" .. name .. "%f[^%w_]"), name)
      count = count + 1
    end
    assert.is_true(count > 20)
  end)

  it("names every route of the HTTP API", function()
    local page = read "docs/reference/http-api.md"
    local count = 0
    local routes = read "lua/base/api.lua"
    for method, path in routes:gmatch 'route%("(%u+)", "(/[^"]*)"' do
      assert.truthy(page:find(method .. " " .. path, 1, true),
        method .. " " .. path)
      count = count + 1
    end
    assert.is_true(count > 10)
  end)
end)

describe("Every page", function()
  it("has at most 300 lines", function()
    local pages <close> = assert(io.popen("find docs -name '*.md' -not -path "
      .. "'*/node_modules/*'"))
    local count = 0
    for page in pages:lines() do
      assert.is_true(lines_of(page) <= 300, page)
      count = count + 1
    end
    assert.is_true(count > 30)
  end)
end)

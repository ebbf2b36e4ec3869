-- The Lua reference: what types/ says of settings, and the pages made from it.
local annotations = require "docs.site.annotations"
local files = require "spec.support.files"
local reference = require "docs.site.reference"
local types = require "spec.support.types"

describe("docs/reference/lua", function()
  it("is what `script/docs --reference` makes of types/", function()
    for path, text in pairs(reference.pages()) do
      assert.is_true(files.read(path) == text, path
        .. " is not what types/ says now: run script/docs --reference")
    end
  end)

  it("has no page that is not made any more", function()
    local pages = reference.pages()
    local found = files.run "find docs/reference/lua -type f"
    for path in found:gmatch "[^\n]+" do
      assert.is_not_nil(pages[path], path)
    end
  end)
end)

describe("annotations.read", function()
  local function read(text)
    local path = os.tmpname()
    files.write(path, text)
    local ok, result = pcall(annotations.read, path)
    os.remove(path)
    return ok and result or result:gsub("^.*:(%d+: )", "%1")
  end

  it("reads a function with all that belongs to it", function()
    local item = read [[
---Asks.
---
---Twice.
---@param body? table<string, fun(a: b): c> what it says
---@return fun(a: b): c|nil why as it is
---@overload fun(message: base.Message)
function connection:ask(body) end
]][1]
    assert.same({
      kind = "function", name = "connection:ask", text = "Asks.\n\nTwice.",
      params = { { name = "body", optional = true, text = "what it says",
        type = "table<string, fun(a: b): c>" } },
      returns = { { name = "why", type = "fun(a: b): c|nil",
        text = "as it is" } },
      overloads = { "fun(message: base.Message)" },
    }, item)
  end)

  it("reads a field by a name that is a word of LuaCATS", function()
    local class = read "---@class A\n---It.\n---@field public public? string\n"
    assert.same({ { name = "public", type = "string", optional = true,
      text = "It." } }, class[1].fields)
  end)

  it("refuses what it does not know, and what is not so", function()
    assert.equal("1: unknown tag @raise", read "---@raise never\nlocal a\n")
    assert.equal("3: takes (a, b), but (a) is documented",
      read "---Does.\n---@param a any\nfunction f(a, b) end\n")
    assert.equal("2: f has no text", read "---@param a any\nfunction f(a)\n")
  end)
end)

describe("types/base/settings.lua", function()
  local rows = require "base.settings"
  local documented = types.read()

  local function said_of(row)
    local class = "base.Settings"
    for name, group in pairs(types.groups) do
      if group == row.group then class = name end
    end
    return documented[class].fields[row.key],
      documented[class].functions[row.key]
  end

  it("names the default of each setting", function()
    for _, row in ipairs(rows) do
      local field = said_of(row)
      local said = field and field.text:match "Default: (.*)%.$"
      local default = row.default
      if type(default) == "string" then default = ('"%s"'):format(default) end
      if type(default) == "table" then default = "{}" end
      if type(default) == "function" then default = nil end
      if default ~= nil then default = tostring(default) end
      assert.equal(default, said, row.name)
    end
  end)

  it("makes optional what is not required", function()
    for _, row in ipairs(rows) do
      local field = said_of(row)
      if field then
        assert.equal(not row.required, field.optional, row.name)
      end
    end
  end)

  it("says the type of each default", function()
    for _, row in ipairs(rows) do
      local field = said_of(row)
      local kind = math.type(row.default) or type(row.default)
      if field and (kind == "integer" or kind == "float") then
        local type = row.unit == "seconds" and "number" or "integer"
        assert.equal(type, field.type, row.name)
      end
    end
  end)

  it("gives functions the parameters that they are called with", function()
    for _, row in ipairs(rows) do
      local parameters = row.kind.must:match "^a function%((.*)%)$"
      if parameters then
        local _, item = said_of(row)
        local said = {}
        for i, param in ipairs(item.params) do said[i] = param.name end
        assert.equal(parameters, table.concat(said, ", "), row.name)
      end
    end
  end)
end)

describe("docs/reference", function()
  local rows = require "base.settings"
  local is_group = {}
  for _, row in ipairs(rows) do is_group[row.group or ""] = true end

  -- The page of a setting, and its name there; nil where types/ has it, or the
  -- row of its group says all.
  local function place_of(row)
    if is_group[row.name] or row.group == "on" or row.group == "tls" then
      return nil
    elseif row.group == "limits" then
      return "docs/reference/limits.md", row.key
    end
    return "docs/reference/settings.md",
      (row.name:gsub('^channels%["…"%]%.', ""))
  end

  it("names each setting", function()
    local count = 0
    for _, row in ipairs(rows) do
      local path, name = place_of(row)
      if path then
        local is_named = files.read(path):find("`" .. name .. "`", 1, true)
        assert.is_not_nil(is_named, ("%s: %s"):format(path, name))
        count = count + 1
      end
    end
    assert.is_true(count > 40)
  end)
end)

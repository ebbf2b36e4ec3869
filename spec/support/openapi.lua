--- docs/openapi.json, and whether what the server answers is what it says.
-- Knows as much of JSON Schema as the document uses, and raises for anything
-- else.
local cjson = require "cjson"

local files = require "spec.support.files"

local openapi = {}

local Document = {}
Document.__index = Document

--- Reads the document.
function openapi.read()
  local text = assert(files.read "docs/openapi.json")
  local doc = cjson.decode(text)
  return setmetatable({ doc = doc, called = {} }, Document)
end

function Document:resolve(part)
  while part["$ref"] do
    local found = self.doc
    for name in part["$ref"]:sub(3):gmatch "[^/]+" do
      found = assert(found[name], part["$ref"])
    end
    part = found
  end
  return part
end

--- Every operation: a list of { method =, path =, operation = }, sorted.
function Document:operations()
  local list = {}
  for path, item in pairs(self.doc.paths) do
    for method, operation in pairs(item) do
      if method ~= "parameters" then
        list[#list + 1] =
          { method = method:upper(), path = path, operation = operation }
      end
    end
  end
  table.sort(list, function(a, b)
    return a.path .. a.method < b.path .. b.method
  end)
  return list
end

-- cjson makes the same table of [] and {}.
local function is_type(value, name)
  if name == "integer" then
    return type(value) == "number" and value % 1 == 0
  elseif name == "array" then
    return type(value) == "table" and #value == 0 == (next(value) == nil)
  elseif name == "object" then
    return type(value) == "table" and value[1] == nil
  elseif name == "null" then
    return value == cjson.null
  end
  return type(value) == name
end

local function check_type(value, names, at)
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    if is_type(value, name) then return end
  end
  error(("%s is a %s: %s"):format(at, type(value), cjson.encode(value)), 0)
end

local check

local function check_properties(self, value, schema, at)
  local properties = schema.properties or {}
  for name, inner in pairs(value) do
    local known = properties[name]
    local others = schema.additionalProperties
    if known then
      check(self, inner, known, at .. "." .. name)
    elseif type(others) == "table" then
      check(self, inner, others, at .. "." .. name)
    elseif others == false then
      error(at .. "." .. name .. " is not in the document", 0)
    end
  end
end

-- One function for each word of a schema.
local words = {
  type = function(_, value, schema, at)
    check_type(value, schema.type, at)
  end,
  const = function(_, value, schema, at)
    assert(value == schema.const, at .. " is another")
  end,
  minimum = function(_, value, schema, at)
    assert(value >= schema.minimum, at .. " is too small")
  end,
  maximum = function(_, value, schema, at)
    assert(value <= schema.maximum, at .. " is too large")
  end,
  required = function(_, value, schema, at)
    for _, name in ipairs(schema.required) do
      assert(value[name] ~= nil, at .. "." .. name .. " is missing")
    end
  end,
  properties = check_properties,
  additionalProperties = check_properties,
  items = function(self, value, schema, at)
    for i, item in ipairs(value) do
      check(self, item, schema.items, ("%s[%d]"):format(at, i))
    end
  end,
  minItems = function(_, value, schema, at)
    assert(#value >= schema.minItems, at .. " is too short")
  end,
  maxItems = function(_, value, schema, at)
    assert(#value <= schema.maxItems, at .. " is too long")
  end,
  allOf = function(self, value, schema, at)
    for _, part in ipairs(schema.allOf) do check(self, value, part, at) end
  end,
  description = function() end,
}

function check(self, value, schema, at)
  schema = self:resolve(schema)
  for word in pairs(schema) do
    local look = words[word] or error("the checker does not know " .. word)
    look(self, value, schema, at)
  end
end

local function check_headers(response, answer)
  for name, header in pairs(response.headers or {}) do
    assert(answer.headers[name:lower()] == header.schema.const,
      name .. " is missing")
  end
end

--- Checks an answer.
-- @param method string
-- @param path string the template, "/users/{id}"
-- @param answer table as http.request returns it
-- @return the body, decoded if it is JSON
-- Raises for what the document does not say.
function Document:check(method, path, answer)
  local item = assert(self.doc.paths[path], path .. " is not in the document")
  local operation = assert(item[method:lower()], method .. " " .. path)
  local place = ("%s %s: %d"):format(method, path, answer.status)
  self.called[method .. " " .. path] = true
  local response = operation.responses[tostring(answer.status)]
  assert(response, place .. " is not in the document: " .. answer.body)
  response = self:resolve(response)
  local kind = answer.headers["content-type"]
  local content = assert(response.content[kind], place .. ": " .. kind)
  check_headers(response, answer)
  local body = answer.body
  if kind == "application/json" then body = cjson.decode(body) end
  check(self, body, content.schema, place)
  return body
end

--- Raises unless every operation of the document has been called.
function Document:check_coverage()
  for _, each in ipairs(self:operations()) do
    local name = each.method .. " " .. each.path
    assert(self.called[name], name .. " was never called")
  end
end

return openapi

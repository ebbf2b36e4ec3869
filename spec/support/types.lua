--- What types/ documents, by class.
local annotations = require "docs.site.annotations"
local reference = require "docs.site.reference"

local types = {}

--- The classes of base.lua's tables, with the group of settings that each is.
types.groups = {
  ["base.Hooks"] = "on",
  ["base.Settings.Api"] = "api",
  ["base.Settings.Tls"] = "tls",
  ["base.Settings.Actions"] = "actions",
  ["base.Settings.Channel"] = 'channels["…"]',
  ["base.Settings.History"] = 'channels["…"].history',
  ["base.Settings.Deflate"] = "deflate",
  ["base.Settings.Heartbeat"] = "heartbeat",
  ["base.Settings.Limits"] = "limits",
  ["base.Settings.HttpClient"] = "http_client",
  ["base.Settings.Log"] = "log",
}

--- Reads all of types/.
-- @return table from the name of a class to a table with `fields` and
--   `functions`, each by name: see docs.site.annotations
function types.read()
  local classes = {}
  for _, path in ipairs(reference.sources()) do
    local class_of = {} -- by the variable that its functions hang in
    for _, item in ipairs(annotations.read(path)) do
      if item.kind == "class" then
        local class = { fields = {}, functions = {} }
        for _, field in ipairs(item.fields) do
          if not field.name:find "^%[" then class.fields[field.name] = field end
        end
        classes[item.name] = class
        if item.variable then class_of[item.variable] = class end
      elseif item.kind == "function" then
        local variable, name = item.name:match "^([%w_]+)[.:]([%w_]+)$"
        local class = class_of[variable]
        class.functions[name] = item
      end
    end
  end
  return classes
end

return types

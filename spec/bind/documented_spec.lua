-- types/ documents every name that scripts can reach, and nothing else.
local bound = require "spec.support.bound"
local types = require "spec.support.types"
local world = require "spec.helper"

-- Tables that scripts give, whose names no table of Base lists.
local GIVEN = {
  ["base.BroadcastOptions"] = true, ["base.ChannelSendOptions"] = true,
  ["base.HistoryOptions"] = true, ["base.UserFields"] = true,
  ["base.RegisterOptions"] = true, ["base.FileOptions"] = true,
  ["base.test.Options"] = true, ["base.test.Request"] = true,
  ["base.test.JoinOptions"] = true, ["base.test.HistoryOptions"] = true,
}

local function sorted_names(...)
  local list = {}
  for _, set in ipairs { ... } do
    for name in pairs(set) do list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- Every mistake, as "class: name is …".
local function compare(documented, names)
  local mistakes = {}
  local function report(class, name, what)
    mistakes[#mistakes + 1] = ("%s: %s is %s"):format(class, name, what)
  end
  for class, found in pairs(names) do
    local said = documented[class] or { fields = {}, functions = {} }
    for name in pairs(found) do
      if not said.fields[name] and not said.functions[name] then
        report(class, name, "bound, but not documented")
      end
    end
    for _, name in ipairs(sorted_names(said.fields, said.functions)) do
      if not found[name] then report(class, name, "documented, not bound") end
    end
  end
  for class in pairs(documented) do
    if not names[class] and not GIVEN[class] then
      report(class, "the class", "documented, not bound")
    end
  end
  table.sort(mistakes)
  return mistakes
end

describe("types/", function()
  local documented, names

  setup(function()
    documented, names = types.read(), bound.names()
  end)

  teardown(world.reset)

  it("documents every bound name, and each of them is bound", function()
    assert.same({}, compare(documented, names))
    assert.is_true(#sorted_names(names) > 20)
  end)

  it("would be found out if it left a name out, or invented one", function()
    local changed = types.read()
    changed["base.User"].functions.send = nil
    changed["base"].functions.fly = {}
    changed["base.Bird"] = { fields = {}, functions = {} }
    assert.same({
      "base.Bird: the class is documented, not bound",
      "base.User: send is bound, but not documented",
      "base: fly is documented, not bound",
    }, compare(changed, names))
  end)

  it("calls methods what can be called, and fields what cannot", function()
    local base, test = require "base", require "base.test"
    local connection = world.user("ada").connection
    local values = { ["base"] = base, ["base.Log"] = base.log,
      ["base.Connection"] = connection, ["base.User"] = connection.user,
      ["base.test"] = test, ["base.http"] = require "base.http",
      ["base.json"] = world.json }
    for class, value in pairs(values) do
      for name in pairs(documented[class].functions) do
        local is_function = pcall(string.dump, value[name])
          or type(value[name]) == "function" or name == "Message"
        assert.is_true(is_function, class .. "." .. name)
      end
      for name in pairs(documented[class].fields) do
        assert.not_equal("function", type(value[name]), class .. "." .. name)
      end
    end
  end)

  it("says how many arguments the functions in Lua take", function()
    local modules = { ["base.test"] = require "base.test",
      ["base.http"] = require "base.http" }
    for class, module in pairs(modules) do
      for name, item in pairs(documented[class].functions) do
        local info = debug.getinfo(module[name], "u")
        assert.equal(info.nparams, #item.params, class .. "." .. name)
      end
    end
  end)

  it("says which members of Base cannot be set", function()
    local connection = world.user("ada").connection
    local values = { ["base.Connection"] = connection,
      ["base.User"] = connection.user }
    for class, value in pairs(values) do
      local said = documented[class]
      for _, name in ipairs(sorted_names(said.fields, said.functions)) do
        assert.error_matches(function() value[name] = 1 end,
          name .. " is Base's and cannot be set", nil, nil, class)
      end
    end
  end)
end)

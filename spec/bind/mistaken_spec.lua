-- What is done in the place of registering, by mistake: nothing happens then
-- but a line in the log, which says where.
local world = require "spec.helper"

local function project(authenticate, files)
  files = files or {}
  files["base.lua"] = world.settings("authenticate = " .. authenticate .. [[,
    actions = { public = { "login" } },
  ]])
  files["actions/login.lua"] = files["actions/login.lua"] or world.action ""
  world.project(files)
end

after_each(world.reset)

describe("authenticate that returns", function()
  for value, name in pairs {
    ["{ id = 42 }"] = "a table", ["false"] = "false", ["'ada'"] = "a string",
    ["42"] = "a number", ["register"] = "a function",
  } do
    it(name .. " and has not registered is told so in the log", function()
      project("function(connection, register)\nreturn " .. value .. "\nend")
      world.connect()
      world.connect()
      local text = "base.lua:2: authenticate returned " .. name
        .. ", which is ignored: call register(connection, user)"
      local log = world.log()
      assert.matches(text, log, 1, true)
      assert.equal(1, select(2, log:gsub("authenticate returned", "")))
    end)
  end

  for what, body in pairs {
    ["what register returns"] = "return register(connection, { id = 1 })",
    ["what a refusal returns"] = "return register(connection, false)",
    ["nothing"] = "return",
    ["a timer"] = "return base.after(1, function() end)",
    ["something of a connection that it has closed"] =
      "return connection:close()",
    ["something of one whom it has registered otherwise"] =
      "connection:register { id = 1 } return 1",
  } do
    it(what .. " is not logged", function()
      project("function(connection, register) " .. body .. " end")
      world.connect()
      assert.equal("", world.log())
    end)
  end
end)

describe("register(connection) without a user", function()
  it("is treated as nil, and logged with its line", function()
    project "function(connection, register)\nregister(connection)\nend"
    local client = world.connect()
    assert.equal("reconnect", client:heard()[1][1])
    assert.equal(1013, (client:closed()))
    local log = world.log()
    assert.matches("base.lua:3: register(connection) is missing the user: pass "
      .. "false to close the connection", log, 1, true)
    world.connect()
    assert.equal("", world.log())
  end)

  it("is logged with authenticate's line as a tail call", function()
    project "function(connection, register)\nreturn register(connection)\nend"
    world.connect()
    assert.matches("base.lua:2: register(connection) is missing", world.log(),
      1, true)
  end)

  it("is logged for connection:register, too", function()
    project("function() end", { ["actions/login.lua"] = world.action
      "connection:register()\nreturn nil" })
    world.connect():say { "login" }
    assert.matches("actions/login.lua:2: register(connection) is missing",
      world.log(), 1, true)
  end)

  it("is not logged for an explicit nil", function()
    project "function(connection, register) register(connection, nil) end"
    world.connect()
    assert.is_nil(world.log():find "missing the user")
  end)
end)

-- user:update changes some of a user's fields and keeps the others.
local world = require "spec.helper"

local base = require "base"
local seen = world.seen

local client, ada

before_each(function()
  world.project {
    ["base.lua"] = world.settings [[
      authenticate = function(connection, register)
        register(connection, { id = 42, name = "Ada", admin = true, age = 36 })
      end,
    ]],
    ["actions/run.lua"] = world.action "seen.run(connection.user)",
    ["actions/wrong.lua"] = world.action
      "connection.user:update(seen.fields)",
  }
  client = world.connect()
  client:heard()
  ada = base.users[42]
end)

after_each(world.reset)

local function fields()
  local all = {}
  for name, value in pairs(ada) do all[name] = value end
  return all
end

describe("an update", function()
  it("sets what it names and keeps the rest", function()
    ada:update { name = "Ada L.", mood = "good" }
    assert.same({ name = "Ada L.", admin = true, age = 36, mood = "good" },
      fields())
  end)

  it("returns the user, which every connection has", function()
    assert.equal(ada, ada:update { age = 37 })
    assert.equal(37, client.connection.user.age)
    assert.same({}, client:heard())
  end)

  it("takes away what is json.null", function()
    ada:update { admin = world.null, nothing = world.null }
    assert.same({ name = "Ada", age = 36 }, fields())
  end)

  it("keeps false, and a null deeper down", function()
    ada:update { admin = false, more = { world.null } }
    assert.is_false(ada.admin)
    assert.same({ world.null }, ada.more)
  end)

  it("leaves out what is Base's, with one warning for each name", function()
    for _ = 1, 2 do
      ada:update { call = 1, update = 2, send = 3, age = 37 }
    end
    assert.is_function(ada.call)
    assert.is_function(ada.update)
    assert.equal(37, ada.age)
    local log = world.log()
    for _, name in ipairs { "call", "update" } do
      local _, count = log:gsub("warn[^\n]*'" .. name .. "'", "")
      assert.equal(1, count, name)
    end
  end)

  it("may carry the user's own id", function()
    ada:update { id = "42", age = 1 }
    assert.equal(42, ada.id)
    assert.equal(1, ada.age)
    assert.equal("", world.log())
  end)

  it("does not disturb who walks the fields", function()
    local names = {}
    for name in pairs(ada) do
      names[name] = true
      ada:update { [name .. "2"] = 1, [name] = world.null }
    end
    assert.same({ name = true, admin = true, age = true }, names)
    assert.same({ name2 = 1, admin2 = 1, age2 = 1 }, fields())
  end)

  it("ends with the next registration", function()
    ada:update { mood = "good" }
    world.connect()
    assert.is_nil(ada.mood)
  end)

  it("is harmless when the user has gone", function()
    client:leave()
    world.advance(6)
    assert.equal(ada, ada:update { age = 1 })
    assert.is_nil(base.users[42])
  end)

  for text, value in pairs {
    ["nothing"] = false, ["a text"] = "Ada", ["another's id"] = { id = 43 },
    ["no id at all"] = { id = world.null },
  } do
    it("raises at the caller's line for " .. text, function()
      seen.fields = value or nil
      local _, body = client:ask "wrong"
      assert.equal("failed", body.code)
      assert.equal("actions/wrong.lua:2", world.place(world.log()))
      assert.same({ name = "Ada", admin = true, age = 36 }, fields())
    end)
  end
end)

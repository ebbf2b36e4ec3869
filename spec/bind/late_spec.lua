-- An `authenticate` that ends late: what somebody else has registered meanwhile
-- stays.
local world = require "spec.helper"

local seen = world.seen

local function project(authenticate, more, files)
  files = files or {}
  files["base.lua"] = world.settings("authenticate = " .. authenticate .. [[,
    actions = { public = { "login" } },
  ]] .. (more or ""))
  files["actions/login.lua"] = files["actions/login.lua"] or world.action
    "return message:respond('ok', connection:register { id = message.body })"
  files["actions/who.lua"] = world.action
    "return message:respond('you', connection.user.id)"
  world.project(files)
end

-- Logs in by the action while `authenticate` waits.
local function log_in()
  local client = world.connect()
  client:say { "login", "new", 1 }
  assert.same({ { "authenticated", { id = "new" } }, { "ok", true, 1 } },
    client:heard())
  return client
end

local function assert_is_new(client)
  assert.is_nil(client:closed())
  assert.same({ "you", "new" }, { client:ask "who" })
end

after_each(world.reset)

describe("authenticate that ends late", function()
  for what, user in pairs {
    ["another user"] = '{ id = "old" }', ["the same user"] = '{ id = "new" }',
    ["false"] = "false", ["nil"] = "nil, 'away'",
    ["a user whose time has passed"] = '{ id = "old" }, { expires = -1 }',
  } do
    it("changes nothing when late with " .. what, function()
      project([[function(connection, register)
        base.sleep(2)
        seen[1] = table.pack(register(connection, ]] .. user .. [[))
      end]])
      local client = log_in()
      world.advance(2)
      assert.same({ nil, "registered", n = 2 }, seen[1])
      assert.same({}, client:heard())
      assert_is_new(client)
      assert.equal("", world.log())
    end)
  end

  for how, ending in pairs {
    raises = "error 'no database'", ["does not end"] = "while true do end",
  } do
    it("ends nothing when it " .. how, function()
      project("function() base.sleep(2) " .. ending .. " end",
        "limits = { run_time = 0.05 },")
      local client = log_in()
      world.advance(2)
      assert_is_new(client)
      assert.not_equal("", world.log())
    end)
  end

  for _, limit in ipairs { "authenticate_time", "action_time" } do
    it("ends nothing when limits." .. limit .. " has passed", function()
      project("function() base.sleep(30) end",
        "limits = { " .. limit .. " = 5 },")
      local client = log_in()
      world.advance(40)
      assert_is_new(client)
    end)
  end

  it("leaves no guest timeout behind", function()
    project("function() base.sleep(2) end", "limits = { guest_time = 5 },")
    local client = log_in()
    world.advance(20)
    assert_is_new(client)
  end)

  it("is late by its register, whichever script calls it", function()
    project [[function(connection, register)
      base.spawn(function()
        base.sleep(2)
        seen[1] = table.pack(register(connection, { id = "spawned" }))
      end)
      local timer
      timer = base.every(2, function()
        timer:cancel()
        seen[2] = table.pack(register(connection, { id = "every" }))
      end)
      base.state.register = register
    end]]
    local client = log_in()
    world.advance(3)
    seen[3] = table.pack(
      require "base".state.register(client.connection, { id = "kept" }))
    local late = { nil, "registered", n = 2 }
    assert.same({ late, late, late }, { table.unpack(seen, 1, 3) })
    assert_is_new(client)
  end)

  it("is late by connection:register, too", function()
    project [[function(connection)
      base.spawn(function()
        base.after(2, function()
          seen[2] = table.pack(connection:register { id = "spawned" })
        end)
      end)
      base.sleep(2)
      seen[1] = table.pack(connection:register { id = "old" })
    end]]
    local client = log_in()
    world.advance(3)
    local late = { nil, "registered", n = 2 }
    assert.same({ late, late }, { table.unpack(seen, 1, 2) })
    assert_is_new(client)
  end)

  it("may register again when nobody else has", function()
    project [[function(connection, register)
      for i = 1, 3 do
        seen[i] = register(connection, { id = i })
        base.sleep(1)
      end
    end]]
    local client = world.connect()
    world.advance(3)
    assert.same({ true, true, true }, { table.unpack(seen) })
    assert.same({ "you", 3 }, { client:ask "who" })
  end)

  it("may register another connection, as any user", function()
    project [[function(connection, register)
      if connection.request.query.other then
        local other = base.connections[tonumber(connection.request.query.other)]
        seen[1] = register(other, { id = "moved" })
      else
        base.sleep(2)
      end
    end]]
    local client = log_in()
    world.connect { path = "/?other=" .. client.connection.id }
    assert.is_true(seen[1])
    assert.same({ "you", "moved" }, { client:ask "who" })
  end)
end)

describe("a welcome that waits", function()
  local WELCOME = [[welcome = function(user)
    if user.id == "old" then base.sleep(5) %s end
    return { id = user.id }
  end,]]

  for how, ending in pairs {
    ends = "", raises = "error 'no'", ["does not end"] = "while true do end",
  } do
    it("and " .. how .. " later changes nothing for who came in meanwhile",
      function()
        project([[function(connection, register)
          seen[1] = table.pack(register(connection, { id = "old" }))
        end]], WELCOME:format(ending) .. "limits = { run_time = 0.05 },")
        local client = log_in()
        world.advance(5)
        assert.same({}, client:heard())
        assert_is_new(client)
        if how == "ends" then
          assert.same({ nil, "registered", n = 2 }, seen[1])
        end
      end)
  end

  it("of an action is not ended by authenticate", function()
    project([[function(connection, register)
      base.sleep(1)
      seen[1] = table.pack(register(connection, false))
      error "no"
    end]], WELCOME:format "")
    local client = world.connect()
    client:say { "login", "old", 1 }
    world.advance(5)
    assert.same({ nil, "registered", n = 2 }, seen[1])
    assert.same({ { "authenticated", { id = "old" } }, { "ok", true, 1 } },
      client:heard())
  end)

  it("of an action still has authenticate_time", function()
    project("function() base.sleep(1) end",
      WELCOME:format "" .. "limits = { authenticate_time = 3 },")
    local client = world.connect()
    client:say { "login", "old", 1 }
    world.advance(3)
    assert.equal(4010, (client:closed()))
  end)
end)

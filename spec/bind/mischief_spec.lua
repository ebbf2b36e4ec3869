-- What a script does wrong in odd places harms that run and nothing else.
local core = require "base.core"
local world = require "spec.helper"

after_each(world.reset)

describe("A script", function()
  -- Runs the action and returns the code of its answer; then everything must
  -- work as before.
  local function run(body, files)
    files = files or {}
    files["actions/run.lua"] = world.action(body)
    files["actions/sleep.lua"] = world.action [[
      base.sleep(1)
      return message:respond("slept", connection.user.id)
    ]]
    world.project(files)
    local ada = world.user "ada"
    local command, answer = ada:ask "run"
    world.advance(5)
    local others = { world.user "bob", world.user "cid" }
    for _, client in ipairs(others) do client:say { "sleep" } end
    world.advance(2)
    for i, name in ipairs { "bob", "cid" } do
      assert.same({ { "slept", name } }, others[i]:heard())
    end
    assert.equal("pong", (ada:ask "ping"))
    ada:say { "sleep" }
    world.advance(2)
    local heard = ada:heard()
    assert.same({ "slept", "ada" }, heard[#heard])
    return command == "error" and answer.code or command
  end

  it("may raise an error that cannot be printed", function()
    assert.equal("failed", run [[
      error(setmetatable({}, { __tostring = function(self) error(self) end }))
    ]])
  end)

  it("may spoil its message before it fails", function()
    assert.equal("failed", run [[ message.respond = 5 error "no" ]])
  end)

  it("may wait in the __close of a coroutine that failed", function()
    assert.equal("done", run [[
      local f = coroutine.wrap(function()
        local _ <close> = setmetatable({}, { __close = function()
          coroutine.wrap(function() base.sleep(1) end)()
        end })
        error "boom"
      end)
      seen[1] = pcall(f)
      return message:respond "done"
    ]])
    assert.is_false(world.seen[1])
  end)

  it("may not resume or close the coroutine of another run", function()
    assert.equal("done", run [[
      local ended = coroutine.running()
      local waiting
      base.spawn(function()
        waiting = coroutine.running()
        base.sleep(2)
        seen[5] = "woken"
      end)
      base.after(1, function()
        seen[1], seen[2] = coroutine.resume(ended), coroutine.resume(waiting)
        seen[3], seen[4] = pcall(coroutine.close, ended),
          pcall(coroutine.close, waiting)
      end)
      return message:respond "done"
    ]])
    assert.same({ false, false, false, false, "woken" },
      { table.unpack(world.seen, 1, 5) })
  end)

  it("may yield while one of its modules loads", function()
    assert.equal("done", run([[
      seen[1] = coroutine.wrap(function()
        return (pcall(require, "yields"))
      end)()
      return message:respond "done"
    ]], { ["yields.lua"] = "coroutine.yield() return 1" }))
    assert.is_false(world.seen[1])
  end)

  it("may wait in very many runs at once", function()
    assert.equal("done", run [[
      for _ = 1, 600 do base.spawn(base.sleep, 1) end
      return message:respond "done"
    ]])
  end)
end)

describe("A handle of a closed connection or user", function()
  local gone, user, message

  before_each(function()
    world.project { ["actions/keep.lua"] = world.action [[
      connection.room, connection.user.color = 7, "red"
      seen[1], seen[2], seen[3] = connection, connection.user, message
    ]] }
    local ada = world.user "ada"
    ada:say { "keep" }
    ada:leave()
    world.advance(10)
    gone, user, message = table.unpack(world.seen, 1, 3)
    collectgarbage()
  end)

  after_each(function() assert.equal("", world.log()) end)

  -- Method -> its arguments, and what it answers.
  local METHODS = {
    connection = {
      send = { { "x" }, { nil, "closed" } },
      send_text = { { "x" }, { nil, "closed" } },
      send_binary = { { "x" }, { nil, "closed" } },
      call = { { "x" }, { nil, "closed" } },
      register = { { { id = 1 } }, { nil, "closed" } },
      close = { {}, { nil, "closed" } },
      is_open = { {}, { false } },
    },
    user = {
      send = { { "x" }, { 0 } },
      call = { { "x" }, { nil, "closed" } },
      disconnect = { {}, { 0 } },
      join = { { "room" }, { nil, "closed" } },
      leave = { { "room" }, { nil, "closed" } },
      update = { { { name = "Ada" } }, {} }, -- the user
    },
  }

  -- They wait, some of them: so it is a task that calls them.
  local function call(method, ...)
    local result
    core.spawn(function(...) result = table.pack(pcall(method, ...)) end, ...)
    world.advance(1)
    return result
  end

  for class, methods in pairs(METHODS) do
    it("has no method that is not tried here: " .. class, function()
      for name in pairs(core[class]) do assert.truthy(methods[name], name) end
    end)

    for name, case in pairs(methods) do
      it(("is harmless: %s:%s"):format(class, name), function()
        local handle = class == "user" and user or gone
        local arguments, expected = table.unpack(case)
        local result = call(handle[name], handle, table.unpack(arguments))
        if name == "update" then expected = { user } end
        assert.same({ true, table.unpack(expected, 1, 2) },
          { table.unpack(result, 1, 3) })
      end)
    end
  end

  it("still says who it was", function()
    local getters = select(2,
      debug.getupvalue(debug.getmetatable(gone).__index, 2))
    local values = {}
    for name in pairs(getters) do values[name] = gone[name] end
    assert.is_true(values.id > 0 and values.opened_at > 0)
    values.id, values.opened_at = nil, nil
    assert.same({
      user = user, address = "127.0.0.1", channels = {}, request = {
        method = "GET", path = "/", query = {}, query_list = {},
        query_string = "", cookies = { user = "ada" },
        headers = { host = "localhost", cookie = "user=ada" },
      },
    }, values)
    assert.equal("ada", user.id)
    assert.same({}, user.connections)
    assert.equal("user ada", tostring(user))
    assert.equal("connection " .. gone.id, tostring(gone))
  end)

  it("keeps the script's own fields, and takes more", function()
    gone.seat, user.name = 12, "Ada"
    assert.same({ 7, 12 }, { gone.room, gone.seat })
    local fields = {}
    for name, value in pairs(user) do fields[name] = value end
    assert.same({ color = "red", name = "Ada" }, fields)
    for _, set in ipairs {
      function() gone.id = 1 end, function() user.connections = {} end,
    } do
      assert.is_false((pcall(set)))
    end
  end)

  it("has no effect in any other way", function()
    local known = { __index = 1, __newindex = 1, __pairs = 1, __tostring = 1,
      __metatable = 1, __name = 1, methods = 1 }
    for _, handle in ipairs { gone, user } do
      for name in pairs(debug.getmetatable(handle)) do
        assert.truthy(known[name], name)
      end
    end
    assert.same({ 0, 0 }, { core.send(user.id, message),
      core.broadcast(message, { except = gone }) })
    assert.is_nil(core.users[user.id])
    assert.is_nil(core.connections[gone.id])
    assert.equal("x", message:respond("x").command)
  end)
end)

describe("on.error", function()
  -- What the hook is told of, each as its type.
  local ON_ERROR = [[error = function(err)
    seen[#seen + 1] = type(err)
    error(err)
  end, ]]

  -- Each is told, and so is that the hook failed itself.
  local function assert_told(...)
    local types = { ... }
    table.sort(world.seen)
    assert.same(types, world.seen)
    local _, lines = world.log():gsub("\n", "")
    assert.equal(2 * #types, lines)
  end

  it("is called for errors in other hooks, and may fail", function()
    world.project {} -- of which the next one is a reload
    world.project {
      ["base.lua"] = world.settings([[
        offline_after = 0,
        on = {
          connect = function() error(nil) end,
          disconnect = function() error {} end,
          online = function() error "online" end,
          offline = function() error "offline" end,
          before = function() error "before" end,
          reload = function() error(7) end,
        ]] .. ON_ERROR .. "},"),
    }
    local ada = world.user "ada"
    assert.equal("failed", select(2, ada:ask "run").code)
    ada:leave()
    world.advance(1)
    assert_told("nil", "number", "string", "string", "string", "table")
  end)

  it("is called for errors in on.text and on.binary", function()
    world.project {
      ["base.lua"] = world.settings([[
        on = {
          text = function() error "text" end,
          binary = function() error(true) end,
        ]] .. ON_ERROR .. "},"),
    }
    local ada = world.user "ada"
    ada:say "a text"
    ada:say_binary "bytes"
    assert_told("boolean", "string")
    assert.equal(true, ada.connection:is_open())
  end)

  it("is not called for its own end", function()
    world.project {
      ["base.lua"] = world.settings [[
        limits = { action_time = 1 },
        on = { error = function()
          seen[#seen + 1] = "told"
          base.sleep(10)
        end },]],
      ["actions/run.lua"] = world.action 'error "no"',
    }
    world.user("ada"):say { "run" }
    world.advance(20)
    assert.same({ "told" }, world.seen)
  end)
end)

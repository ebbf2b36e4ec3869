-- What a script does wrong in odd places harms that run and nothing else.
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

describe("A handle of somebody who has gone", function()
  it("is harmless in every method", function()
    world.project { ["actions/run.lua"] = world.action [[
      base.state.connection, base.state.user = connection, connection.user
      base.state.message = message
    ]], ["actions/use.lua"] = world.action [[
      local gone, user = base.state.connection, base.state.user
      for _, call in ipairs {
        function() return gone:send("x") end,
        function() return gone:send_text("x") end,
        function() return gone:send_binary("x") end,
        function() return gone:call("x") end,
        function() return gone:register { id = 1 } end,
        function() return gone:close() end,
        function() return gone:is_open() end,
        function() return user:send("x") end,
        function() return user:disconnect() end,
        function() return user:call("x") end,
        function() return gone.id and gone.address and gone.opened_at end,
        function() return gone.request.path end,
        function() gone.room = 7 return gone.room end,
        function() return tostring(gone), tostring(user) end,
        function() return base.send(user.id, base.state.message) end,
        function()
          return base.broadcast(base.state.message, { except = gone })
        end,
      } do
        seen[#seen + 1] = table.pack(pcall(call))
      end
      return message:respond "done"
    ]] }
    local ada, bob = world.user "ada", world.user "bob"
    ada:say { "run" }
    ada:leave()
    world.advance(10)
    collectgarbage()
    assert.equal("done", (bob:ask "use"), world.log())
    for i, result in ipairs(world.seen) do
      assert.is_true(result[1], i .. tostring(result[2]))
    end
    for i = 1, 5 do
      assert.same({ true, nil, "closed", n = 3 }, world.seen[i])
    end
    assert.is_false(world.seen[7][2])
    assert.equal(0, world.seen[8][2])
    assert.equal("", world.log())
  end)
end)

describe("on.error", function()
  it("is told of an error in every other hook, and may fail itself", function()
    world.project {
      ["base.lua"] = world.settings [[
        offline_after = 0,
        on = {
          connect = function() error(nil) end,
          disconnect = function() error {} end,
          online = function() error "online" end,
          offline = function() error "offline" end,
          before = function() error "before" end,
          error = function(err)
            seen[#seen + 1] = type(err)
            error(err)
          end,
        },]],
    }
    local ada = world.user "ada"
    assert.equal("failed", select(2, ada:ask "run").code)
    ada:leave()
    world.advance(1)
    table.sort(world.seen)
    assert.same({ "nil", "string", "string", "string", "table" }, world.seen)
    local _, lines = world.log():gsub("\n", "")
    assert.equal(10, lines)
  end)

  it("is not told of its own end", function()
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

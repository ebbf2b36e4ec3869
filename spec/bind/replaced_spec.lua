-- A new process has taken over: everybody goes over to it.
local world = require "spec.helper"

local base = require "base"

local seen = world.seen

after_each(world.reset)

local function project()
  world.project {
    ["base.lua"] = world.settings [[
      offline_after = 0,
      on = { offline = function(user) seen[#seen + 1] = user.id end },
    ]],
    ["actions/slow.lua"] = world.action [[
      base.sleep(message.body)
      return message:respond "done"]],
    ["actions/quick.lua"] = world.action [[return message:respond "quick"]],
    ["actions/ask.lua"] = world.action [[
      return message:respond("answer", select(2, connection:call "who"))]],
    ["actions/ask_all.lua"] = world.action [[
      base.sleep(1)
      local answer, word = connection.user:call "who"
      return message:respond("answer", answer or word)]],
  }
end

local function expect_goodbye(client)
  local heard = client:heard()
  local goodbye = table.remove(heard)
  assert.equal("reconnect", goodbye[1])
  assert.is_true(goodbye[2].after < 1)
  assert.same({ 1012, "the server is restarting" }, { client:closed() })
  return heard
end

describe("when a new process takes over", function()
  before_each(project)

  it("each connection is moved at its own moment", function()
    local clients, left = {}, {}
    for i = 1, 200 do clients[i] = world.user("user " .. i) end
    for tenth = 0, 10 do
      world.driver.send_away(tenth / 10)
      left[tenth] = 0
      for _, client in ipairs(clients) do
        if client:closed() then left[tenth] = left[tenth] + 1 end
      end
    end
    assert.is_true(left[0] <= 2)
    assert.is_true(left[5] > 60 and left[5] < 140)
    assert.equal(200, left[10])
    expect_goodbye(clients[1])
  end)

  it("accepted messages are answered first, in order", function()
    local ada = world.user "ada"
    ada:say { "slow", 2, 1 }
    ada:say { "quick", world.null, 2 }
    world.driver.send_away(1)
    assert.is_nil(ada:closed())
    world.advance(2)
    local done, quick = table.unpack(expect_goodbye(ada))
    assert.same({ "done", world.null, 1 }, done)
    assert.same({ "quick", world.null, 2 }, quick)
  end)

  it("a call to a leaving connection ends", function()
    local ada = world.user "ada"
    ada:say { "ask", world.null, 1 }
    assert.equal("who", ada:heard()[1][1])
    world.driver.send_away(1)
    assert.same({ { "answer", "closed", 1 } }, expect_goodbye(ada))
  end)

  it("a leaving connection gets no new call", function()
    local ada = world.user "ada"
    ada:say { "ask_all", world.null, 1 }
    world.driver.send_away(1)
    world.advance(1)
    assert.same({ { "answer", "closed", 1 } }, expect_goodbye(ada))
  end)

  it("on.offline does not run", function()
    local ada = world.user "ada"
    world.driver.send_away(1)
    ada:leave(1012)
    world.advance(100)
    assert.same({}, seen)
    assert.equal(0, base.users:count())
  end)
end)

-- What members of channels may rely on when things happen between: a rule that
-- waits, a join that is still under way, a registration, a reload.
local channels = require "spec.support.channels"
local world = require "spec.helper"

local base = require "base"
local driver, null = world.driver, world.null

local function run(f)
  base.after(0.001, f)
  driver.advance(0.001)
end

-- Does all that waits for the bus.
local function settle()
  while driver.bus_waiting()[1] do driver.bus_do(1) end
end

describe("over a late bus", function()
  before_each(function() driver.bus "by hand" end)

  after_each(function()
    driver.bus "late"
    world.reset()
    driver.bus "memory"
  end)

  local function member()
    channels.project { room = "send = true, presence = true, "
      .. "history = { size = 9 }" }
    local ada = channels.user "ada"
    ada:say { "$join", null, 1, "room" }
    settle()
    ada.client:heard()
    return ada
  end

  it("who joins again loses nothing that came meanwhile", function()
    local ada = member()
    ada:say { "$join", null, 2, "room" }
    run(function() base.channel "room":send("said", "one") end)
    channels.go_on "publish room"
    channels.go_on "read room"
    local heard = ada.client:heard()
    assert.equal("$joined", heard[1][1])
    assert.same({ "said", "one", null, "room", 1 }, heard[2])
    settle()
  end)

  it("a script lets in whom a join of its own waits for", function()
    channels.project { room = "presence = true" }
    local ada = channels.user "ada"
    ada:say { "$join", null, 1, "room" }
    run(function() ada.connection.user:join("room", { vip = true }) end)
    driver.advance(11) -- the client's own join has taken too long
    settle()
    assert.same({ "room" }, ada.connection.channels)
  end)

  it("user:leave counts for a connection that registers", function()
    channels.project { ["*"] = "send = true" }
    local ada = channels.user "ada"
    run(function()
      ada.connection.user:join "one"
      ada.connection.user:join "two"
    end)
    settle()
    local tab = channels.fresh "ada"
    run(function() ada.connection.user:leave "two" end)
    settle()
    assert.same({ "one" }, tab.connection.channels)
  end)
end)

describe("in one process", function()
  after_each(world.reset)

  it("an id of any form comes back with $joined", function()
    channels.project { room = "send = true" }
    local ada = channels.user "ada"
    local id = ("\1"):rep(60)
    ada:say { "$join", null, id, "room" }
    assert.equal(id, ada:heard()[1][3])
  end)

  it("who is put out while the rule waits sends nothing", function()
    channels.project { room = "send = function() require 'base'.sleep(0.05) "
      .. "return true end" }
    local ada, bob = channels.user "ada", channels.user "bob"
    ada:join "room"
    bob:join "room"
    ada:say { "said", "spam", 9, "room" }
    run(function() base.channel "room":leave(ada.connection, "kicked") end)
    world.advance(0.1)
    assert.same({}, bob:heard())
    local heard = ada:heard()
    assert.same({ "$left", "error" }, { heard[1][1], heard[2][1] })
    assert.equal("forbidden", heard[2][2].code)
  end)

  it("a tab that a script lets in keeps the user's info", function()
    channels.project { room = "presence = true, "
      .. "join = function() return true, { name = 'Ada' } end" }
    local ada, tab = channels.user "ada", channels.user "ada"
    ada:join "room"
    run(function() base.channel "room":join(tab.connection) end)
    assert.same({}, ada:heard())
    assert.same({ ada = { name = "Ada" } }, tab:heard()[1][2].members)
  end)

  it("a reload of the same rules tells the members nothing", function()
    channels.project { room = "presence = true" }
    local ada = channels.user "ada"
    ada:join "room"
    channels.project { room = "presence = true" }
    assert.same({}, ada:heard())
  end)

  it("a rule that keeps less applies at once", function()
    channels.project { room = "history = { size = 9, seconds = 100 }" }
    local room = base.channel "room"
    for i = 1, 5 do room:send("said", i) end
    world.advance(10)
    channels.project { room = "history = { size = 2, seconds = 20 }" }
    assert.equal(2, #room:history())
    world.advance(9)
    assert.equal(2, #room:history())
    world.advance(1)
    assert.equal(0, #room:history())
  end)

  it("vacated waits until occupied has ended", function()
    channels.project { room = [[
      occupied = function() base.sleep(1) table.insert(seen, "occupied") end,
      vacated = function() table.insert(seen, "vacated") end,
    ]] }
    local ada = channels.user "ada"
    ada:join "room"
    ada:ask("$leave", nil, "room")
    world.driver.flush()
    world.advance(0.5)
    assert.same({}, world.seen)
    -- Who comes and goes meanwhile changes nothing.
    ada:join "room"
    ada:ask("$leave", nil, "room")
    world.advance(1)
    assert.same({ "occupied", "vacated" }, world.seen)
  end)

  it("nobody sends the server's own commands to a channel", function()
    channels.project { room = "send = true" }
    local ada, bob = channels.user "ada", channels.user "bob"
    ada:join "room"
    bob:join "room"
    for _, command in ipairs { "error", "authenticated", "reconnect",
      "expired", "pong" } do
      ada:say { command, 1, 6, "room" }
      assert.equal("invalid", ada:heard()[1][2].code)
    end
    assert.same({}, bob:heard())
  end)
end)

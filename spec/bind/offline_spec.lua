-- Loading a page again is no departure: on.offline comes once, late, and never
-- for somebody who is back.
local world = require "spec.helper"

local base = require "base"
local seen = world.seen

local function settings(offline_after, word)
  return world.settings([[
    on = {
      online = function(user) seen[#seen + 1] = "online " .. user.id end,
      offline = function(user)
        seen[#seen + 1] = "]] .. (word or "offline") .. [[ " .. user.id
      end,
    },
    offline_after = ]] .. offline_after)
end

local function project(offline_after)
  world.project {
    ["base.lua"] = settings(offline_after),
    ["actions/move.lua"] = world.action
      "connection:register { id = message.body }",
    ["actions/later.lua"] = world.action [[
      local guest = base.connections[message.body]
      base.after(5, function() guest:register { id = "ada" } end)
    ]],
  }
end

local function told()
  return { table.unpack(seen) }
end

after_each(world.reset)

describe("reloading a page", function()
  before_each(function()
    project(5)
  end)

  it("is not offline with one tab, however often", function()
    local tab = world.user "ada"
    for _ = 1, 20 do
      tab:leave(1001)
      world.advance(4.999)
      tab = world.user "ada"
    end
    world.advance(100)
    assert.same({ "online ada" }, told())
    tab:leave()
    world.advance(5)
    assert.same({ "online ada", "offline ada" }, told())
  end)

  it("is not offline when the new page connects first",
    function()
      local old = world.user "ada"
      local new = world.user "ada"
      old:leave(1001)
      world.advance(100)
      assert.same({ "online ada" }, told())
      new:leave()
      world.advance(5)
      assert.same({ "online ada", "offline ada" }, told())
    end)

  it("is not offline with two tabs, together or in turn", function()
    local first, second = world.user "ada", world.user "ada"
    first:leave(1001)
    second:leave(1001)
    world.advance(4)
    first = world.user "ada"
    world.advance(4)
    second = world.user "ada"
    world.advance(100)
    first:leave(1001)
    world.advance(100)
    first = world.user "ada"
    second:leave(1001)
    world.advance(100)
    assert.same({ "online ada" }, told())
    first:leave()
    world.advance(4.999)
    assert.same({ "online ada" }, told())
    world.advance(0.001)
    assert.same({ "online ada", "offline ada" }, told())
    world.advance(100)
    assert.equal(2, #told())
  end)

  it("restarts offline_after each time", function()
    world.user "ada":leave()
    world.advance(4)
    world.user "ada":leave()
    world.advance(4)
    assert.same({ "online ada" }, told())
    world.advance(1)
    assert.same({ "online ada", "offline ada" }, told())
  end)
end)

describe("a user who returns as offline_after ends", function()
  before_each(function()
    project(5)
  end)

  -- The timer that brings ada back is started before or behind hers.
  local function meet(leaves_first)
    local ada, guest = world.user "ada", world.connect()
    local bob = world.user "bob"
    if leaves_first then ada:leave() end
    bob:say { "later", guest.connection.id }
    if not leaves_first then ada:leave() end
    world.advance(5)
    assert.equal("ada", guest.connection.user.id)
    assert.equal("ada", base.users.ada.id)
    world.advance(100)
    return told()
  end

  it("was never offline a moment before", function()
    assert.same({ "online ada", "online bob" }, meet(false))
  end)

  it("comes online again a moment after", function()
    assert.same({ "online ada", "online bob", "offline ada", "online ada" },
      meet(true))
  end)

  it("is online while on.offline still runs", function()
    world.file("base.lua", world.settings [[
      on = { offline = function(user)
        seen[#seen + 1] = "offline"
        base.sleep(1)
        seen[#seen + 1] = next(user.connections) and "back"
      end }]])
    world.reload()
    world.user "ada":leave()
    world.advance(5)
    world.user "ada"
    world.advance(100)
    assert.same({ "offline", "back" }, told())
  end)
end)

describe("a connection that moves to another user", function()
  before_each(function()
    project(5)
  end)

  it("takes the old user offline, after offline_after", function()
    local tab = world.user "ada"
    tab:say { "move", "bob" }
    world.advance(4.999)
    assert.same({ "online ada", "online bob" }, told())
    world.advance(0.001)
    assert.same({ "online ada", "online bob", "offline ada" }, told())
  end)

  it("and back in time leaves the user online", function()
    local tab = world.user "ada"
    tab:say { "move", "bob" }
    world.advance(4.999)
    tab:say { "move", "ada" }
    world.advance(4.999)
    tab:say { "move", "bob" }
    world.advance(4.999)
    tab:say { "move", "ada" }
    world.advance(100)
    assert.same({ "online ada", "online bob", "offline bob" }, told())
  end)

  it("leaves the old user online with another tab", function()
    local tab = world.user "ada"
    world.user "ada"
    tab:say { "move", "bob" }
    world.advance(100)
    assert.same({ "online ada", "online bob" }, told())
  end)
end)

describe("offline_after = 0", function()
  before_each(function()
    project(0)
  end)

  it("calls on.offline at once, and once", function()
    local first, second = world.user "ada", world.user "ada"
    first:leave()
    world.advance(0)
    assert.same({ "online ada" }, told())
    second:leave()
    world.advance(0)
    assert.same({ "online ada", "offline ada" }, told())
    world.advance(100)
    assert.equal(2, #told())
  end)

  it("makes each page reload offline and online", function()
    world.user "ada":leave()
    world.advance(0)
    world.user "ada"
    assert.same({ "online ada", "offline ada", "online ada" }, told())
  end)

  it("keeps a user online who returns in the same turn", function()
    world.user "ada":leave()
    world.user "ada"
    world.advance(100)
    assert.same({ "online ada" }, told())
  end)
end)

describe("a reload with another offline_after", function()
  before_each(function()
    project(5)
    world.user "ada":leave()
    world.user "bob"
    world.advance(2)
  end)

  it("keeps the time of users who are already away", function()
    world.file("base.lua", settings(60, "gone"))
    world.reload()
    world.advance(2.999)
    assert.same({ "online ada", "online bob" }, told())
    world.advance(0.001)
    assert.same({ "online ada", "online bob", "gone ada" }, told())
  end)

  it("applies to users who leave afterwards", function()
    world.file("base.lua", settings(60))
    world.reload()
    local _, bob = next(base.users.bob.connections)
    world.driver.disconnect(bob)
    world.advance(59.999)
    assert.same({ "online ada", "online bob", "offline ada" }, told())
    world.advance(0.001)
    assert.equal("offline bob", told()[4])
  end)

  it("keeps a user online who returns in time", function()
    world.file("base.lua", settings(1))
    world.reload()
    world.advance(2)
    world.user "ada"
    world.advance(100)
    assert.same({ "online ada", "online bob" }, told())
  end)
end)

describe("the end of the server", function()
  -- The last of this file: what has ended stays so.
  it("takes nobody offline, however short offline_after is", function()
    project(0)
    local ada, bob = world.user "ada", world.user "bob"
    world.driver.drain(1012)
    assert.equal(1012, (ada:closed()))
    ada:leave(1012)
    bob:leave(1012)
    world.advance(100)
    assert.same({ "online ada", "online bob" }, told())
    assert.equal(0, base.users:count())
  end)
end)

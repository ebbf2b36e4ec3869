-- user:call asks all connections of a user; the first answer counts.
local world = require "spec.helper"

local base = require "base"
local seen = world.seen
local null = world.null

before_each(function()
  world.project {
    ["base.lua"] = world.settings
      'actions = { public = { "login" } }, offline_after = 5,',
    ["actions/ask.lua"] = world.action [[
      seen[#seen + 1] = table.pack(connection.user:call("question", 1))
    ]],
    ["actions/other.lua"] = world.action [[
      seen[#seen + 1] =
        table.pack(seen.user:call(base.Message("question", 1), message.body))
    ]],
    ["actions/login.lua"] = world.action
      "connection:register { id = message.body }",
    ["actions/note.lua"] = world.action "seen[#seen + 1] = message.body",
  }
end)

after_each(world.reset)

-- The id of the question that a client has just been asked.
local function asked(client)
  local heard = client:heard()
  assert.equal(1, #heard)
  assert.equal("question", heard[1][1])
  assert.matches("^%$%d+$", heard[1][3])
  return heard[1][3]
end

-- What the actions have left in `seen`.
local function told()
  return { table.unpack(seen) }
end

-- Bob asks ada.
local function ask(seconds)
  seen.user = base.users.ada
  world.user "bob":say { "other", seconds or null }
end

describe("user:call", function()
  it("goes to every connection, as the same one", function()
    local phone, tab, bob = world.user "ada", world.user "ada", world.user "bob"
    ask()
    assert.equal(asked(phone), asked(tab))
    assert.same({}, bob:heard())
  end)

  it("returns the first answer, and drops the others", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(phone)
    tab:say { "ok", { a = 1 }, id }
    phone:say { "ok", "late", id }
    assert.same({ { { a = 1 }, n = 1 } }, told())
    assert.same({}, phone:heard())
    assert.is_nil(phone:closed())
  end)

  it("is declined when the first answer is an error", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "error", { code = "busy" }, id }
    phone:say { "ok", 1, id }
    assert.same({ { nil, "busy", n = 2 } }, told())
  end)

  it("is not declined by one tab that does not know it", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "error", { code = "unknown" }, id }
    assert.same({}, told())
    tab:say { "ok", "changed its mind", id }
    phone:say { "ok", "sure", id }
    assert.same({ { "sure", n = 1 } }, told())
  end)

  it("is declined by another error, whoever did not know it", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "error", { code = "unknown" }, id }
    phone:say { "error", { code = "no" }, id }
    assert.same({ { nil, "no", n = 2 } }, told())
  end)

  it("is unknown when all have said so", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "error", { code = "unknown" }, id }
    tab:say { "error", { code = "unknown" }, id }
    assert.same({}, told())
    phone:say { "error", { code = "unknown" }, id }
    assert.same({ { nil, "unknown", n = 2 } }, told())
  end)

  it("is unknown when the others have left", function()
    local phone, tab, other = world.user "ada", world.user "ada",
      world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "error", { code = "unknown" }, id }
    phone:leave()
    assert.same({}, told())
    other:leave()
    assert.same({ { nil, "unknown", n = 2 } }, told())
  end)

  it("is unknown when the others have moved", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    tab:say { "error", { code = "unknown" }, asked(tab) }
    phone:say { "login", "eve" }
    world.advance(0)
    assert.same({ { nil, "unknown", n = 2 } }, told())
  end)

  it("is unknown at once when the only connection says so", function()
    local ada = world.user "ada"
    ask()
    ada:say { "error", { code = "unknown" }, asked(ada) }
    assert.same({ { nil, "unknown", n = 2 } }, told())
  end)

  it("times out when one says unknown and another nothing", function()
    local tab = world.user "ada"
    world.user "ada"
    ask(1)
    tab:say { "error", { code = "unknown" }, asked(tab) }
    world.advance(1)
    assert.same({ { nil, "timeout", n = 2 } }, told())
  end)

  it("waits ten seconds, or the given seconds", function()
    local ada = world.user "ada"
    ask()
    world.advance(9.999)
    assert.same({}, told())
    world.advance(0.001)
    ask(0.5)
    world.advance(0.5)
    local timeout = { nil, "timeout", n = 2 }
    assert.same({ timeout, timeout }, told())
    assert.equal(2, #ada:heard())
  end)

  it("can be answered while the user's own action waits for it", function()
    local ada = world.user "ada"
    ada:say { "ask" }
    ada:say { "note", "next" }
    ada:say { "ok", "yes", asked(ada) }
    assert.same({ { "yes", n = 1 }, "next" }, told())
  end)

  it("goes on while one of the asked connections is open", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(phone)
    tab:leave()
    assert.same({}, told())
    phone:say { "ok", 1, id }
    assert.same({ { 1, n = 1 } }, told())
  end)

  it("ends with 'closed' when all of them have left", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    tab:leave()
    phone:leave()
    assert.same({ { nil, "closed", n = 2 } }, told())
  end)

  it("does not wait for connections that came later", function()
    local phone = world.user "ada"
    ask()
    local id = asked(phone)
    local later = world.user "ada"
    later:say { "ok", "forged", id }
    assert.same({}, told())
    phone:leave()
    assert.same({ { nil, "closed", n = 2 } }, told())
    assert.same({}, later:heard())
  end)

  for name, leave in pairs {
    ["has gone"] = function(ada) ada:leave() world.advance(6) end,
    ["is away"] = function(ada) ada:leave() end,
    ["is closing"] = function(ada) ada.connection:close() end,
  } do
    it("is 'closed' at once when the user " .. name, function()
      local ada = world.user "ada"
      seen.user = base.users.ada
      leave(ada)
      world.user "bob":say { "other", null }
      assert.same({ { nil, "closed", n = 2 } }, told())
    end)
  end

  it("ignores answers of another user", function()
    local ada, eve = world.user "ada", world.user "eve"
    ask()
    eve:say { "ok", "forged", asked(ada) }
    assert.same({}, told())
  end)

  it("raises at the caller's line for an invalid message", function()
    world.project { ["actions/run.lua"] = world.action
      "connection.user:call('question', print)" }
    world.user "ada":ask "run"
    assert.equal("actions/run.lua:2", world.place(world.log()))
  end)
end)

describe("a script that calls user:call", function()
  it("may be ended by action_time; a late answer is dropped", function()
    world.file("base.lua", world.settings "limits = { action_time = 2 },")
    world.reload()
    local ada = world.user "ada"
    ask()
    local id = asked(ada)
    world.advance(2)
    ada:say { "ok", "late", id }
    ada:leave()
    assert.same({}, told())
    assert.matches("action_time", world.log(), 1, true)
  end)

  it("may call one after another, and inside a coroutine", function()
    world.file("actions/other.lua", world.action [[
      local next_answer = coroutine.wrap(function()
        for _ = 1, 2 do coroutine.yield((seen.user:call "question")) end
      end)
      seen[1] = next_answer()
      seen[2] = next_answer()
    ]])
    world.reload()
    local ada = world.user "ada"
    ask()
    ada:say { "ok", 1, asked(ada) }
    ada:say { "ok", 2, asked(ada) }
    assert.same({ 1, 2 }, told())
  end)
end)

describe("a connection that moves to another user", function()
  it("cannot answer a call to the old user", function()
    local phone, tab = world.user "ada", world.user "ada"
    ask()
    local id = asked(phone)
    tab:say { "login", "eve" }
    tab:say { "ok", "forged", id }
    assert.same({}, told())
    phone:say { "ok", 1, id }
    assert.same({ { 1, n = 1 } }, told())
  end)

  it("as the last one ends the call with 'closed'", function()
    local tab = world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "login", "eve" }
    tab:say { "ok", "forged", id }
    tab:leave()
    world.advance(0)
    assert.same({ { nil, "closed", n = 2 } }, told())
  end)

  it("lets the ended script call again", function()
    world.file("actions/other.lua", world.action [[
      repeat
        local answer, word = seen.user:call "question"
        seen[#seen + 1] = answer or word
        seen.user = base.users.eve
      until answer
    ]])
    world.reload()
    local tab = world.user "ada"
    ask()
    asked(tab)
    tab:say { "login", "eve" }
    tab:heard()
    world.advance(0)
    tab:say { "ok", "eve's", asked(tab) }
    assert.same({ "closed", "eve's" }, told())
  end)

  it("still answers connection:call", function()
    world.file("actions/other.lua", world.action [[
      seen[1] = next(seen.user.connections) and
        select(2, next(seen.user.connections)):call "question"
    ]])
    world.reload()
    local tab = world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "login", "eve" }
    world.advance(0)
    tab:say { "ok", "mine", id }
    assert.same({ "mine" }, told())
  end)

  it("can still answer after registering as the same user", function()
    local tab = world.user "ada"
    ask()
    local id = asked(tab)
    tab:say { "login", "ada" }
    world.advance(0)
    tab:say { "ok", 1, id }
    assert.same({ { 1, n = 1 } }, told())
  end)
end)

describe("the end of the server", function()
  -- The last of this file: what has ended stays so.
  it("ends the call with 'closed', and refuses new ones", function()
    local phone, tab = world.user "ada", world.user "ada"
    world.file("actions/other.lua", world.action [[
      for i = 1, 2 do seen[i] = table.pack(seen.user:call "question") end
    ]])
    world.reload()
    ask()
    asked(phone)
    asked(tab)
    world.driver.drain(1012)
    local closed = { nil, "closed", n = 2 }
    assert.same({ closed, closed }, told())
  end)
end)

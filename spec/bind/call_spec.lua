-- connection:call asks the client and waits for its answer.
local world = require "spec.helper"

local seen = world.seen
local null = world.null

before_each(function()
  world.project {
    ["actions/ask.lua"] = world.action [[
      seen[#seen + 1] = table.pack(connection:call("question", message.body))
    ]],
    ["actions/quick.lua"] = world.action
      "seen[#seen + 1] = table.pack(connection:call('question', nil, 0.5))",
    ["actions/message.lua"] = world.action [[
      seen[1] = connection:call(base.Message("question", 1), 3)
    ]],
    ["actions/other.lua"] = world.action [[
      seen[1] = table.pack(base.connections[message.body]:call("question"))
    ]],
    ["actions/note.lua"] = world.action "seen[#seen + 1] = message.body",
  }
end)

after_each(world.reset)

-- Makes the client be asked and returns the question's id.
local function asked(client, command, body)
  client:say { command or "ask", body or null }
  local question = client:heard()[1]
  assert.equal("question", question[1])
  assert.matches("^%$%d+$", question[3])
  return question[3], question[2]
end

describe("connection:call", function()
  it("sends the client an id that Base chose", function()
    local ada = world.user "ada"
    local id, body = asked(ada, "ask", { 1 })
    assert.same({ 1 }, body)
    ada:say { "any", { a = 1 }, id }
    assert.same({ { { a = 1 }, n = 1 } }, seen)
  end)

  it("may be a message, with the seconds behind it", function()
    local ada = world.user "ada"
    ada:say { "ok", 7, (asked(ada, "message")) }
    assert.same({ 7 }, seen)
  end)

  it("has a unique id", function()
    local ada, bob = world.user "ada", world.user "bob"
    assert.not_equal((asked(ada)), (asked(bob)))
  end)

  it("returns nil for an answer without a body", function()
    local ada = world.user "ada"
    ada:say { "ok", null, (asked(ada)) }
    assert.same({ { n = 1 } }, seen)
  end)

  for _, row in ipairs {
    { { code = "busy", message = "later" }, "busy" },
    { {}, "error" }, { null, "error" }, { { code = 7 }, "error" },
  } do
    local body, word = row[1], row[2]
    it("may be answered with the error " .. world.json.encode(body), function()
      local ada = world.user "ada"
      ada:say { "error", body, (asked(ada)) }
      assert.same({ { nil, word, n = 2 } }, seen)
    end)
  end

  it("waits ten seconds", function()
    local ada = world.user "ada"
    asked(ada)
    world.advance(9.999)
    assert.same({}, seen)
    world.advance(0.001)
    assert.same({ { nil, "timeout", n = 2 } }, seen)
  end)

  it("waits for the given seconds", function()
    local ada = world.user "ada"
    asked(ada, "quick")
    world.advance(0.5)
    assert.same({ { nil, "timeout", n = 2 } }, seen)
  end)

  it("ends at once when the client has gone", function()
    local ada = world.user "ada"
    asked(ada)
    ada:leave()
    assert.same({ { nil, "closed", n = 2 } }, seen)
  end)

  it("of several tasks ends for all of them when the client goes", function()
    world.project { ["actions/ask.lua"] = world.action [[
      for i = 1, 5 do
        base.spawn(function()
          seen[i] = select(2, connection:call("question"))
        end)
      end
    ]] }
    local ada = world.user "ada"
    ada:say { "ask" }
    world.advance(0.001)
    assert.equal(5, #ada:heard())
    ada:leave()
    assert.same({ "closed", "closed", "closed", "closed", "closed" }, seen)
  end)
end)

describe("an answer", function()
  it("passes messages that wait for the same action", function()
    local ada = world.user "ada"
    local id = asked(ada)
    ada:say { "note", "next" }
    assert.same({}, seen)
    ada:say { "ok", 1, id }
    assert.same({ { 1, n = 1 }, "next" }, seen)
  end)

  it("of another connection does not count", function()
    local ada, bob = world.user "ada", world.user "bob"
    local id = asked(ada)
    bob:say { "ok", "forged", id }
    assert.same({}, seen)
    assert.same({}, bob:heard())
    ada:say { "ok", "true", id }
    assert.same({ { "true", n = 1 } }, seen)
  end)

  it("counts from the called connection, whichever script called", function()
    local ada, bob = world.user "ada", world.user "bob"
    ada:say { "other", bob.connection.id }
    local id = bob:heard()[1][3]
    ada:say { "ok", "forged", id }
    assert.same({}, seen)
    bob:say { "ok", 1, id }
    assert.same({ { 1, n = 1 } }, seen)
  end)

  it("is dropped when no call waits for it", function()
    local ada = world.user "ada"
    local id = asked(ada, "quick")
    world.advance(1)
    ada:say { "ok", "late", id }
    ada:say { "note", "late", id }
    assert.same({ { nil, "timeout", n = 2 } }, seen)
    assert.same({}, ada:heard())
  end)

  it("counts once", function()
    local ada = world.user "ada"
    local id = asked(ada)
    ada:say { "ok", 1, id }
    ada:say { "ok", 2, id }
    assert.same({ { 1, n = 1 } }, seen)
  end)

  it("with an id that Base never gave is dropped", function()
    local ada = world.user "ada"
    local id = asked(ada)
    for _, forged in ipairs { "$", "$0", "$-1", "$x", id .. " ", id .. "x",
        "$ " .. id:sub(2), "$0" .. id:sub(2), "$+" .. id:sub(2), id .. ".0",
        "$18446744073709551617", "$99999999999999999999999" } do
      ada:say { "ok", "forged", forged }
    end
    assert.same({}, seen)
    assert.same({}, ada:heard())
    assert.is_nil(ada:closed())
  end)
end)

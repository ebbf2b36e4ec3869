-- The quickstart's own actions, tested as a user of Base tests theirs.
local test = require "base.test"
local json = require "base.json"

describe("the quickstart", function()
  local ada, bob

  before_each(function()
    ada = test.connection { id = "Ada", name = "Ada" }
    bob = test.connection { id = "Bob", name = "Bob" }
  end)

  after_each(test.reset)

  it("says hello, with the id of the question", function()
    local hello = test.action "actions/hello.lua"
    hello(ada, test.message("hello", "world", 1))
    assert.same({ { "alert", "Hello, world!", 1 } }, test.sent(ada))
  end)

  describe("in a room", function()
    before_each(function()
      test.use { channels = dofile "base.lua".channels }
      ada = test.connection { id = "Ada", name = "Ada" }
      bob = test.connection { id = "Bob", name = "Bob" }
      test.join(ada, "room:lobby")
    end)

    teardown(function() test.use() end)

    it("tells who is there, by name", function()
      local joined = test.join(bob, "room:lobby")
      assert.same({ Ada = { name = "Ada" }, Bob = { name = "Bob" } },
        joined.members)
      local came = { came = { Bob = { name = "Bob" } }, count = 2 }
      assert.same({ { "$members", came, json.null, "room:lobby" } },
        test.sent(ada))
    end)

    it("tells everyone who says what, also those who come later", function()
      assert.equal(1, test.send(ada, "room:lobby", "said", "hi"))
      local said = { from = "Ada", text = "hi" }
      assert.same({ { "said", said, json.null, "room:lobby", 1 } },
        test.sent(ada))
      local joined = test.join(bob, "room:lobby", { last = 20 })
      assert.same({ { "said", said, 1 } }, joined.missed)
    end)

    it("says what is wrong with something that is no text", function()
      local _, refused = test.send(ada, "room:lobby", "said", 42)
      assert.equal("text", refused.code)
      _, refused = test.send(ada, "room:lobby", "shouted", "hi")
      assert.equal("text", refused.code)
    end)

    it("hears nobody who is not in it", function()
      local _, refused = test.send(bob, "room:lobby", "said", "hi")
      assert.equal("forbidden", refused.code)
      assert.same({}, test.sent(ada))
    end)

    it("lets no guest in", function()
      local _, refused = test.join(test.connection(), "room:lobby")
      assert.equal("forbidden", refused.code)
    end)
  end)

  it("whispers to all tabs of one user", function()
    local whisper = test.action "actions/whisper.lua"
    local tab = test.connection { id = "Bob", name = "Bob" }
    whisper(ada, test.message("whisper", { to = "Bob", text = "psst" }, 3))
    local heard = { { "whispered", { from = "Ada", text = "psst" } } }
    assert.same(heard, test.sent(bob))
    assert.same(heard, test.sent(tab))
    assert.same({ { "ok", { tabs = 2 }, 3 } }, test.sent(ada))
  end)

  it("says that somebody is not here", function()
    local whisper = test.action "actions/whisper.lua"
    whisper(ada, test.message("whisper", { to = "Eve", text = "psst" }, 4))
    assert.equal("offline", test.sent(ada)[1][2].code)
  end)

  describe("when it asks", function()
    local quiz

    local function ask()
      quiz = test.action "actions/quiz.lua"
      quiz(ada, test.message("quiz", nil, 6))
      local question = test.sent(ada)[1]
      local a, b = question[2]:match("(%d+) × (%d+)")
      return question[3], a * b
    end

    local function answer(id, value)
      local message = test.message("ok", value)
      message.id = id
      quiz(ada, message)
      return test.sent(ada)
    end

    it("knows a right answer", function()
      local id, product = ask()
      assert.same({ { "alert", "That is right!", 6 } }, answer(id, product))
    end)

    it("knows a wrong one", function()
      local id, product = ask()
      local text = ("Not quite: it is %d."):format(product)
      assert.same({ { "alert", text, 6 } }, answer(id, "no idea"))
    end)

    it("goes on without one after half a minute", function()
      ask()
      test.advance(29)
      assert.same({}, test.sent(ada))
      test.advance(2)
      assert.same({ { "alert", "No answer (timeout).", 6 } }, test.sent(ada))
    end)
  end)

  it("has one action that fails", function()
    local oops = test.action "actions/oops.lua"
    local ok, err = pcall(oops, ada, test.message("oops"))
    assert.is_false(ok)
    assert.matches("^actions/oops.lua:4: attempt to index a nil value", err)
    assert.equal("failed", test.sent(ada)[1][2].code)
  end)
end)

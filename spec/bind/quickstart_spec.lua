-- The quickstart's own actions, tested as a user of Base tests theirs.
local test = require "base.test"

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

  it("speaks to everyone", function()
    local say = test.action "actions/say.lua"
    say(ada, test.message("say", "hi"))
    local said = { { "said", { from = "Ada", text = "hi" } } }
    assert.same(said, test.sent(ada))
    assert.same(said, test.sent(bob))
  end)

  it("says what is wrong with something that is no text", function()
    local say = test.action "actions/say.lua"
    say(ada, test.message("say", 42, 2))
    local answer = test.sent(ada)[1]
    assert.equal("error", answer[1])
    assert.equal("text", answer[2].code)
    assert.equal(2, answer[3])
    assert.same({}, test.sent(bob))
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

  it("tells who is online, and nothing but id and name", function()
    local who = test.action "actions/who.lua"
    who(ada, test.message("who", nil, 5))
    local answer = test.sent(ada)[1]
    table.sort(answer[2], function(a, b) return a.id < b.id end)
    assert.same({ "users", {
      { id = "Ada", name = "Ada" },
      { id = "Bob", name = "Bob" },
    }, 5 }, answer)
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

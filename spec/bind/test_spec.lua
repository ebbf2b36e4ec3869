-- base.test knows the options of `register`.
local test = require "base.test"

after_each(test.reset)

describe("test.connection", function()
  it("registers for as long as it is told", function()
    local ada = test.connection({ id = 1 }, { expires = 60, grace = 5 })
    local bob = test.connection({ id = 2 }, { expires = 60 })
    local eve = test.connection { id = 3 }
    test.advance(60)
    assert.same({ { "expired" } }, test.sent(ada))
    assert.same({ { "expired" } }, test.sent(bob))
    assert.same({}, test.sent(eve))
    test.advance(5)
    assert.equal(4001, (test.closed(ada)))
    assert.is_nil(test.closed(bob))
    test.advance(5)
    assert.equal(4001, (test.closed(bob)))
    test.advance(1000)
    assert.is_nil(test.closed(eve))
  end)

  it("offers a subprotocol, which is chosen where it is spoken", function()
    local function chosen(offer)
      return test.connection({ id = 1 }, { protocol = offer }).protocol
    end
    assert.is_nil(chosen "ocpp1.6")
    assert.equal("base.v1", chosen "base.v1")
    assert.is_nil(chosen(nil))
    test.use { protocols = { "ocpp1.6" } }
    finally(test.use)
    assert.equal("ocpp1.6", chosen "ocpp1.6")
    assert.equal("ocpp1.6", chosen "base.v1, ocpp1.6")
    assert.equal("base.v1", chosen "base.v1")
    assert.is_nil(chosen "ocpp2.0")
  end)

  it("shows its query and its cookies as the server does", function()
    local request = test.connection({ id = 1 }, { path = "/?a=1&a=%32",
      headers = { cookie = "a=1; %61=2; a=3" } }).request
    assert.same({ "a=1&a=%32", { a = "2" }, { a = { "1", "2" } } },
      { request.query_string, request.query, request.query_list })
    assert.same({ a = "1", ["%61"] = "2" }, request.cookies)
  end)

  it("shows what an action registers again", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      return function(connection, message)
        connection:register({ id = 1 }, { expires = message.body })
      end]]
    file:close()
    local renew = test.action(path)
    os.remove(path)
    local ada = test.connection({ id = 1 }, { expires = 60 })
    renew(ada, test.message("renew", 100))
    assert.equal("authenticated", test.sent(ada)[1][1])
    test.advance(99)
    assert.same({}, test.sent(ada))
    test.advance(1)
    assert.same({ { "expired" } }, test.sent(ada))
  end)
end)

describe("test.message", function()
  it("makes a message for a channel, whose answers are for it too", function()
    local channel
    test.use { on = { before = function(_, message)
      channel = message.channel
      return false
    end } }
    finally(test.use)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write "return function() error 'no' end"
    file:close()
    local action = test.action(path)
    os.remove(path)
    local ada = test.connection { id = 1 }
    for id, name in pairs { "room:1", "room:2" } do
      action(ada, test.message("said", nil, id, name))
      assert.equal(name, channel)
      local answer = test.sent(ada)[1]
      assert.same({ "error", id, name }, { answer[1], answer[3], answer[4] })
    end
  end)
end)

describe("channels", function()
  local base, json = require "base", require "base.json"
  local ada, bob, heard

  -- A base.lua whose channels tell what they do.
  local function rules()
    return {
      news = { public = true, send = true },
      ["room:*"] = {
        join = function(connection, channel, body)
          heard = { tostring(channel), body }
          if connection.user.banned then error { code = "banned" } end
          return true, { name = connection.user.name }
        end,
        send = function(_, message) return type(message.body) == "string" end,
        presence = true,
        history = { size = 3, seconds = 7200 },
      },
      waits = { join = function()
        base.sleep(2)
        return true
      end },
      raises = {
        join = function() error "no such table" end,
        public = true,
        send = function() error "no such field" end,
      },
    }
  end

  before_each(function()
    test.use { channels = rules() }
    ada = test.connection { id = 1, name = "Ada" }
    bob = test.connection { id = 2, name = "Bob" }
  end)
  after_each(function()
    test.use()
    test.reset()
  end)

  it("are joined through the rules", function()
    local joined, position = test.join(ada, "room:42")
    assert.same({ { ["1"] = { name = "Ada" } }, 1, 0 },
      { joined.members, joined.count, position })
    assert.same({ "room:42", nil }, heard)
    test.sent(ada)
    test.join(bob, "room:42", { body = "please" })
    assert.same({ "room:42", "please" }, heard)
    assert.same({ "room:42" }, bob.channels)
    local came = { ["2"] = { name = "Bob" } }
    assert.same({ { "$members", { came = came, count = 2 }, json.null,
      "room:42" } }, test.sent(ada))
    assert.same({ 2, 2 }, { base.channel "room:42":count() })
  end)

  it("refuse with a code", function()
    local eve = test.connection { id = 3, banned = true }
    local joined, refused = test.join(eve, "room:42")
    assert.same({ nil, "banned" }, { joined, refused.code })
    assert.equal("forbidden", select(2, test.join(ada, "nowhere")).code)
    assert.equal("invalid",
      select(2, test.join(ada, "room:42", { last = -1 })).code)
    assert.equal("forbidden", select(2, test.send(ada, "room:42", "a")).code)
    assert.equal("forbidden", select(2, test.history(ada, "room:42")).code)
    test.join(ada, "room:42")
    assert.equal("forbidden",
      select(2, test.send(ada, "room:42", "said", 7)).code)
    assert.same({}, test.sent(ada))
  end)

  it("give each member what is sent", function()
    test.join(ada, "room:42")
    test.join(bob, "room:42")
    test.sent(ada)
    test.sent(bob)
    assert.equal(1, test.send(ada, "room:42", "said", "hi"))
    assert.equal(2, base.channel "room:42":send("said", "yes"))
    local both = { { "said", "hi", json.null, "room:42", 1 },
      { "said", "yes", json.null, "room:42", 2 } }
    assert.same(both, test.sent(ada))
    assert.same(both, test.sent(bob))
    assert.is_true(test.leave(bob, "room:42"))
    assert.equal(3, test.send(ada, "room:42", "said", "bye"))
    assert.same({}, test.sent(bob))
  end)

  it("need no history, and no user where they are public", function()
    local guest = test.connection()
    test.join(ada, "news")
    assert.is_true(test.send(guest, "news", "said", "hi"))
    assert.same({ { "said", "hi", json.null, "news" } }, test.sent(ada))
    assert.same({}, (test.history(ada, "news")))
  end)

  it("have a history, until it is too old", function()
    test.join(ada, "room:42")
    for i = 1, 4 do test.send(ada, "room:42", "said", tostring(i)) end
    local last, epoch = test.history(ada, "room:42", { limit = 2 })
    assert.same({ { "said", "3", 3 }, { "said", "4", 4 } }, last)
    assert.same({ { "said", "2", 2 } },
      (test.history(ada, "room:42", { before = 3 })))
    assert.same({ { "said", "4", 4 } },
      test.join(bob, "room:42", { since = 3, epoch = epoch }).missed)
    assert.is_false(
      test.join(bob, "room:42", { since = 0, epoch = epoch }).recovered)
    test.advance(7199)
    assert.equal(3, #test.history(ada, "room:42"))
    test.advance(1)
    assert.same({}, (test.history(ada, "room:42")))
  end)

  it("keep who comes back in time", function()
    test.join(ada, "room:42")
    test.join(bob, "room:42")
    test.sent(bob)
    test.disconnect(ada)
    test.advance(4.9)
    assert.same({}, test.sent(bob))
    test.advance(0.1)
    assert.same({ { "$members", { went = { "1" }, count = 1 }, json.null,
      "room:42" } }, test.sent(bob))
  end)

  it("answer later where the rule waits", function()
    assert.is_nil(test.join(ada, "waits"))
    test.advance(1)
    assert.same({}, test.sent(ada))
    test.advance(1)
    assert.same({ { "$joined", {}, "test", "waits" } }, test.sent(ada))
  end)

  it("show what a rule raises", function()
    assert.error_matches(function() test.join(ada, "raises") end,
      "no such table")
    assert.error_matches(function() test.send(ada, "raises", "said") end,
      "no such field")
  end)

  it("end with test.reset", function()
    local _, position = test.join(ada, "room:42")
    test.send(ada, "room:42", "said", "hi")
    assert.same({ "room:42" }, base.channels "")
    test.reset()
    assert.same({}, base.channels "")
    ada = test.connection { id = 1, name = "Ada" }
    assert.equal(position, select(2, test.join(ada, "room:42")))
  end)

  it("have the rules of a file", function()
    local path = os.tmpname()
    local function write(text)
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
    end
    finally(function() os.remove(path) end)
    write [[return {
      authenticate = function(_, register) register(false) end,
      actions = { path = "no such folder" },
      channels = { ["hall"] = { send = true } },
    }]]
    test.use(path)
    assert.is_table((test.join(ada, "hall")))
    assert.equal("forbidden", select(2, test.join(ada, "room:42")).code)
    write "return {"
    assert.error_matches(function() test.use(path) end, path .. ":1:")
    write "return 7"
    assert.error_matches(function() test.use(path) end, "table of settings")
  end)
end)

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

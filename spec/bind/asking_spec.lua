-- Actions that ask another application, tested as a user of Base tests them.
local test = require "base.test"

local ACTION = [[
local http = require "base.http"
return function(_, message)
  local reply, why = http.post("http://127.0.0.1:8000/orders", nil, {
    json = message.body, headers = { ["X-Shop"] = "1", ["X-Empty"] = "" } })
  if not reply then error { code = why, message = "try again" } end
  return message:respond("ordered", { status = reply.status,
    place = reply.headers.location, order = reply:json() })
end]]

describe("an action that asks", function()
  local path, order, ada

  setup(function()
    path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(ACTION)
    file:close()
  end)

  teardown(function()
    os.remove(path)
  end)

  before_each(function()
    order = test.action(path)
    ada = test.connection { id = 1 }
  end)

  after_each(test.reset)

  it("shows what it asks, and gets what it is told", function()
    order(ada, test.message("order", { tea = 2 }, 7))
    assert.same({ {
      method = "POST",
      url = "http://127.0.0.1:8000/orders",
      headers = { ["content-type"] = "application/json", ["x-shop"] = "1",
        ["x-empty"] = "" },
      body = '{"tea":2}',
    } }, test.requests())
    assert.same({}, test.sent(ada))
    test.reply(201, "17", { Location = "/orders/17" })
    local body = { status = 201, place = "/orders/17", order = 17 }
    assert.same({ { "ordered", body, 7 } }, test.sent(ada))
    assert.same({}, test.requests())
  end)

  it("may fail", function()
    order(ada, test.message("order", {}, 8))
    test.reply(nil, "unreachable")
    local body = { code = "unreachable", message = "try again" }
    assert.same({ { "error", body, 8 } }, test.sent(ada))
  end)

  it("gets its answers in the order of the questions", function()
    local bob = test.connection { id = 2 }
    order(ada, test.message("order", {}, 1))
    order(bob, test.message("order", {}, 2))
    test.reply(200, "1")
    assert.equal(200, test.sent(ada)[1][2].status)
    assert.same({}, test.sent(bob))
    test.reply(202, "2")
    assert.equal(202, test.sent(bob)[1][2].status)
  end)

  it("is not answered before it asks", function()
    assert.has_error(function() test.reply(200) end,
      "no request waits for an answer")
  end)
end)

-- Requests of the application with an Idempotency-Key, which are sent twice.
local world = require "spec.helper"

local core = require "base.core"
local once = require "base.api.once"
local driver, json = world.driver, world.json

local KEY = "0123456789abcdef"

local SETTINGS = ([[
  api = { listen = "127.0.0.1:9001", key = %q },
  channels = { ["room:*"] = { history = { size = 9, seconds = 3600 } } },
]]):format(KEY)

local ROOM = "/channels/room:1/send"

-- Asks with a key; world.answer takes the answer.
local function ask(key, body, path)
  return world.request("POST " .. (path or ROOM), {
    "Authorization: Bearer " .. KEY, "Idempotency-Key: " .. key,
  }, json.encode(body or { "said", "hi" }), true)
end

local function answered(request)
  local answer = world.answer(request)
  if answer then return { answer.status, json.decode(answer.body) } end
end

local function send(...)
  return assert(answered(ask(...)), "there is no answer")
end

-- The status and the code of an error.
local function refused(...)
  local answer = send(...)
  assert.is_string(answer[2].error.message)
  return { answer[1], answer[2].error.code }
end

local function batch(items)
  local request = world.request("POST /batch",
    { "Authorization: Bearer " .. KEY }, json.encode(items), true)
  return answered(request)[2].results
end

local function open()
  world.advance(300) -- the keys of the test before are forgotten
  world.project { ["base.lua"] = world.settings(SETTINGS) }
end

after_each(world.reset)

describe("A request with an Idempotency-Key", function()
  before_each(open)

  it("runs once, and is answered the same again", function()
    assert.same({ 200, { position = 1 } }, send "one")
    assert.same({ 200, { position = 1 } }, send "one")
    assert.same({ 200, { position = 2 } }, send "two")
    assert.same({ 200, { position = 2 } }, send "two")
  end)

  it("is another one after five minutes", function()
    send "late"
    world.advance(299)
    assert.same({ 200, { position = 1 } }, send "late")
    world.advance(1)
    assert.same({ 200, { position = 2 } }, send "late")
  end)

  it("may not be used for another request", function()
    send "same"
    for _, other in ipairs { { { "said", "ho" } }, { { "said" } },
      { nil, "/channels/room:2/send" }, { nil, ROOM .. "?keep=false" },
      { nil, "/users/room:1/send" }, { nil, "/broadcast" } } do
      assert.same({ 422, "key" }, refused("same", other[1], other[2]))
    end
  end)

  it("must have a key of visible ASCII", function()
    for _, key in ipairs { "a b", "é", "\127", ("x"):rep(129) } do
      assert.same({ 400, "key" }, refused(key))
    end
    assert.same({ 200, { position = 1 } }, send(("~"):rep(128)))
  end)

  it("is remembered when it was wrong, too", function()
    local wrong = send("wrong", { 1 })
    assert.equal(422, wrong[1])
    assert.same(wrong, send("wrong", { 1 }))
    assert.same({ 422, "key" }, refused "wrong")
  end)

  it("reaches users, connections and all but once", function()
    local ada = world.user "ada"
    for _, path in ipairs { "/users/ada/send", "/broadcast",
      ("/connections/%d/send"):format(ada.connection.id) } do
      assert.same({ 200, { connections = 1 } }, send(path, nil, path))
      assert.same({ 200, { connections = 1 } }, send(path, nil, path))
      assert.equal(1, #ada:heard())
    end
  end)

  it("is the same in a batch as alone", function()
    local item = { method = "POST", path = ROOM, body = { "said", "hi" },
      key = "b" }
    local done = { status = 200, body = { position = 1 } }
    assert.same({ done, done }, batch { item, item })
    assert.same({ 200, { position = 1 } }, send "b")
    item.key = json.null
    assert.equal(2, batch { item }[1].body.position)
    for _, key in ipairs { 7, false, "a b" } do
      item.key = key
      assert.equal("key", batch { item }[1].body.error.code)
    end
  end)

  it("may be no call and no batch", function()
    assert.same({ 422, "key" }, refused("c", nil, "/users/ada/call"))
    assert.same({ 422, "key" }, refused("c", nil, "/batch"))
  end)
end)

describe("A request with an Idempotency-Key that waits", function()
  before_each(function()
    driver.bus "by hand"
    open()
  end)

  after_each(function()
    driver.bus "late"
    world.reset()
    driver.bus "memory"
  end)

  local function let_bus_answer()
    while driver.bus_waiting()[1] do driver.bus_do(1) end
    world.advance(0.001)
  end

  it("has those that come meanwhile wait for its answer", function()
    local first, others = ask "x", {}
    for i = 1, 3 do others[i] = ask "x" end
    assert.equal(1, #driver.bus_waiting())
    assert.same({ 422, "key" }, refused("x", { "other" }))
    assert.is_nil(answered(others[1]))
    let_bus_answer()
    assert.same({ 200, { position = 1 } }, answered(first))
    for i = 1, 3 do
      assert.same({ 200, { position = 1 } }, answered(others[i]))
    end
  end)

  it("runs again if the bus has failed", function()
    driver.bus_fail "cluster"
    local first, second = ask "x", ask "x"
    let_bus_answer()
    driver.bus_fail()
    for _, request in ipairs { first, second } do
      local answer = answered(request)
      assert.same({ 503, "cluster" }, { answer[1], answer[2].error.code })
    end
    local again = ask "x"
    let_bus_answer()
    assert.same({ 200, { position = 1 } }, answered(again))
  end)

  it("does not run again if the bus may have published it", function()
    local first = ask "x"
    world.advance(10)
    assert.equal("timeout", answered(first)[2].error.code)
    let_bus_answer()
    assert.equal("timeout", send("x")[2].error.code)
    assert.equal(0, #driver.bus_waiting())
  end)
end)

describe("Requests with Idempotency-Keys", function()
  before_each(open)

  it("are run by the next one if the first does not end", function()
    local fails, runs = true, 0
    local route = { method = "POST", path = "/x", handler = function()
      runs = runs + 1
      if fails then
        core.sleep(1)
        error "out of memory"
      end
      return 200, { n = runs }
    end }
    local call, seen = { query = {}, body = {} }, {}
    for i = 1, 3 do
      core.later(0.001, function()
        seen[i] = table.pack(pcall(once.serve, "x", route, call))
      end)
    end
    world.advance(0.5)
    fails = false
    world.advance(1)
    assert.is_false(seen[1][1])
    assert.same({ true, 200, '{"n":2}', n = 3 }, seen[2])
    assert.same({ true, 200, '{"n":2}', n = 3 }, seen[3])
  end)

  it("are forgotten early, and told of, when there are too many", function()
    local runs = 0
    local route = { method = "POST", path = "/x", handler = function()
      runs = runs + 1
      return 200, { text = ("x"):rep(1 << 20) }
    end }
    local function serve(key)
      once.serve(key, route, { query = {}, body = {} })
      return runs
    end
    for i = 1, 15 do serve(tostring(i)) end
    assert.equal(15, serve "1")
    assert.not_matches("forgotten", world.log())
    assert.equal(16, serve "16")
    assert.equal(17, serve "17")
    assert.matches("too many Idempotency%-Keys", world.log())
    assert.equal(17, serve "3")
    assert.equal(18, serve "1")
  end)
end)

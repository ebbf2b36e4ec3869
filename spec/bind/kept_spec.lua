-- What is kept of a user's messages, and of an address's, however many
-- connections they have.
local world = require "spec.helper"

local driver, seen = world.driver, world.seen

local BASE = [[
local base, seen = require "base", require "seen"
return {
  authenticate = function(connection, register)
    local query = connection.request.query
    if query.late then base.sleep(5) end
    if query.user then register(connection, { id = query.user }) end
  end,
  actions = { public = { "wait", "login" } },
  http = function(request)
    base.sleep(10)
    return 200, tostring(#request.body)
  end,
  on = {
    binary = function(_, bytes)
      base.sleep(10)
      seen[#seen + 1] = #bytes
    end,
    disconnect = function() end,
  },
  limits = { %s },
}
]]

local FILES = {
  ["actions/wait.lua"] = world.action [[
    base.sleep(10)
    seen[#seen + 1] = message.id
    return message:respond("waited", nil)
  ]],
  ["actions/login.lua"] = world.action [[
    connection:register { id = message.body }
    base.sleep(10)
    return message:respond("in", nil)
  ]],
}

local function set(limits)
  world.file("base.lua", BASE:format(limits))
end

local function project(limits)
  local files = { ["base.lua"] = BASE:format(limits) }
  for path, text in pairs(FILES) do files[path] = text end
  world.project(files)
end

local function join(user, address)
  local client = world.connect { path = user and "/?user=" .. user or "/",
    address = address }
  client:heard()
  return client
end

local function join_late(user)
  return world.connect { path = "/?late=1&user=" .. user }
end

local function leave(crowd)
  for _, client in ipairs(crowd) do client:leave() end
end

-- How many of so many messages of a client are taken.
local function count_taken(client, count, body)
  local taken = count
  for i = 1, count do client:say { "wait", body or world.null, i } end
  for _, message in ipairs(client:heard()) do
    if message[1] == "error" and message[2].code == "busy" then
      assert.equal("too many messages are waiting", message[2].message)
      taken = taken - 1
    end
  end
  return taken
end

-- How many messages of a size are taken of so many connections, with two each.
local function fill(count, body, user_of, address_of)
  local crowd, taken = {}, 0
  for i = 1, count do
    crowd[i] = join(user_of(i), address_of and address_of(i))
    taken = taken + count_taken(crowd[i], 2, body)
  end
  return taken, crowd
end

local function the_same() return "ada" end
local function another(i) return "user" .. i end
local function nobody() end

local KB = ("x"):rep(1000)

after_each(function()
  world.reset()
  world.advance(100)
  assert.same({ 0, 0 }, { driver.kept() })
end)

describe("limits.waiting_per_user", function()
  it("holds for all connections of a user together", function()
    project "waiting_per_user = 100000"
    local taken, crowd = fill(60, KB, the_same)
    assert.is_true(taken > 20 and taken < 70, taken .. " taken")
    assert.equal(0, count_taken(crowd[60], 1, KB))
    -- Others are served.
    assert.equal(2, count_taken(join "bob", 2, KB))
    assert.is_true(driver.kept() < 100000 + 10000)
  end)

  it("accepts messages again when others have been served", function()
    project "waiting_per_user = 30000"
    local taken, crowd = fill(40, KB, the_same)
    for _ = 1, 3 do world.advance(10) end
    assert.same({ 0, 0 }, { driver.kept() })
    -- What did not fit any more at its turn was told so, too.
    local busy = 0
    for _, client in ipairs(crowd) do
      for _, message in ipairs(client:heard()) do
        if message[1] == "error" then busy = busy + 1 end
      end
    end
    assert.equal(taken, #seen + busy)
    leave(crowd)
    assert.equal(taken, (fill(40, KB, the_same)))
  end)

  it("counts what a message takes beside its bytes", function()
    project "waiting_per_user = 100000"
    local crowd, taken = {}, 0
    for i = 1, 40 do
      crowd[i] = join "ada"
      taken = taken + count_taken(crowd[i], 64)
    end
    assert.is_true(taken < 600, taken .. " taken")
  end)

  -- A collection at every step has an allocator of its own, which counts none.
  if not os.getenv "BASE_GC_STRESS" then
    it("counts the values that an action has, not their bytes", function()
      project "waiting_per_user = 1000000"
      local body = {}
      for i = 1, 5000 do body[i] = world.json.empty_array end
      local before = collectgarbage "count"
      local taken = fill(40, body, the_same)
      assert.is_true(taken >= 2 and taken < 20, taken .. " taken")
      collectgarbage()
      local grown = collectgarbage "count" - before
      assert.is_true(grown < 2000, grown .. " KB")
    end)
  end

  it("accepts one message of any size when none waits",
    function()
      project "waiting_per_user = 100, waiting_per_address = 100"
      assert.equal(1, count_taken(join "ada", 1, KB))
      world.advance(10)
      assert.same({ 1 }, seen)
    end)

  it("holds for binary messages, too", function()
    project "waiting_per_user = 10000"
    local crowd = {}
    for i = 1, 20 do
      crowd[i] = join "ada"
      driver.receive(crowd[i].connection, KB, "binary")
    end
    assert.same({}, crowd[1]:heard())
    assert.equal("busy", crowd[20]:heard()[1][2].code)
  end)

  it("counts what waited for `authenticate`", function()
    project "waiting_per_user = 20000"
    local late = {}
    for i = 1, 10 do
      late[i] = join_late "ada"
      for id = 1, 4 do late[i]:say { "wait", KB, id } end
    end
    assert.equal(0, (driver.kept()))
    world.advance(5)
    local kept = driver.kept()
    assert.is_true(kept > 20000, kept .. " kept")
    assert.equal(0, count_taken(late[1], 1, KB))
  end)

  it("moves with a connection to another user", function()
    project "waiting_per_user = 20000"
    local client = join()
    client:say { "login", "ada" }
    for id = 1, 10 do client:say { "wait", KB, id } end
    assert.is_true(driver.kept() > 10000)
    local other = join "ada"
    assert.is_true(count_taken(other, 20, KB) < 10)
  end)

  it("counts running actions of closed connections", function()
    project "waiting_per_user = 20000"
    for _ = 1, 30 do
      local client = join "ada"
      count_taken(client, 1, KB)
      client:leave()
    end
    world.advance(6) -- and the user is offline
    assert.equal(0, count_taken(join "ada", 1, KB))
    world.advance(4)
    assert.equal(1, count_taken(join "ada", 1, KB))
  end)

  it("is off when 0", function()
    project "waiting_per_user = 0, waiting_per_address = 0, memory = 1000000000"
    assert.equal(400, (fill(200, KB, the_same)))
  end)

  it("is changed by a reload at once", function()
    project "waiting_per_user = 0"
    local client = join "ada"
    assert.equal(20, count_taken(client, 20, KB))
    set "waiting_per_user = 5000"
    assert.is_true(world.reload())
    assert.equal(0, count_taken(client, 5, KB))
    set "waiting_per_user = 50000"
    assert.is_true(world.reload())
    assert.equal(5, count_taken(client, 5, KB))
  end)
end)

describe("limits.waiting_per_address", function()
  local LIMITS = "waiting_per_address = 100000"

  it("holds for all users and guests of an address together", function()
    for _, user_of in ipairs { another, nobody } do
      project(LIMITS)
      local taken, crowd = fill(60, KB, user_of)
      assert.is_true(taken > 20 and taken < 70, taken .. " taken")
      local bob = join("bob", "192.0.2.7")
      assert.equal(2, count_taken(bob, 2, KB))
      leave(crowd)
      bob:leave()
      world.advance(20)
    end
  end)

  it("counts an IPv6 network, or a Unix socket, as one", function()
    for _, address_of in ipairs {
      function(i) return ("2001:db8::%x"):format(i) end,
      function() return "unix" end,
    } do
      project(LIMITS)
      local taken, crowd = fill(60, KB, another, address_of)
      assert.is_true(taken > 20 and taken < 70, taken .. " taken")
      leave(crowd)
      world.advance(20)
    end
    project(LIMITS)
    assert.equal(120, (fill(60, KB, another, function(i)
      return ("2001:db8:0:%x::1"):format(i)
    end)))
  end)

  it("counts requests that a handler has", function()
    project(LIMITS)
    local requests = {}
    for i = 1, 30 do
      requests[i] = world.request("POST /", { "Content-Length: 9000" },
        ("x"):rep(9000))
    end
    assert.is_nil(world.answer(requests[1]))
    assert.equal(503, world.answer(requests[30]).status)
    world.advance(10)
    assert.equal("9000", world.answer(requests[1]).body)
    assert.equal(0, select(2, driver.kept()))
    assert.matches("request refused: too many requests of this address are "
      .. "waiting %(limits.waiting_per_address%)", world.log())
  end)
end)

describe("A small heap", function()
  it("is not filled by one user or address", function()
    -- Other specs have left something in the heap of this process.
    collectgarbage()
    local memory = 20000000 + math.floor(1024 * collectgarbage "count")
    project(("memory = %d, pending_messages = 0"):format(memory))
    local function keep(user_of, most)
      local taken, crowd = fill(400, ("x"):rep(40000), user_of)
      assert.is_true(40000 * taken < most, taken .. " taken")
      leave(crowd)
    end
    keep(the_same, memory / 8)
    assert.is_true(driver.kept() < memory / 8)
    world.advance(100)
    keep(another, memory / 3)
    assert.is_true(select(2, driver.kept()) < memory / 3)
  end)
end)

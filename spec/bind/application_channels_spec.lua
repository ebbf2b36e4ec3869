-- What the application says of channels over HTTP.
local world = require "spec.helper"

local base = require "base"
local json = world.json

local KEY = "0123456789abcdef"

local SETTINGS = ([[
  api = { listen = "127.0.0.1:9001", key = %q },
  channels = {
    ["room:*"] = {
      send = true, presence = true, history = { size = 3, seconds = 3600 },
      join = function(connection)
        return true, { name = connection.user.id }
      end,
    },
  },
]]):format(KEY)

local function ask(line, body, headers)
  local lines = { "Authorization: Bearer " .. KEY }
  for _, header in ipairs(headers or {}) do lines[#lines + 1] = header end
  if type(body) == "table" then body = json.encode(body) end
  return world.request(line, lines, body, true)
end

local function asked(...)
  local answer = assert(world.answer(ask(...)), "there is no answer")
  return answer.status, json.decode(answer.body)
end

local function refused(...)
  local status, body = asked(...)
  assert.is_string(body.error.message)
  return status, body.error.code
end

-- Lets a client join and skips what it is told.
local function join(client)
  client:say { "$join", json.null, 1, "room:1" }
  client:heard()
end

after_each(world.reset)

describe("The application", function()
  before_each(function()
    world.project { ["base.lua"] = world.settings(SETTINGS) }
  end)

  it("sends to a channel and is told the position", function()
    local ada = world.user "ada"
    join(ada)
    assert.same({ 200, { position = 1 } },
      { asked("POST /channels/room:1/send", { "said", "hi" }) })
    assert.same({ { "said", "hi", json.null, "room:1", 1 } }, ada:heard())
    assert.same({ 200, {} },
      { asked("POST /channels/room:1/send?keep=false", { "typing" }) })
    assert.same({ { "typing", json.null, json.null, "room:1" } }, ada:heard())
    assert.same({ 200, {} }, { asked("POST /channels/x/send", { "said" }) })
  end)

  it("names a channel percent-encoded", function()
    asked("POST /channels/room:a%2Fb%20%C3%A9/send", { "said", 1 })
    local _, found = asked "GET /channels?prefix=room:a"
    assert.same({ channels = { "room:a/b é" }, total = 1 }, found)
    for _, name in ipairs { "%24x", "%00", "%FF", ("a"):rep(129) } do
      assert.same({ 400, "channel" },
        { refused("POST /channels/" .. name .. "/send", { "said" }) })
    end
  end)

  it("sees who is in a channel", function()
    local ada = world.user "ada"
    join(ada)
    local status, found = asked "GET /channels/room:1"
    assert.equal(200, status)
    assert.is_string(found.epoch)
    found.epoch = nil
    assert.same({ name = "room:1", count = { users = 1, connections = 1 },
      position = 0, members = { ada = { name = "ada" } } }, found)
    assert.same({ 200, { name = "empty", members = {},
      count = { users = 0, connections = 0 } } },
      { asked "GET /channels/empty" })
  end)

  it("sees a user with two tabs once, and guests as a number", function()
    world.project { ["base.lua"] = world.settings(SETTINGS
      .. "limits = { members_listed = 1 }") }
    local function let_in(client)
      base.channel "open":join(client.connection)
    end
    let_in(world.user "ada")
    let_in(world.user "ada")
    let_in(world.connect())
    local _, found = asked "GET /channels/open"
    assert.same({ name = "open", members = { ada = {} },
      count = { users = 1, connections = 3 } }, found)
    let_in(world.user "bob")
    _, found = asked "GET /channels/open"
    assert.same({ name = "open", listed = false,
      count = { users = 2, connections = 4 } }, found)
  end)

  it("reads and clears a history", function()
    for i = 1, 4 do asked("POST /channels/room:1/send", { "n", i }) end
    local _, found = asked "GET /channels/room:1/history"
    assert.same({ { "n", 2, 2 }, { "n", 3, 3 }, { "n", 4, 4 } },
      found.messages)
    assert.equal(4, found.position)
    _, found = asked "GET /channels/room:1/history?before=4&limit=1"
    assert.same({ { "n", 3, 3 } }, found.messages)
    _, found = asked "GET /channels/room:1/history?after=2&limit=1"
    assert.same({ { "n", 3, 3 } }, found.messages)
    assert.same({ 200, {} }, { asked "DELETE /channels/room:1/history" })
    _, found = asked "GET /channels/room:1/history"
    assert.same({}, found.messages)
    _, found = asked "GET /channels/x/history"
    assert.same({ messages = {} }, found)
    for _, query in ipairs { "limit=0", "limit=x", "before=-1", "after=1.5" } do
      assert.same({ 422, "query" },
        { refused("GET /channels/room:1/history?" .. query) })
    end
  end)

  it("lists channels page by page", function()
    for _, name in ipairs { "room:c", "room:a", "room:b" } do
      asked("POST /channels/" .. name .. "/send", { "n" })
    end
    local _, found = asked "GET /channels?limit=2"
    assert.same({ channels = { "room:a", "room:b" }, total = 3 }, found)
    _, found = asked "GET /channels?limit=2&after=room:b"
    assert.same({ channels = { "room:c" }, total = 3 }, found)
    _, found = asked "GET /channels?prefix=x"
    assert.same({ channels = {}, total = 0 }, found)
  end)

  it("gets every name once, in the order of the bytes", function()
    local names, place = {}, 1
    for i = 1, 300 do
      place = place * 75 % 65537 -- in no order
      names[i] = ("room:%d%s"):format(place, i % 2 == 0 and "é" or "z")
      base.channel(names[i]):send "n"
      base.channel("other:" .. i):send "n"
    end
    table.sort(names, function(a, b)
      for i = 1, math.min(#a, #b) do
        if a:byte(i) ~= b:byte(i) then return a:byte(i) < b:byte(i) end
      end
      return #a < #b
    end)
    assert.same(names, base.channels "room:")
    for _, limit in ipairs { 1, 7, 149, 150, 299, 300, 1000 } do
      local seen, found = {}
      repeat
        local after = seen[#seen] or ""
        found = select(2, asked(("GET /channels?prefix=room:&limit=%d&after=%s")
          :format(limit, after:gsub("é", "%%C3%%A9"))))
        assert.equal(300, found.total)
        assert.is_true(#found.channels <= limit)
        table.move(found.channels, 1, #found.channels, #seen + 1, seen)
      until #found.channels == 0
      assert.same(names, seen)
    end
  end)

  it("lets a user into a channel, and out of it", function()
    local ada, tab = world.user "ada", world.user "ada"
    assert.same({ 200, { connections = 2 } }, { asked(
      "POST /users/ada/join", { channel = "room:1", info = { a = 1 } }) })
    assert.equal("$joined", ada:heard()[1][1])
    assert.equal("$joined", tab:heard()[1][1])
    assert.same({ 200, { connections = 2 } }, { asked("POST /users/ada/leave",
      { channel = "room:1", reason = "paused" }) })
    assert.same({ "$left", { reason = "paused" }, json.null, "room:1" },
      ada:heard()[1])
    assert.same({ 200, { connections = 0 } },
      { asked("POST /users/bob/join", { channel = "room:1" }) })
  end)

  it("is told how many there are", function()
    local ada, bob = world.user "ada", world.user "bob"
    local _, before = asked "GET /stats"
    join(ada)
    join(ada)
    join(bob)
    asked("POST /users/bob/join", { channel = "room:2" })
    asked("POST /channels/room:1/send", { "said", "hi" })
    local _, found = asked "GET /stats"
    assert.same({ count = 2, members = 3, joins = before.channels.joins + 3 },
      found.channels)
    assert.equal(1, found.history.messages)
    assert.is_true(found.history.bytes > 0)
    bob:leave()
    asked("POST /users/ada/leave", { channel = "room:1" })
    asked "DELETE /channels/room:1/history"
    _, found = asked "GET /stats"
    assert.same({ 0, before.channels.joins + 3 },
      { found.channels.members, found.channels.joins })
    assert.same({ messages = 0, bytes = 0 }, found.history)
  end)

  it("is told what is wrong", function()
    for _, body in ipairs { '{}', '[]', '{"channel":"$x"}',
      '{"channel":"a","info":[]}', '{"channel":"a","info":1}',
      '{"channel":"a","reason":7}',
      '{"channel":"a","info":{"a":"' .. ("x"):rep(4096) .. '"}}' } do
      assert.same({ 422, "channel" },
        { refused("POST /users/ada/join", body) })
    end
    assert.same({ 422, "message" },
      { refused("POST /channels/a/send", { "$said" }) })
    assert.same({ 422, "query" },
      { refused("POST /channels/a/send?keep=no", { "said" }) })
  end)
end)

describe("Where other processes do not answer, the application", function()
  before_each(function()
    world.driver.bus "by hand"
    world.project { ["base.lua"] = world.settings(SETTINGS) }
  end)

  after_each(function()
    world.driver.bus "late"
    world.reset()
    world.driver.bus "memory"
  end)

  local LINES = { "GET /channels/room:1", "GET /channels/room:1/history",
    "DELETE /channels/room:1/history", "POST /channels/room:1/send" }

  it("waits", function()
    for _, line in ipairs(LINES) do
      local request = ask(line, line:find "^POST" and { "said" })
      assert.is_nil(world.answer(request))
      while world.driver.bus_waiting()[1] do world.driver.bus_do(1) end
      assert.equal(200, world.answer(request).status)
    end
  end)

  it("waits for ten seconds", function()
    for _, line in ipairs(LINES) do
      local request = ask(line, line:find "^POST" and { "said" })
      world.advance(10)
      local answer = world.answer(request)
      assert.same({ 503, "timeout" },
        { answer.status, json.decode(answer.body).error.code })
      while world.driver.bus_waiting()[1] do world.driver.bus_do(1) end
    end
  end)

  it("is told why", function()
    world.driver.bus_fail "cluster"
    for _, line in ipairs(LINES) do
      local request = ask(line, line:find "^POST" and { "said" })
      while world.driver.bus_waiting()[1] do world.driver.bus_do(1) end
      local answer = world.answer(request)
      assert.same({ 503, "cluster" },
        { answer.status, json.decode(answer.body).error.code })
    end
    world.driver.bus_fail()
  end)
end)

-- One who does not read holds up nobody, and is sent away with 4008 when more
-- than limits.queue_size waits.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local SETTINGS = [[
limits = { queue_size = 200000, rate = 0 },
on = {
  disconnect = function(connection, code, reason)
    print(("%s: %d %s"):format(connection.user.id, code, reason))
  end,
},
]]

local FILES = {
  ["actions/burst.lua"] = [[
    return function(connection)
      for i = 1, 3000 do connection:send("row", { i, ("x"):rep(1000) }) end
    end]],
  ["actions/leave.lua"] = [[
    return function(connection)
      connection:send("row", ("x"):rep(16 << 20))
      connection:close()
    end]],
  ["actions/flood.lua"] = [[
    local base = require "base"
    return function(_, message)
      local text = ("x"):rep(message.body)
      return message:respond("told", base.send("slow", "flood", text))
    end]],
}

describe("A reader", function()
  local base, other

  before_each(function()
    base = server.start { settings = SETTINGS, files = FILES }
    other = client.join { port = base.port, user = "other" }
  end)

  after_each(function()
    other:close()
    base:stop()
  end)

  local function join_slow()
    return client.join {
      port = base.port, user = "slow", receive_buffer = 4096,
    }
  end

  -- Sends to the slow one until nobody takes it any more: how many messages
  -- that were.
  local function flood(size)
    for i = 1, 1000 do
      other:send_message("flood", size, i)
      local message = other:receive_message()
      assert.same({ "told", i }, { message[1], message[3] })
      if message[2] == 0 then return i - 1 end
    end
    error "it takes messages without an end"
  end

  it("that keeps up may be sent more than queue_size at once", function()
    other:send_message "burst"
    for i = 1, 3000 do assert.equal(i, other:receive_message()[2][1]) end
  end)

  it("that is slow is closed with 4008 while others are served", function()
    local slow = join_slow()
    assert.is_true(flood(50000) >= 4)
    base:wait_log("slow: 4008", 10)
    slow:close()
  end)

  it("that is being closed cannot stay by reading slowly",
    function()
      local slow = join_slow()
      local since = socket.gettime()
      slow:send_message "leave"
      wait.for_(20, "the end of the slow one", function()
        slow.stream:read(200, socket.gettime() + 0.1)
        socket.sleep(0.1)
        return base:log():find "slow: 1000"
      end)
      assert.is_true(socket.gettime() - since > 5)
      slow:close()
    end)

  it("that reads again gets what was already sent, and 4008", function()
    local slow = join_slow()
    local count = flood(50000)
    local got = 0
    local opcode, payload
    repeat
      opcode, payload = slow:receive()
      if opcode == frame.TEXT then
        assert.equal(50000 + #'["flood",""]', #payload)
        got = got + 1
      end
    until opcode ~= frame.TEXT
    assert.equal(frame.CLOSE, opcode)
    assert.equal(4008, (client.read_close(payload)))
    assert.is_true(got <= count)
    slow:close()
  end)

  it("that reads in time gets everything", function()
    local peer = join_slow()
    for i = 1, 100 do
      other:send_message("flood", 50000, i)
      assert.equal(1, other:receive_message()[2])
      assert.equal(50000, #peer:receive_message()[2])
    end
    peer:close()
  end)
end)

describe("With on_slow = 'drop' a slow reader", function()
  it("stays and loses messages, with one log line", function()
    local base, app = application.start { files = FILES, settings = [[
      limits = { queue_size = 200000, rate = 0, on_slow = "drop" },
    ]] }
    local other = client.join { port = base.port, user = "other" }
    local slow = client.join {
      port = base.port, user = "slow", receive_buffer = 4096,
    }
    local taken, lost = {}, 0
    for i = 1, 1000 do
      other:send_message("flood", 50000, i)
      local took = other:receive_message()[2]
      if took == 1 then taken[#taken + 1] = i else lost = lost + 1 end
      if lost == 20 then break end
    end
    assert.equal(20, lost)
    for _ = 1, #taken do
      assert.equal(50000, #slow:receive_message()[2])
    end
    other:send_message("flood", 7, 1)
    assert.equal(1, other:receive_message()[2])
    assert.equal(7, #slow:receive_message()[2])
    local _, stats = app:get("GET", "/stats")
    assert.same({ 20, 1 }, { stats.dropped, stats.limited.queue_size })
    slow:close()
    other:close()
    local _, log = base:stop()
    assert.equal(1, select(2, log:gsub("reads too slowly", "")))
  end)
end)

describe("Slow readers of one user", function()
  local EACH = [[
    local base = require "base"
    return function(_, message)
      local text, count = ("x"):rep(50000), 0
      for _, each in pairs(base.users.slow.connections) do
        if each:send("flood", text) then count = count + 1 end
      end
      return message:respond("told", count)
    end]]

  it("share one limit, and nothing more is kept for them", function()
    local base <close>, app = application.start {
      settings = "limits = { rate = 0 },",
      files = { ["actions/each.lua"] = EACH },
    }
    local other = client.join { port = base.port, user = "other" }
    local crowd = {}
    for i = 1, 50 do
      crowd[i] = client.join { port = base.port, user = "slow",
        receive_buffer = 4096 }
    end
    local function is_told()
      return base:log():find "queue_size, counted over its user or address"
    end
    for i = 1, 500 do
      other:send_message("each", nil, i)
      assert.equal("told", other:receive_message()[1])
      if is_told() then break end
    end
    assert.is_truthy(is_told(), base:log())
    assert.is_nil(base:log():find "limits.queue_size%)")
    assert.is_true(app:stats().limited.queue_size > 0)
    -- Until some have gone: each of them holds little more than its share.
    local answer = crowd[50]
    answer:send_message("each", nil, 1)
    other:send_message("ping", "here", 7)
    assert.same({ "pong", "here", 7 }, other:receive_message())
    for _, each in ipairs(crowd) do each:close() end
    wait.for_(10, "the slow ones to be forgotten", function()
      local fresh = client.join { port = base.port, user = "slow" }
      fresh:send_message("each", nil, 1)
      local command = fresh:receive_message()[1]
      fresh:close()
      return command == "flood" or command == "told"
    end)
    other:close()
  end)
end)

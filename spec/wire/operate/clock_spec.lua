-- The wall clock jumps, as it does when a machine wakes up or somebody sets it:
-- what is measured in seconds from now takes as long as ever.
local socket = require "socket"

local client = require "spec.support.peers.client"
local clock = require "spec.support.faults.clock"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

local YEAR = 365 * 24 * 3600

local SETTINGS = [[
heartbeat = { interval = 2, timeout = 1 },
limits = { handshake_time = 1 },
]]

local FILES = {
  ["actions/sleep.lua"] = [[
local base = require "base"
return function(_, message)
  base.sleep(0.3)
  return message:respond("slept", base.now())
end
]],
  ["actions/id.lua"] = [[
return function(connection, message)
  return message:respond("id", connection.id)
end
]],
  ["actions/expire.lua"] = [[
local base = require "base"
return function(connection)
  connection:register({ id = "ada" },
    { expires = base.now() + 0.5, grace = 0.3 })
end
]],
}

describe("When the wall clock jumps", function()
  local clocks, base

  local function jump(seconds)
    clocks:jump { wall = seconds }
  end

  before_each(function()
    clocks = clock.new()
    base = server.start { files = FILES, settings = SETTINGS, env = clocks.env }
  end)

  after_each(function()
    base:stop()
    clocks:remove()
  end)

  -- How long a function takes, in seconds of a clock that does not jump.
  local function time(f)
    local since = socket.gettime()
    f()
    return socket.gettime() - since
  end

  local function assert_between(least, most, value)
    assert.is_true(value >= least and value <= most,
      ("%g is not between %g and %g"):format(value, least, most))
  end

  for _, seconds in ipairs { YEAR, -YEAR } do
    local where = seconds > 0 and "forward" or "backward"

    it(where .. ", timers and clients stay", function()
      local peer = client.join { port = base.port }
      peer:send_message("sleep", nil, 1)
      jump(seconds)
      local message
      assert_between(0.2, 2, time(function()
        message = peer:receive_message()
      end))
      assert_between(-5, 5, message[2] - os.time() - seconds)
      assert_between(1, 4, time(function()
        assert.equal(frame.PING, (peer:receive()))
      end))
      peer:close()
    end)

    it(where .. ", limits of time and registrations last", function()
      local peer = client.join { port = base.port }
      peer:send_message "expire"
      assert.equal("authenticated", peer:receive_message()[1])
      local late = stream.connect { port = base.port }
      late:send "GET / HTTP/1.1\r\n"
      jump(seconds)
      assert_between(0.5, 3, time(function()
        assert.matches("^HTTP/1.1 408 ",
          late:read_to("\r\n\r\n", socket.gettime() + 5))
      end))
      assert.equal("expired", peer:receive_message()[1])
      assert.equal(4001, (peer:expect_close()))
      late:close()
    end)
  end

  it("connection ids are not reused", function()
    local last = 0
    for _, seconds in ipairs { 0, -YEAR, YEAR, 0 } do
      jump(seconds)
      local peer = client.join { port = base.port }
      peer:send_message "id"
      local id = peer:receive_message()[2]
      assert.is_true(id > last)
      last = id
      peer:close()
    end
  end)
end)

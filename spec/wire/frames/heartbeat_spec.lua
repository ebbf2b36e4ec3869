-- Who has gone without a word is found in time, and nobody who still lives is
-- taken for gone: `heartbeat`. What a ping is, is in ping_spec.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local wait = require "spec.support.wait"

local PATIENCE = 20 -- seconds for everything that should come
local TICK = 1 -- seconds: how exactly the server looks
local SLACK = 0.5 -- seconds of a slow machine, where time is the point

local LOG_DISCONNECT = [[
on = {
  disconnect = function(connection, code, reason)
    print(("%s: %d %s"):format(connection.user.id, code, reason))
  end,
},
limits = { queue_size = 64 << 20 },
]]

local FILES = {
  ["actions/flood.lua"] = [[
    return function(connection, message)
      connection:send("flood", ("x"):rep(message.body))
    end]],
  ["actions/leave.lua"] = [[
    return function(connection) connection:close() end]],
}

local FLOOD = 6 << 20 -- more than the kernel keeps for one who does not read
local WHOLE = 10 + #'["flood",""]' + FLOOD -- with the header of its frame

local function start(heartbeat)
  return application.start {
    settings = "heartbeat = " .. heartbeat .. "," .. LOG_DISCONNECT,
    files = FILES,
  }
end

local function expect_ping(peer)
  local opcode, payload = peer:receive(PATIENCE)
  assert.same({ frame.PING, "" }, { opcode, payload })
end

describe("heartbeat: a silent peer", function()
  local INTERVAL, TIMEOUT = 2, 1.5 -- which the tick makes 2

  local base

  setup(function()
    base = start(("{ interval = %g, timeout = %g }"):format(INTERVAL, TIMEOUT))
  end)

  teardown(function()
    base:stop()
  end)

  -- Some fall silent one after another, over the width of a tick, so that one
  -- of them meets the worst of it. Returns the longest times up to the ping and
  -- up to the end.
  local function longest_silences()
    local peers, since = {}, {}
    for i = 1, 10 do
      peers[i] = client.join { port = base.port }
      since[i] = socket.gettime()
      peers[i]:send_message("ping", i)
      assert.same({ "pong", i }, peers[i]:receive_message())
      socket.sleep(TICK / 10)
    end
    local ping, ended = 0, 0
    for i, peer in ipairs(peers) do
      expect_ping(peer)
      local passed = socket.gettime() - since[i]
      assert.is_true(passed > INTERVAL - TICK, "a ping too early")
      ping = math.max(ping, passed)
    end
    for i, peer in ipairs(peers) do
      assert.same({ nil, "closed" }, { peer:receive(PATIENCE) })
      local passed = socket.gettime() - since[i]
      assert.is_true(passed > INTERVAL - TICK + TIMEOUT, "ended too early")
      ended = math.max(ended, passed)
      peer:close()
    end
    return ping, ended
  end

  -- Whoever is a second late is so each time, a slow machine is not.
  it("is closed after interval + timeout, not before", function()
    local ping, ended
    for _ = 1, 3 do
      ping, ended = longest_silences()
      if ping < INTERVAL + SLACK
        and ended < INTERVAL + math.ceil(TIMEOUT) + SLACK then
        return
      end
    end
    error(("pinged after %.2f s, ended after %.2f s"):format(ping, ended))
  end)
end)

describe("heartbeat: a peer whose output is stuck", function()
  local function join_slow(base, user)
    local peer = client.join {
      port = base.port, user = user, receive_buffer = 4096,
    }
    peer:send_message("flood", FLOOD)
    return peer
  end

  -- Takes so much of the output, whatever it is.
  local function take(peer, size)
    assert(peer.stream:read(size, socket.gettime() + PATIENCE))
    peer.taken = (peer.taken or 0) + size
  end

  -- Takes a little now and then until something is true.
  local function sip(peer, is_enough)
    wait.for_(PATIENCE, "it to be enough", function()
      take(peer, 4096)
      socket.sleep(0.2)
      return is_enough()
    end)
  end

  local function sip_for(peer, seconds)
    local enough = socket.gettime() + seconds
    sip(peer, function() return socket.gettime() > enough end)
  end

  it("stays while it takes bytes, and is closed when it takes none",
    function()
      local base <close> = start "{ interval = 1, timeout = 1 }"
      local slow, stuck = join_slow(base, "slow"), join_slow(base, "stuck")
      sip(slow, function()
        return base:log():find "stuck: 1006 takes no more output"
      end)
      sip_for(slow, 5) -- as long again
      assert.is_nil(base:log():find "slow: 1006")
      take(slow, WHOLE - slow.taken)
      slow:send_message("ping", "all taken")
      local opcode, payload
      repeat opcode, payload = slow:receive() until opcode ~= frame.PING
      assert.equal('["pong","all taken"]', payload)
      slow:close()
      stuck:close()
    end)

  it("stays when it reads again, and is pinged once all is sent",
    function()
      local base <close> = start "{ interval = 1, timeout = 4 }"
      local slow, sudden = join_slow(base, "slow"), join_slow(base, "sudden")
      local clock = client.join { port = base.port, user = "clock" }
      -- By its second ping the others would have had one, too.
      for _ = 1, 2 do
        expect_ping(clock)
        clock:send_frame { opcode = frame.PONG }
      end
      take(sudden, WHOLE)
      -- Its ping is read at once: an end by RST would take it away unread.
      sip_for(slow, 3)
      expect_ping(sudden)
      sudden:close()
      sip_for(slow, 2) -- past the timeout
      take(slow, WHOLE - slow.taken)
      expect_ping(slow)
      slow:close()
      clock:close()
    end)
end)

describe("heartbeat: after a Close", function()
  it("no ping is sent while the client's Close is awaited", function()
    local base <close> = start "{ interval = 1, timeout = 1 }"
    local peer = client.join { port = base.port }
    peer:send_message "leave"
    assert.equal(1000, (peer:expect_close(nil, true)))
    assert.same({ nil, "closed" }, { peer:receive(PATIENCE) })
    peer:close()
  end)
end)

describe("A frame that arrives at a byte a second", function()
  it("is received, and delays no other connection", function()
    local base <close>, app = start "{ interval = 3, timeout = 1 }"
    local slow = client.join { port = base.port, user = "slow" }
    local bystander = client.join { port = base.port, user = "bystander" }
    local before = app:metrics().base_processor_seconds_total
    local longest = 0
    for byte in frame.print({ payload = "[]" }):gmatch "." do
      assert(slow:send_raw(byte))
      local since = socket.gettime()
      bystander:send_message("ping", 1)
      assert.same({ "pong", 1 }, bystander:receive_message())
      longest = math.max(longest, socket.gettime() - since)
      socket.sleep(1)
    end
    local used = app:metrics().base_processor_seconds_total - before
    assert.is_true(used < 1, ("%g s of processor time"):format(used))
    assert.is_true(longest < 1, ("an answer after %g s"):format(longest))
    local opcode, payload
    repeat opcode, payload = slow:receive() until opcode ~= frame.PING
    assert.matches('^%["error",{.*"code":"invalid"', payload)
    slow:close()
    bystander:close()
  end)
end)

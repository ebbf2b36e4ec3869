-- What changes while everybody talks: scripts, settings, the certificate, and
-- the end. CHANGE_SECONDS=60 does it for longer, and says how long a client
-- waited; with BASE_PROGRAM=build/release/base those are figures to quote.
local cjson = require "cjson"
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"
local wait = require "spec.support.wait"

local SECONDS = tonumber(os.getenv "CHANGE_SECONDS" or "") or 10
local LOAD = server.program():gsub("[^/]*$", "") .. "base-load"
local CONNECTIONS = 40
local PAUSE = 1000 -- milliseconds that a reload may hold a client up
local ECHO = [[
  return function(_, message) return message:respond("echo", message.body) end]]

local BASE_LUA = [[
return {
  %s
  address = "127.0.0.1",
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.id or "ada" })
  end,
  limits = { rate = 0 },
}]]

local function start(settings)
  return server.start {
    files = {
      ["base.lua"] = BASE_LUA:format(settings or ""),
      ["actions/echo.lua"] = ECHO,
      ["actions/slow.lua"] = [[
        local base = require "base"
        return function(_, message)
          base.sleep(0.02)
          return message:respond("slow", message.body)
        end]],
      ["actions/count.lua"] = [[
        local base = require "base"
        return function(_, message)
          return message:respond("count", base.connections:count())
        end]],
    },
  }
end

-- Connections that keep four questions in flight each. The load generator
-- ends badly when a connection does, or when an answer is not the next one.
local function talk(base, seconds, ...)
  local address = "127.0.0.1:" .. base.port
  local talking = process.start { LOAD, "--connections", CONNECTIONS,
    "--in-flight", 4, "--body", '"hello # @"', "--seconds", seconds, address,
    ... }
  local peer = client.join { port = base.port, tls = ... and true }
  wait.for_(20, "everybody to talk", function()
    assert(not talking:status(), talking:log())
    peer:send_message("count")
    return peer:receive_message()[2] > CONNECTIONS
  end)
  peer:close()
  return talking
end

local function expect_success(talking, seconds)
  local in_time, status = pcall(talking.wait_end, talking, seconds + 30)
  talking:remove()
  assert.is_true(in_time and status == 0, talking:log())
  return cjson.decode(talking:log())
end

-- Reloads ten times a second, from a client that measures what it notices.
local function reload_often(base, seconds, env)
  local all = { PORT = base.port, NODE_PATH = "/usr/share/nodejs" }
  for name, value in pairs(env or {}) do all[name] = value end
  return process.start({ "node", "spec/support/peers/reloads.mjs",
    base.process.id, seconds * 10 }, all)
end

-- What a client noticed, which is told when it was asked for.
local function look_at_pause(what, talked, reloaded)
  assert.is_true(reloaded.worst_ms < PAUSE, reloaded.worst_ms .. " ms")
  if not os.getenv "CHANGE_SECONDS" then return end
  io.stderr:write(("%s: %d reloads in %.1f s; a client waited %.2f ms "
    .. "(median), %.2f ms (worst); %d answers, p50 %.2f ms, p99 %.2f ms, "
    .. "worst %.2f ms\n"):format(what, reloaded.reloads, reloaded.seconds,
    reloaded.median_ms, reloaded.worst_ms, talked.done, talked.p50_us / 1000,
    talked.p99_us / 1000, talked.max_us / 1000))
end

describe("Ten reloads a second under load", function()
  it("lose no connection and no message, double none, change no order",
    function()
      local base <close> = start()
      local talking = talk(base, SECONDS)
      local reloading = reload_often(base, SECONDS)
      local talked = expect_success(talking, SECONDS)
      local reloaded = expect_success(reloading, SECONDS)
      base:wait_log("info reloaded\n", 5, SECONDS * 10)
      look_at_pause("reloads", talked, reloaded)
    end)

  it("keep the old scripts where base.lua does not load", function()
    local base <close> = start()
    local good, time = files.read(base.dir .. "/base.lua"), SECONDS / 5
    files.write(base.dir .. "/base.lua", "return { authenticate = ")
    local talking = talk(base, time)
    local reloading = reload_often(base, time)
    local talked = expect_success(talking, time)
    look_at_pause("reloads that fail", talked, expect_success(reloading, time))
    base:wait_log("not reloaded: the old scripts stay", 5, time * 10)
    files.write(base.dir .. "/base.lua", good)
    base:reload()
    client.join(base):close()
  end)

  it("exchange the certificate for new connections", function()
    local folder = story.certificate()
    local base <close> = start(([[tls = {
      certificate = "%s/certificate.pem", key = "%s/key.pem" },]])
      :format(folder, folder))

    local function serial()
      local peer = client.join { port = base.port, tls = true }
      local found = peer.stream.socket:getpeercertificate():serial()
      peer:close()
      return found
    end

    local time = SECONDS / 5
    local before = serial()
    local other = story.certificate()
    local talking = talk(base, time, "--tls")
    local reloading = reload_often(base, time, { TLS = "yes" })
    base:wait_log "info reloaded\n"
    files.run(("mv %s/key.pem %s/certificate.pem %s/"):format(other, other,
      folder))
    base:wait_log("info reloaded", time + 5, time * 10)
    local talked = expect_success(talking, time)
    look_at_pause("reloads with TLS", talked, expect_success(reloading, time))
    base:reload()
    assert.are_not.equal(before, serial())
    files.remove(folder)
    files.remove(other)
  end)
end)

describe("A shutdown under load", function()
  local CLIENTS, MESSAGES = 20, 20

  -- Clients whose messages wait for their turn; all of them have been read.
  local function ask_much(base)
    local peers = {}
    for i = 1, CLIENTS do
      local peer = client.join { port = base.port, path = "/?id=" .. i }
      for id = 1, MESSAGES do peer:send_message("slow", "x", id) end
      peer:send_message("ping", nil, 0)
      peers[i] = peer
    end
    for i, peer in ipairs(peers) do
      local first = 1
      local message = peer:receive_message()
      while message[1] ~= "pong" do
        assert.same({ "slow", "x", first }, message)
        first = first + 1
        message = peer:receive_message()
      end
      peers[i] = { peer = peer, next = first }
    end
    return peers
  end

  -- Everything is answered, then each is told another time.
  local function expect_everything(peers)
    local times, different = {}, 0
    for _, each in ipairs(peers) do
      for id = each.next, MESSAGES do
        assert.same({ "slow", "x", id }, each.peer:receive_message(10))
      end
      local goodbye = each.peer:receive_message(10)
      assert.equal("reconnect", goodbye[1])
      assert.equal(1012, (each.peer:expect_close()))
      different = different + (times[goodbye[2].after] and 0 or 1)
      times[goodbye[2].after] = true
    end
    assert.is_true(different > CLIENTS // 2)
    return times
  end

  it("answers accepted messages, and spreads reconnects", function()
    local base <close> = start()
    local talking = talk(base, SECONDS)
    local peers = ask_much(base)
    base:signal "TERM"
    local times = expect_everything(peers)
    local least, most = math.huge, 0
    for time in pairs(times) do
      least, most = math.min(least, time), math.max(most, time)
    end
    assert.is_true(least >= 1 and most - least > 0.3)
    assert.equal(1, talking:wait_end(10))
    assert.matches('"reconnect"', talking:log())
    talking:remove()
    base:wait_end(0)
  end)

  it("is the same where a new process takes over", function()
    local base <close> = start "drain = 1,"
    local talking = talk(base, SECONDS)
    local peers = ask_much(base)
    base:signal "USR2"
    base:wait_log("is ready and takes over", 20)
    local since = socket.gettime()
    for time in pairs(expect_everything(peers)) do assert.is_true(time < 1) end
    assert.is_true(socket.gettime() - since < 5)
    assert.matches('"reconnect"',
      talking:wait_end(10) and talking:log())
    talking:remove()
    local new = base:log():match "process (%d+) is starting"
    assert.equal(0, base.process:wait_end(20))
    os.execute("kill -TERM " .. new)
    base:wait_log("info ended\n", 20, 2)
    base:wait_end(0)
  end)
end)

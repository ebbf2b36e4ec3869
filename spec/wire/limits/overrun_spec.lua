-- Scripts that go past a limit: what their client hears, and what is counted.
-- That the others go on is in mischief_spec.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"

local FILES = {
  ["actions/loop.lua"] = [[
    return function() while true do end end]],
  ["actions/gorge.lua"] = [[
    return function()
      local all = {}
      while true do all[#all + 1] = ("x"):rep(100000) .. #all end
    end]],
  ["actions/timers.lua"] = [[
    local base = require "base"
    return function(_, message)
      local timers <close> = setmetatable({}, { __close = function(all)
        for _, timer in ipairs(all) do timer:cancel() end
      end })
      for i = 1, message.body do
        timers[i] = base.after(60, function() end)
      end
      return message:respond "set"
    end]],
  ["actions/wait.lua"] = [[
    return function(connection, message)
      return message:respond("waited", (connection:call "ready?"))
    end]],
  ["actions/sleep.lua"] = [[
    local base = require "base"
    return function() base.sleep(60) end]],
  ["actions/hoard.lua"] = [[
    local base = require "base"
    return function(_, message)
      for i = 1, 10000 do base.state.hoard = { base.state.hoard, i } end
      return message:respond "kept"
    end]],
  ["actions/release.lua"] = [[
    local base = require "base"
    return function(_, message)
      base.state.hoard = nil
      collectgarbage()
      return message:respond "released"
    end]],
}

local function start(limits)
  return application.start {
    settings = "drain = 0.1, limits = { " .. limits .. " },", files = FILES,
  }
end

-- What is counted of errors, by code, and of runs that were ended, by limit:
-- /stats and /metrics say the same.
local function counts(app)
  local stats, metrics, all = app:stats(), app:metrics(), {}
  local function take(counted, sample)
    for name, number in pairs(counted) do
      assert.equal(number, metrics[sample:format(name)], name)
      all[name] = number
    end
  end
  take(stats.errors, 'base_errors_total{code="%s"}')
  take(stats.ended, 'base_runs_ended_total{limit="%s"}')
  return all
end

-- Does something that adds to what is counted just what is wanted.
local function adds(app, wanted, act)
  local before = counts(app)
  act()
  for name, number in pairs(counts(app)) do
    assert.equal(before[name] + (wanted[name] or 0), number, name)
  end
end

-- Sends a command twice, each of which is answered with an error.
local function assert_errors(peer, command, body, code, text)
  for id = 1, 2 do
    peer:send_message(command, body, id)
    local answer = peer:receive_message(20)
    assert.same({ "error", code, text, id },
      { answer[1], answer[2].code, answer[2].message, answer[3] })
    assert.equal(code == "failed", answer[2].ref ~= nil)
  end
end

local function assert_served(peer)
  peer:send_message("ping", "still there?", 1)
  assert.same({ "pong", "still there?", 1 }, peer:receive_message())
end

describe("A script that goes past", function()
  local base, app, peer

  setup(function()
    base, app = start("run_time = 1, run_memory = 4 << 20, timers = 3, "
      .. "coroutines = 2")
  end)

  teardown(function()
    base:stop()
  end)

  before_each(function()
    peer = client.join { port = base.port }
  end)

  after_each(function()
    assert_served(peer)
    peer:close()
  end)

  it("run_time gets failed, and is counted as ended", function()
    adds(app, { failed = 2, run_time = 2 }, function()
      assert_errors(peer, "loop", nil, "failed", "the action failed")
    end)
    base:wait_log("limits.run_time has passed", 5, 2)
  end)

  it("run_memory gets failed, and is counted as ended", function()
    adds(app, { failed = 2, run_memory = 2 }, function()
      assert_errors(peer, "gorge", nil, "failed", "the action failed")
    end)
    base:wait_log("limits.run_memory has passed", 5, 2)
  end)

  it("timers gets busy", function()
    adds(app, { busy = 2 }, function()
      assert_errors(peer, "timers", 4, "busy", "the server is too busy")
    end)
    base:wait_log("limits.timers: no more timers can be started", 5, 2)
    peer:send_message("timers", 3, 3)
    assert.equal("set", peer:receive_message()[1])
  end)

  it("coroutines gets busy", function()
    local waiting = {}
    for i = 1, 2 do
      waiting[i] = client.join { port = base.port }
      waiting[i]:send_message("wait", nil, 1)
      waiting[i].question = waiting[i]:receive_message()[3]
    end
    adds(app, { busy = 2 }, function()
      assert_errors(peer, "wait", nil, "busy", "the server is too busy")
    end)
    base:wait_log("limits.coroutines: no more coroutines can wait", 5, 2)
    for i = 1, 2 do
      waiting[i]:send_message("ok", i, waiting[i].question)
      assert.same({ "waited", i, 1 }, waiting[i]:receive_message())
      waiting[i]:close()
    end
  end)
end)

describe("A script that goes past", function()
  it("action_time gets timeout, and no run is ended", function()
    local base <close>, app = start "action_time = 0.3"
    local peer <close> = client.join { port = base.port }
    adds(app, { timeout = 2 }, function()
      assert_errors(peer, "sleep", nil, "timeout", "the action took too long")
    end)
    base:wait_log("warn limits.action_time has passed", 5, 2)
    assert_served(peer)
  end)

  it("memory gets failed, and new clients are refused meanwhile",
    function()
      local base <close>, app = start "memory = 16 << 20"
      local peer = client.join { port = base.port }
      for i = 1, 2 do
        adds(app, { failed = 1, memory = 1 }, function()
          local answer
          repeat
            peer:send_message("hoard", nil, 1)
            answer = peer:receive_message()
          until answer[1] ~= "kept"
          assert.same({ "error", "failed" }, { answer[1], answer[2].code })

        end)
        local newcomer = client.connect { port = base.port }
        assert.equal("reconnect", newcomer:receive_message()[1])
        assert.same({ 1013, "full: try again later" },
          { newcomer:expect_close() })
        assert.equal(i, app:stats().refused)
      end
      assert.equal(0, app:stats().limited.connections)
      local _, told = base:log():gsub("warn memory is short: ", "")
      assert.equal(1, told)
      base:wait_log("limits.memory is used up", 5, 2)
      assert_served(peer)
      peer:send_message("release", nil, 1)
      assert.equal("released", peer:receive_message()[1])
      client.join({ port = base.port }):close()
      peer:close()
    end)
end)

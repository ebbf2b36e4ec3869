-- What systemd is told by a unit of Type=notify.
local files = require "spec.support.files"
local server = require "spec.support.server"

local function notified(kind, seconds, settings)
  return server.start {
    under = { "python3", "spec/support/peers/notified.py", kind, seconds },
    settings = settings,
  }
end

describe("systemd", function()
  for _, kind in ipairs { "path", "abstract" } do
    it("is told of the start and the end, at a socket: " .. kind, function()
      local base <close> = notified(kind, "0")
      base:wait_log "told READY=1"
      local _, log = base:stop()
      local ready = log:find("told READY=1", 1, true)
      assert.truthy(log:find("listening", 1, true) < ready, log)
      assert.truthy(log:find("told STOPPING=1", ready, true), log)
      assert.is_nil(log:find("WATCHDOG", 1, true), log)
    end)
  end

  it("is told when a reload begins and when it is over", function()
    local base <close> = notified("path", "0")
    base:wait_log "told READY=1"
    base:reload()
    base:wait_log("told READY=1", 5, 2)
    assert.truthy(base:log():find(
      "told RELOADING=1\ntold MONOTONIC_USEC=%d+\n.*told READY=1"), base:log())
  end)

  it("is told that a reload did not load", function()
    local base <close> = notified("path", "0")
    base:wait_log "told READY=1"
    files.write(base.dir .. "/base.lua", "return {")
    base:signal "HUP"
    base:wait_log "told STATUS=serving with the old scripts"
  end)

  it("is told of the process that takes over", function()
    local base <close> = notified("path", "0.2", "drain = 1,")
    base:wait_log "told READY=1"
    base:signal "USR2"
    base:wait_log("told MAINPID=", 20)
    local _, log = base:wait_end(0)
    local successor = log:match "process (%d+) is starting"
    -- With a sign of life: from here on it is the new one that has to give it.
    assert.truthy(log:find("told MAINPID=" .. successor
      .. "\ntold WATCHDOG=1\n", 1, true), log)
    local _, ready = log:gsub("told READY=1", "")
    assert.equal(2, ready, log)
    assert.is_nil(log:find("told STOPPING=1", 1, true), log)
  end)

  it("gets signs of life for its watchdog", function()
    local base <close> = notified("path", "0.2")
    base:wait_log("told WATCHDOG=1", 5, 3)
  end)

  it("is not shown to scripts", function()
    local base <close> = notified("path", "1",
      'log = { level = os.getenv "NOTIFY_SOCKET" and "no level" },')
    base:wait_log "told READY=1"
  end)
end)

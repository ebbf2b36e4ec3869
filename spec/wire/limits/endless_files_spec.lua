-- Files of a project that do not end when they load.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local mischief = require "spec.support.mischief"
local process = require "spec.support.process"
local server = require "spec.support.server"

local echo = mischief.echo
local ECHO, PATIENCE = mischief.ECHO, mischief.PATIENCE

local SETTINGS = [[
  limits = { run_time = 0.2, run_memory = 1 << 20, timers = 5000,
    coroutines = 2000, rate = 0 },
  heartbeat = { interval = 3600, timeout = 3600 },
]]

describe("A file that does not end", function()
  local ENDLESS = "\nwhile true do end"

  it("is ended by base check", function()
    local folder = files.folder()
    files.write(folder .. "/base.lua",
      "return { limits = { run_time = 0.1 }, authenticate = print }")
    files.write(folder .. "/actions/endless.lua", ENDLESS)
    files.write(folder .. "/actions/other.lua", ENDLESS)
    local check = process.start({ server.program(), "check", folder })
    assert.equal(1, check:wait_end(10))
    for _, name in ipairs { "endless", "other" } do
      assert.matches(("actions/%s.lua:2: limits.run_time has passed"):format(
        name), check:log(), 1, true)
    end
    check:remove()
    files.remove(folder)
  end)

  it("is ended and named by base check in a folder of actions", function()
    local folder = files.folder()
    files.write(folder .. "/base.lua",
      "return { limits = { run_time = 0.02 }, authenticate = print }")
    files.run(("mkdir -p %s/actions && cd %s && for i in $(seq 20); do "
      .. "mkdir $i; ln -s ../$((i + 1)) $i/a; ln -s ../$((i + 1)) $i/b; done; "
      .. "mkdir 21; ln -s ../1 actions/many"):format(folder, folder))
    local check = process.start({ server.program(), "check", folder })
    assert.equal(1, check:wait_end(10))
    assert.matches("actions/many[^ ]*: limits.run_time has passed", check:log())
    check:remove()
    files.remove(folder)
  end)

  it("does not start, even as base.lua", function()
    local base = server.launch { files = { ["base.lua"] = ENDLESS } }
    local _, log = base:wait_end(1)
    assert.matches("base.lua:2: limits.run_time has passed", log, 1, true)
  end)

  it("is not loaded on SIGHUP, and the old project stays", function()
    local base <close> = server.start {
      files = { ["actions/echo.lua"] = ECHO }, settings = SETTINGS,
    }
    local peer = client.join { port = base.port }
    files.write(base.dir .. "/actions/endless.lua", ENDLESS)
    base:signal "HUP"
    assert.is_true(echo(peer, 1) < PATIENCE)
    base:wait_log "not reloaded"
    assert.matches("actions/endless.lua:2: limits.run_time has passed",
      base:log(), 1, true)
    assert.is_true(echo(peer, 2) < 1)
    peer:close()
  end)
end)

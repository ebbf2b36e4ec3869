-- The command line: what it takes, what it says, with what it ends.
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"

local GOOD = [[
return { authenticate = function(connection, register)
  register(connection, { id = 1 })
end }]]

describe("The command", function()
  local folder

  before_each(function()
    folder = files.folder()
  end)

  after_each(function()
    files.remove(folder)
  end)

  -- Returns the exit status and all that was written.
  local function run(...)
    local child = process.start({ server.program(), ... })
    local status = child:wait_end(20)
    local log = child:log()
    child:remove()
    return status, log
  end

  it("says how it is used", function()
    local status, text = run "--help"
    assert.equal(0, status)
    for _, word in ipairs { "check", "--port", "--watch", "--log-level" } do
      assert.truthy(text:find(word, 1, true), word)
    end
  end)

  it("says its version", function()
    local status, text = run "--version"
    assert.equal(0, status)
    assert.matches("^base %d+%.%d+%.%d+\n$", text)
  end)

  for _, case in ipairs {
    { "an unknown option", { "--prot", "9" }, "unknown option %-%-prot" },
    { "a port that is none", { "--port", "0" }, "1 to 65535, not 0" },
    { "a port with letters", { "--port", "9x" }, "1 to 65535, not 9x" },
    { "a level that is none", { "--log-level", "loud" }, "not loud" },
    { "a value that is missing", { "--port" }, "missing value for %-%-port" },
    { "a folder that is not there", { "/nowhere/at/all" },
      "/nowhere/at/all: No such file" },
    { "one word too many", { ".", "." }, "unexpected argument: %." },
  } do
    it("refuses " .. case[1] .. " with status 2", function()
      local status, text = run(table.unpack(case[2]))
      assert.equal(2, status)
      assert.matches(case[3], text)
      assert.equal(1, select(2, text:gsub("\n", "")))
    end)
  end

  it("checks a project that is good", function()
    files.write(folder .. "/base.lua", GOOD)
    local status, text = run("check", folder)
    assert.equal(0, status)
    assert.equal("no mistakes\n", (text:gsub("^note: [^\n]*\n", "")))
  end)

  it("reports every mistake, with file and line", function()
    files.write(folder .. "/base.lua", "return { prot = 1 }")
    files.write(folder .. "/actions/a.lua", "return function(")
    files.write(folder .. "/actions/b/c.lua", "\nx = 1")
    files.write(folder .. "/actions/d.lua", 'require "nowhere"')
    files.write(folder .. "/actions/e.lua", "return 5")
    local status, text = run("check", folder)
    assert.equal(1, status)
    for _, line in ipairs {
      "base.lua: unknown setting 'prot': did you mean 'port'?",
      "base.lua: 'authenticate' is missing",
      "actions/a.lua:1: ",
      "actions/b/c.lua:2: cannot assign the global 'x'",
      "actions/d.lua:1: module 'nowhere' not found",
      "actions/e.lua: an action file must return a function",
    } do
      assert.truthy(text:find(line, 1, true), line)
    end
    assert.equal(6, select(2, text:gsub("\n", "")))
  end)

  it("does not start with a mistake, and ends with status 1", function()
    files.write(folder .. "/base.lua", "return { prot = 1 }")
    local status, text = run(folder)
    assert.equal(1, status)
    assert.matches("unknown setting 'prot'", text)
  end)

  it("says so where there is no base.lua", function()
    local status, text = run(folder)
    assert.equal(1, status)
    assert.matches("base.lua: no such file", text)
  end)

  it("ends with the status of os.exit in base.lua", function()
    files.write(folder .. "/base.lua", "os.exit(7)")
    local status = run(folder)
    assert.equal(7, status)
  end)

  it("prefers the command line to base.lua", function()
    local base <close> = server.start { settings = "port = 1," }
    assert.matches(":" .. base.port, base:log())
  end)

  it("logs as much as it is told", function()
    local base <close> = server.start { args = { "--log-level", "debug" } }
    local client = require "spec.support.peers.client"
    client.join { port = base.port }:close()
    base:wait_log "debug connected"
    base:wait_log "debug disconnected"
  end)
end)

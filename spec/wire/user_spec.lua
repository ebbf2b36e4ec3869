-- Who the server is, once it listens.
local files = require "spec.support.files"
local server = require "spec.support.server"
local http = require "spec.support.http"

local IS_ROOT = files.run "id -u" == "0"

local WHO = [[http = function()
  local who <close> = io.popen "id -u; id -g; id -G; ulimit -c"
  return 200, who:read "a"
end,]]

local function assert_refused(settings, text)
  local base = server.launch { settings = settings }
  local _, log = base:wait_end(1)
  assert.truthy(log:find(text, 1, true), log)
end

-- What its scripts see of themselves, and the log.
local function ids_of(settings)
  local base <close> = server.start { settings = settings .. WHO }
  return http.request(base).body, base:log()
end

describe("The server's user", function()
  it("is refused when there is none of that name", function()
    assert_refused('user = "no-such-user",', "there is no such user")
    assert_refused('user = "nobody:no-such-group",', "there is no such group")
    assert_refused('user = "root",', "that is root")
  end)

  if not IS_ROOT then
    it("can be changed by root only", function()
      assert_refused('user = "nobody",', "only root can")
    end)
    return
  end

  it("is the one of base.lua, without root's groups", function()
    local ids, log = ids_of 'user = "nobody:nogroup",'
    assert.equal("65534\n65534\n65534\n0\n", ids)
    assert.truthy(log:find("runs as user nobody", 1, true), log)
    assert.is_nil(log:find("runs as root", 1, true), log)
  end)

  it("owns the Unix socket, and takes it away in the end", function()
    local folder = files.folder()
    files.run("chown nobody " .. files.quote(folder))
    local place = folder .. "/base.sock"
    local text = [[return { listen = "unix:%s", user = "nobody:nogroup",
      authenticate = function() end }]]
    local base = server.start {
      files = { ["base.lua"] = text:format(place) }, port = false,
    }
    base:wait_log "runs as user"
    assert.equal("65534 65534 660",
      files.run("stat -c '%u %g %a' " .. files.quote(place)))
    base:stop()
    assert.is_false(pcall(files.run, "test -e " .. files.quote(place)))
    files.remove(folder)
  end)

  it("is another one only after a restart", function()
    local base <close> = server.start { settings = 'user = "nobody",' .. WHO }
    local path = base.dir .. "/base.lua"
    files.run("chmod -R a+rX " .. files.quote(base.dir))
    files.write(path, (files.read(path):gsub('"nobody"', '"daemon"')))
    base:reload()
    base:wait_log "user%) has changed: it needs a restart"
    assert.equal("65534\n", http.request(base).body:match "^%d+\n")
  end)

  it("keeps the old scripts when it may not read the new ones", function()
    local base <close> = server.start { settings = 'user = "nobody",' .. WHO }
    files.run("chmod 700 " .. files.quote(base.dir))
    base:signal "HUP"
    base:wait_log "not reloaded: the old scripts go on"
    assert.equal(200, http.request(base).status)
  end)

  it("is root with a warning when base.lua names none", function()
    local ids, log = ids_of ""
    assert.equal("0\n", ids:match "^%d+\n")
    assert.truthy(log:find("warn runs as root", 1, true), log)
  end)

  it("may be of another group, where base.lua names none", function()
    local folder = files.folder()
    files.write(folder .. "/base.lua",
      'return { user = "nobody", authenticate = function() end }')
    files.run("chmod -R a+rX " .. files.quote(folder))
    local base = server.start { project = folder, under = { "setpriv",
      "--reuid=nobody", "--regid=daemon", "--clear-groups" } }
    base:stop()
    files.remove(folder)
  end)
end)

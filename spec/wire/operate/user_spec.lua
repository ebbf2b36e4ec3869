-- Who the server is, once it listens, whatever it was started as.
local files = require "spec.support.files"
local server = require "spec.support.server"
local http = require "spec.support.peers.http"

local IS_ROOT = files.run "id -u" == "0"

local WHO = [[http = function()
  local who <close> = io.popen "id -u; id -g; id -G; ulimit -c"
  return 200, who:read "a"
end,]]

-- With all that root may have and a server must not keep.
local AS_LOGGED_IN = { "prlimit", "--core=unlimited", "setpriv", "--groups",
  "1,2" }
-- The program is copied to where everybody may read it.
local AS_NOBODY = { "sh", "-c", [[
  cp "$1" "$2/program" && chmod -R a+rX "$2" && shift &&
  exec setpriv --reuid 65534 --clear-groups "$1/program" "$@"]], "sh" }
local TO_STAY_ROOT = { "setpriv", "--securebits", "+no_setuid_fixup" }

local function assert_refused(settings, text, under)
  local base = server.launch { settings = settings, under = under }
  local _, log = base:wait_end(1)
  assert.truthy(log:find(text, 1, true), log)
end

-- What its scripts see of themselves, and the log.
local function ids_of(settings)
  local base <close> = server.start { settings = settings .. WHO }
  return http.request(base).body, base:log()
end

-- What the kernel says of a process: name -> numbers, one space between them.
local function status_of(id)
  local found = {}
  for line in files.read(("/proc/%d/status"):format(id)):gmatch "[^\n]+" do
    local name, value = line:match "^(%w+):%s*(.-)%s*$"
    if name then found[name] = value:gsub("%s+", " ") end
  end
  return found
end

-- The size of a core file that a process may write, soft and hard.
local function core_limits_of(id)
  local limits = files.read(("/proc/%d/limits"):format(id))
  return limits:match "Max core file size%s+(%S+)%s+(%S+)"
end

describe("The server's user", function()
  it("is refused when there is none of that name", function()
    assert_refused('user = "no-such-user",', "there is no such account")
    assert_refused('user = "nobody:no-such-group",', "there is no such group")
    assert_refused('user = "root",', "that is root")
  end)

  it("leaves no core, whatever the limit was", function()
    local base <close> = server.start {
      under = { "sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh" },
    }
    assert.same({ "0", "0" }, { core_limits_of(base.process.id) })
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
    assert.truthy(log:find("runs as the account nobody", 1, true), log)
    assert.is_nil(log:find("runs as root", 1, true), log)
  end)

  it("has nothing of what root had", function()
    local base <close> = server.start {
      settings = 'user = "nobody:nogroup",', under = AS_LOGGED_IN,
    }
    base:wait_log "runs as the account"
    assert.same({ "0", "0" }, { core_limits_of(base.process.id) })
    local status = status_of(base.process.id)
    local ids = ("65534 "):rep(4):sub(1, -2)
    assert.same({ ids, ids, "65534" },
      { status.Uid, status.Gid, status.Groups })
    for _, name in ipairs { "CapPrm", "CapEff" } do
      assert.equal(0, tonumber(status[name], 16), name)
    end
  end)

  it("cannot look into the server's memory", function()
    local base <close> = server.start { under = AS_NOBODY }
    local folder = "/proc/" .. base.process.id
    assert.equal("65534", status_of(base.process.id).Uid:match "%d+")
    -- The files of who may be looked into are their own.
    assert.equal("0", files.run("stat -c %u " .. folder .. "/environ"))
  end)

  it("is refused where the way back to root stays open", function()
    assert_refused('user = "nobody:nogroup",', "could become root again",
      TO_STAY_ROOT)
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
    base:wait_log "runs as the account"
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
    base:wait_log "not reloaded: the old scripts stay"
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

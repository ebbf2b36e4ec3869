-- Releases in folders of their own, and a link to the one that is to be served.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local BASE_LUA = [[
return {
  %s
  authenticate = function(connection, register)
    register(connection, { id = "ada" })
  end,
}
]]

local function action(answer)
  return ([[return function(_, message)
    return message:respond(%q)
  end]]):format(answer)
end

-- A folder for releases, with the first of them as `current`.
local function shop()
  local self = { root = files.folder() }
  function self.release(name, settings)
    local folder = self.root .. "/" .. name
    files.write(folder .. "/base.lua", BASE_LUA:format(settings or ""))
    files.write(folder .. "/actions/release.lua", action(name))
    files.write(folder .. "/public/release.txt", name)
    return folder
  end
  -- As deployments do: in one step.
  function self.switch(name)
    files.run(("cd %s && ln -s %s next && mv -T next current"):format(
      files.quote(self.root), files.quote(name)))
  end
  self.current = self.root .. "/current"
  self.release "r1"
  self.switch "r1"
  return self
end

local function ask(base, command)
  local peer = client.join { port = base.port }
  peer:send_message(command or "release", nil, 1)
  local answer = peer:receive_message()[1]
  peer:close()
  return answer
end

local function page(base)
  return http.request { port = base.port, path = "/release.txt" }
end

describe("A project that is a link", function()
  local site

  before_each(function() site = shop() end)
  after_each(function() files.remove(site.root) end)

  it("is followed by a reload, with its files, when it is switched", function()
    local base <close> = server.start { project = site.current }
    assert.equal("r1", ask(base))
    site.release "r2"
    site.switch "r2"
    base:reload()
    assert.equal("r2", ask(base))
    files.remove(site.root .. "/r1")
    assert.equal("r2", page(base).body)
    base:reload()
    assert.equal("r2", ask(base))
  end)

  it("is left where it was when the new release does not load", function()
    local base <close> = server.start { project = site.current }
    files.write(site.release "r2" .. "/actions/bad.lua", "oops oops")
    site.switch "r2"
    base:signal "HUP"
    base:wait_log "not reloaded"
    assert.equal("r1", ask(base))
    assert.equal("r1", page(base).body)
    files.write(site.root .. "/r2/actions/bad.lua", action "good")
    base:reload()
    assert.equal("r2", page(base).body)
  end)

  it("that leads nowhere is not reloaded, and the old stays", function()
    local base <close> = server.start { project = site.current }
    site.switch "r3"
    base:signal "HUP"
    base:wait_log(site.current:gsub("%p", "%%%0") .. ": No such file")
    base:wait_log "not reloaded"
    assert.equal("r1", ask(base))
    assert.equal("r1", page(base).body)
  end)

  it("may be a link to a link, or another folder of the same name", function()
    files.run(("ln -s current %s/live"):format(files.quote(site.root)))
    local base <close> = server.start { project = site.root .. "/live" }
    site.release "r2"
    site.switch "r2"
    base:reload()
    assert.equal("r2", ask(base))
    site.release "r3"
    files.run(("cd %s && mv r2 old && mv r3 r2"):format(
      files.quote(site.root)))
    base:reload()
    assert.equal("r3", ask(base))
  end)

  it("is followed from where the server was started", function()
    local from = 'program=$(realpath "$1"); shift; cd "$0"; '
      .. 'exec "$program" "$@"'
    for _, case in ipairs { { site.current, "." }, { site.root, "current" } } do
      site.switch "r1"
      local port = server.free_port()
      local base <close> = server.start {
        project = case[2], port = port,
        under = { "sh", "-c", from, case[1] },
      }
      site.release "r2"
      site.switch "r2"
      base:reload()
      assert.equal("r2", ask(base), case[1])
    end
  end)

  it("is resolved anew by a new process", function()
    local base <close> = server.start { project = site.current }
    site.release "r2"
    site.switch "r2"
    base:signal "USR2"
    base:wait_log("is ready and takes over", 20)
    assert.equal("r2", ask(base))
    local id = tonumber(base:log():match "process (%d+) is starting")
    base:wait_end(0)
    os.execute("kill -TERM " .. id)
    wait.for_(10, "the new process to end", function()
      return not files.read("/proc/" .. id .. "/stat")
    end)
  end)

  it("stays where it was when only root may read its path", function()
    if files.run "id -u" ~= "0" then return pending "needs root" end
    local folder = site.release("r1", 'user = "nobody:nogroup",')
    files.run("chmod -R a+rX " .. files.quote(folder))
    local base <close> = server.start { project = site.current }
    files.write(folder .. "/actions/release.lua", action "r1 again")
    base:reload()
    base:wait_log "cannot find where .* leads: Permission denied"
    assert.equal("r1 again", ask(base))
  end)

  it("says which Unix socket was left in the old release", function()
    local listen = 'listen = "unix:base.sock",'
    files.write(site.root .. "/r1/base.lua", BASE_LUA:format(listen))
    local base <close> = server.start { project = site.current, port = false }
    base:reload()
    assert.is_nil(base:log():find "clients cannot reach")
    site.release("r2", listen)
    site.switch "r2"
    base:reload()
    base:wait_log "clients cannot reach unix:base.sock"
    base:stop()
    assert.is_false(pcall(files.run,
      "test -e " .. site.root .. "/r1/base.sock"))
  end)
end)

describe("A server that watches", function()
  local site

  before_each(function() site = shop() end)
  after_each(function() files.remove(site.root) end)

  local function start(project)
    return server.start {
      project = project or site.current, args = { "--watch" } }
  end

  local function becomes(base, answer, command)
    wait.for_(10, answer, function() return ask(base, command) == answer end)
  end

  it("sees that the link to the project is switched", function()
    local base <close> = start()
    site.release "r2"
    site.switch "r2"
    becomes(base, "r2")
    files.write(site.root .. "/r2/actions/release.lua", action "r2 again")
    becomes(base, "r2 again")
    site.release "r3"
    site.switch "r3"
    becomes(base, "r3")
  end)

  it("sees another folder of the same name", function()
    local base <close> = start(site.root .. "/r1")
    site.release "r2"
    files.run(("cd %s && mv r1 old && mv r2 r1"):format(
      files.quote(site.root)))
    becomes(base, "r2")
  end)

  it("sees what links lead to, files and folders", function()
    local there = site.root .. "/shared"
    files.write(there .. "/talk/say.lua", action "said")
    files.write(there .. "/one.lua", action "one")
    files.run(("cd %s/r1/actions && ln -s ../../shared/talk talk"
      .. " && ln -s ../../shared/one.lua one.lua"):format(site.root))
    local base <close> = start()
    assert.equal("said", ask(base, "talk/say"))
    files.write(there .. "/talk/say.lua", action "said again")
    becomes(base, "said again", "talk/say")
    files.write(there .. "/one.lua", action "two")
    becomes(base, "two", "one")
    -- As editors save: under another name, and then renamed.
    files.write(there .. "/one.lua.tmp", action "three")
    files.run(("mv %s/one.lua.tmp %s/one.lua"):format(there, there))
    becomes(base, "three", "one")
    files.write(site.root .. "/other/say.lua", action "from elsewhere")
    files.run(("ln -sfn ../../other %s/r1/actions/talk"):format(site.root))
    becomes(base, "from elsewhere", "talk/say")
  end)

  it("sees modules wherever package.path has them", function()
    local there = site.root .. "/lib"
    files.write(there .. "/word.lua", "return 'old'")
    files.write(site.root .. "/r1/base.lua", ("package.path = %q\n"):format(
      there .. "/?.lua") .. BASE_LUA:format "")
    files.write(site.root .. "/r1/actions/word.lua", [[
      local word = require "word"
      return function(_, message) return message:respond(word) end]])
    local base <close> = start()
    assert.equal("old", ask(base, "word"))
    files.write(there .. "/word.lua", "return 'new'")
    becomes(base, "new", "word")
    files.write(there .. "/more/deep.lua", "return 'deep'")
    files.write(there .. "/word.lua", "return require 'more.deep'")
    becomes(base, "deep", "word")
    files.write(there .. "/more/deep.lua", "return 'deeper'")
    becomes(base, "deeper", "word")
  end)

  it("sees folders whose names have a dot", function()
    local base <close> = start()
    files.write(site.root .. "/r1/actions/v1.2/say.lua", action "one")
    becomes(base, "one", "v1.2/say")
    files.write(site.root .. "/r1/actions/v1.2/say.lua", action "two")
    becomes(base, "two", "v1.2/say")
  end)

  it("enters folders that are linked to themselves once", function()
    for _, name in ipairs { "a", "b", "c" } do
      files.run(("ln -s . %s/r1/%s"):format(site.root, name))
      files.run(("ln -s . %s/r1/actions/%s"):format(site.root, name))
    end
    local base <close> = start()
    files.write(site.root .. "/r1/actions/release.lua", action "again")
    becomes(base, "again")
    assert.is_nil(base:log():find "not all are watched")
  end)

  it("ignores files that are not Lua", function()
    local base <close> = start()
    for _, name in ipairs { "counter", "log.txt", ".hidden.lua" } do
      files.write(site.root .. "/r1/" .. name, "x")
    end
    files.write(site.root .. "/unrelated.lua", "x")
    files.write(site.root .. "/r1/actions/release.lua", action "again")
    becomes(base, "again")
    assert.equal(1, select(2, base:log():gsub("reloaded", "")))
  end)
end)

-- The log cannot be written: nobody who is served notices, and when it goes
-- again it says how much is missing.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"
local wait = require "spec.support.wait"

local FILES = {
  ["actions/say.lua"] = [[
local base = require "base"
return function(_, message)
  for i = 1, message.body.times do
    base.log.info(message.body.text .. " " .. i)
  end
  return message:respond("said")
end
]],
}

-- Starts a server whose standard error is what the shell makes of it.
local function start(redirection)
  return server.launch { files = FILES, under = {
    "sh", "-c", 'exec "$@" 2>' .. redirection, "sh",
  } }
end

local function join(base)
  wait.for_(10, "the server to listen", function()
    local ok, to = pcall(stream.connect, base)
    if ok then to:close() end
    return ok
  end)
  return client.join { port = base.port }
end

local function say(peer, text, times)
  peer:send_message("say", { text = text, times = times or 1 })
  assert.same("said", peer:receive_message()[1])
end

-- What comes out of a pipe until a line has the pattern.
local function read_pipe(path, pattern)
  return files.run(("timeout 10 grep -m 1 '%s' %s"):format(pattern,
    files.quote(path)))
end

describe("A log that cannot be written", function()
  local folder

  before_each(function() folder = files.folder() end)
  after_each(function() files.remove(folder) end)

  it("because the disk is full, blocks nothing", function()
    local base <close> = start "/dev/full"
    local peer = join(base)
    say(peer, "into nothing", 1000)
    peer:close()
  end)

  it("because of a file size limit, goes on when that is raised",
    function()
      local path = folder .. "/log"
      local base <close> = start(files.quote(path))
      local peer = join(base)
      local id = base.process.id
      files.run(("prlimit --pid %d --fsize=2000:"):format(id))
      say(peer, "a line", 100)
      assert.is_true(#files.read(path) <= 2000)
      files.run(("prlimit --pid %d --fsize=unlimited:"):format(id))
      say(peer, "the end")
      local written = files.read(path)
      local _, count = written:gsub("info a line %d+ [^\n]*user=ada\n", "")
      local missing = assert(tonumber(written:match(
        "\n%S+ warn log lines missing here: (%d+) %(File too large%)\n%S+ info "
          .. "the end 1 [^\n]*\n$")))
      assert.equal(100, count + missing)
      peer:close()
    end)

  it("because nobody reads the pipe, goes on when somebody does", function()
    local path = folder .. "/pipe"
    files.run("mkfifo " .. files.quote(path))
    local base <close> = start(files.quote(path))
    local reader = assert(io.open(path))
    local peer = join(base)
    say(peer, ("long "):rep(200), 200)
    say(peer, ("longer "):rep(2000), 10)
    -- Without anything new to be said.
    local line = read_pipe(path, "missing here")
    assert.matches("warn log lines missing here: %d+ %(Resource temporarily "
      .. "unavailable%)$", line)
    reader:close()
    peer:close()
  end)

  it("because the pipe's reader has gone, goes on for the next", function()
    local path = folder .. "/pipe"
    files.run("mkfifo " .. files.quote(path))
    local base <close> = start(files.quote(path))
    assert(io.open(path)):close()
    local peer = join(base)
    say(peer, "to nobody", 3)
    local line = read_pipe(path, "missing here")
    assert.matches("missing here: %d+ %(Broken pipe%)$", line)
    peer:close()
  end)

  it("because it is closed, is not written to a client's socket", function()
    local base <close> = start "&-"
    local peer = join(base)
    say(peer, "a line", 10)
    peer:close()
  end)
end)

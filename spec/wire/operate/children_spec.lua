-- What a script starts is a program like any other: it is not told to ignore
-- what Base ignores, and os.execute is Lua's own to who uses it.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"

local SHOW = "grep -E '^Sig(Ign|Blk)' /proc/self/status"

local FILES = {
  ["base.lua"] = ([[
    local pipe = io.popen %q
    local loading = pipe:read "a"
    pipe:close()
    return {
      authenticate = function(connection, register)
        register(connection, { id = 1 })
      end,
      welcome = function() return { loading = loading } end,
    }]]):format(SHOW),
  ["actions/popen.lua"] = ([[
    return function(_, message)
      local pipe <close> = io.popen(message.body or %q)
      return message:respond("popen", pipe:read "a")
    end]]):format(SHOW),
  ["actions/execute.lua"] = [[
    return function(_, message)
      local is_done, how, number = os.execute(message.body)
      return message:respond("execute",
        { done = is_done, how = how, number = number })
    end]],
}

-- The numbers of the signals in a mask of /proc.
local function signals(status, name)
  local mask, set = tonumber(status:match(name .. ":%s*(%x+)"), 16), {}
  for number = 1, 31 do
    if mask & 1 << number - 1 ~= 0 then set[#set + 1] = number end
  end
  return set
end

-- SIGHUP, SIGINT, SIGUSR2, SIGPIPE, SIGTERM, SIGCHLD, SIGXFSZ
local IGNORED = "HUP INT USR2 PIPE TERM CHLD XFSZ"

describe("A process that a script starts", function()
  local base, peer, loading

  setup(function()
    -- Base itself was told to ignore all that concerns it, as under nohup.
    base = server.start { files = FILES, under = { "env",
      "--default-signal", "--ignore-signal=" .. IGNORED:gsub(" ", ",") } }
    peer = client.connect { port = base.port }
    loading = peer:receive_message()[2].loading
  end)

  teardown(function()
    peer:close()
    base:stop()
  end)

  local function ask(command, body)
    peer:send_message(command, body, 1)
    return assert(peer:receive_message())[2]
  end

  it("ignores no signal, and blocks none", function()
    local popen = ask "popen"
    assert.same({}, signals(popen, "SigIgn"))
    assert.same({}, signals(popen, "SigBlk"))
    ask("execute", SHOW .. " >status")
    local execute = files.read(base.dir .. "/status")
    assert.same({}, signals(execute, "SigIgn"))
    assert.same({}, signals(execute, "SigBlk"))
  end)

  it("inherits no descriptor of Base's", function()
    -- The last is the folder, which ls itself opens.
    assert.equal("0\n1\n2\n3\n", ask("popen", "ls /proc/self/fd"))
    ask("execute", "ls /proc/self/fd >descriptors")
    assert.equal("0\n1\n2\n3\n", files.read(base.dir .. "/descriptors"))
  end)

  it("is ended by SIGPIPE when nobody reads its pipe", function()
    assert.same({ done = true, how = "exit", number = 0 },
      ask("execute", "bash -c 'yes | head -1 >/dev/null; "
        .. "[ ${PIPESTATUS[0]} = 141 ]'"))
  end)

  it("ignores and blocks none while files load, too", function()
    -- What is not Base's to know is as it was given to it.
    for _, number in ipairs { 10, 12, 13, 17, 25 } do
      for _, ignored in ipairs(signals(loading, "SigIgn")) do
        assert.not_equal(number, ignored)
      end
    end
    assert.same({}, signals(loading, "SigBlk"))
  end)

  for _, case in ipairs {
    { "true", { done = true, how = "exit", number = 0 } },
    { "exit 3", { how = "exit", number = 3 } },
    { "kill -9 $$", { how = "signal", number = 9 } },
    { "no-such-program 2>/dev/null", { how = "exit", number = 127 } },
  } do
    it("has the status that os.execute of Lua returns: " .. case[1], function()
      assert.same(case[2], ask("execute", case[1]))
    end)
  end

  it("is not needed: os.execute() says whether there is a shell", function()
    assert.same({ done = true }, ask("execute"))
  end)
end)

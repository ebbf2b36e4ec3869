-- What a process says that takes the place of another one, or is replaced, is
-- not believed: it may be broken, or no Base at all.
local files = require "spec.support.files"
local server = require "spec.support.server"
local upgrade = require "spec.support.upgrade"
local wait = require "spec.support.wait"

local enter, join, receive = upgrade.enter, upgrade.join, upgrade.receive
local run, say = upgrade.run, upgrade.say

-- A server whose program is a link, which leads to something else when it
-- starts a successor.
local function start(mode)
  local folder = files.folder()
  local program = folder .. "/base"
  local here = files.run "pwd"
  files.run(("ln -s %s %s"):format(files.quote(
    files.run("realpath " .. server.program())), program))
  local base = upgrade.start("drain = 3000,", {
    env = { FALSE_SUCCESSOR = mode,
      FALSE_SUCCESSOR_PATH = here .. "/spec/support/peers" },
    under = { "env", "sh", "-c", 'shift; exec "$0" "$@"', program },
  })
  os.remove(program)
  files.write(program, ("#!/bin/sh\nexec python3 %s/spec/support/peers/"
    .. "false_successor.py \"$@\"\n"):format(here))
  files.run("chmod +x " .. program)
  return base, folder
end

describe("A successor that is none", function()
  local base, folder, ada

  local function begin(mode)
    base, folder = start(mode)
    ada = join(base, "ada")
    enter(ada)
    assert.equal(1, say(ada, 1))
    base:signal "USR2"
  end

  after_each(function()
    if ada then ada:close() end
    if base then base:remove() end
    if folder then files.remove(folder) end
    base, folder, ada = nil, nil, nil
  end)

  it("is not heard when it says what is no frame", function()
    begin "garbage"
    base:wait_log "the new process is told nothing more: it said what is not"
    base:wait_log("continues as before", 10)
    assert.equal(2, say(ada, 2))
    base:stop()
  end)

  it("is not given everything twice", function()
    begin "asks twice"
    base:wait_log("continues as before", 10)
    assert.equal(2, say(ada, 2))
    base:stop()
  end)

  it("may die with everything: what waits is done in the old one", function()
    begin "dies"
    base:wait_log("the false successor has everything", 10)
    ada:send_message("said", 2, 5, "room:1")
    ada:send_message("$join", {}, 6, "room:2")
    local bob <close> = join(base, "bob")
    bob:send_message("$join", { last = 5 }, 7, "room:1")
    wait.for_(5, "the join to wait", function()
      return bob:receive_message(0.1) == nil
    end)
    files.write(base.dir .. "/die", "")
    base:wait_log("continues as before", 10)
    assert.equal(2, receive(ada, "$sent")[2].position)
    assert.same({ ada = {} }, receive(ada, "$joined")[2].members)
    local joined = receive(bob, "$joined")
    assert.equal(2, joined[5])
    assert.equal(2, #joined[2].missed)
    assert.same({ ada = {}, bob = {} }, joined[2].members)
    assert.equal(3, say(ada, 3))
    bob:close()
    base:stop()
  end)

  it("that has taken over and then lies leaves no channels", function()
    begin "lies"
    base:wait_log("channels are not shared with the new process: it said", 10)
    ada:send_message("said", "hi", 7, "room:1")
    assert.equal("cluster", receive(ada, "error")[2].code)
    base:stop()
  end)
end)

describe("A predecessor that is none", function()
  local function begin(mode)
    return upgrade.start("drain = 1,", {
      under = { "python3", "spec/support/peers/false_predecessor.py", mode,
        "--" },
    })
  end

  for _, mode in ipairs { "lies", "dies" } do
    it("gives half of it: " .. mode, function()
      local base <close> = begin(mode)
      base:wait_log "the old process does not say what it knows"
      local ada <close> = join(base, "ada")
      assert.equal(5, run(ada, "return base.state.visits"))
      local joined, position = enter(ada, { last = 5 })
      assert.same({}, joined.missed)
      assert.equal(0, position)
      assert.not_equal("25", joined.epoch)
      assert.equal(1, say(ada, 1))
      ada:close()
      base:stop()
    end)
  end

  it("says what is no frame", function()
    local base <close> = begin "garbage"
    base:wait_log "the old process is not heard any more: it said what is not"
    local ada <close> = join(base, "ada")
    enter(ada)
    assert.equal(1, say(ada, 1))
    ada:close()
    base:stop()
  end)
end)

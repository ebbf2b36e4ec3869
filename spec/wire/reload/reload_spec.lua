-- Loading the scripts again, by signal and by saving a file, while clients
-- talk.
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local function action(answer)
  return ([[
    return function(_, message)
      return message:respond("%s", message.body)
    end]]):format(answer)
end

local SLOW = [[
  local base = require "base"
  return function(connection, message)
    connection:send("begun")
    base.sleep(0.5)
    return message:respond("%s", message.body)
  end]]

describe("A reload", function()
  local base, peer

  before_each(function()
    base = server.start {
      settings = "limits = { rate = 0 },",
      files = {
        ["actions/ask.lua"] = action "old",
        ["actions/slow.lua"] = SLOW:format "old",
      },
    }
    peer = client.join { port = base.port }
  end)

  after_each(function()
    base:stop()
  end)

  local function ask(id)
    peer:send_message("ask", "x", id)
    return peer:receive_message()[1]
  end

  it("runs the new code for a connection that was open before", function()
    assert.equal("old", ask(1))
    files.write(base.dir .. "/actions/ask.lua", action "new")
    base:reload()
    assert.equal("new", ask(2))
  end)

  it("serves an action that was not there before", function()
    files.write(base.dir .. "/actions/more/new.lua", action "found")
    base:reload()
    peer:send_message("more/new", 1, 1)
    assert.equal("found", peer:receive_message()[1])
  end)

  it("changes nothing when one file does not load, and says why", function()
    files.write(base.dir .. "/actions/ask.lua", action "new")
    files.write(base.dir .. "/actions/bad.lua", "return function(")
    base:signal "HUP"
    base:wait_log "actions/bad.lua:1:"
    base:wait_log "not reloaded: the old scripts stay"
    assert.equal("old", ask(1))
  end)

  it("lets an action that waits finish with the code it began with", function()
    peer:send_message("slow", "x", 1)
    assert.equal("begun", peer:receive_message()[1])
    files.write(base.dir .. "/actions/slow.lua", SLOW:format "new")
    base:reload()
    assert.same({ "old", "x", 1 }, peer:receive_message())
  end)

  it("applies limits to connections that are open", function()
    files.write(base.dir .. "/base.lua", (files.read(base.dir .. "/base.lua")
      :gsub("rate = 0", "rate = 0, message_size = 20", 1)))
    base:reload()
    peer:send_message("ask", ("x"):rep(100), 1)
    assert.equal(1009, (peer:expect_close()))
  end)

  it("keeps where it listens, and says that this needs a restart", function()
    files.write(base.dir .. "/base.lua", (files.read(base.dir .. "/base.lua")
      :gsub('"127.0.0.1"', '"127.0.0.2"', 1)))
    base:reload()
    base:wait_log "it needs a restart"
    assert.equal("old", ask(1))
    assert.truthy(client.join { port = base.port })
  end)

  it("loses no message, doubles none and changes no order", function()
    local total, heard = 2000, 0
    local reloads = 0
    for id = 1, total do
      peer:send_message("ask", "x", id)
      if id % 100 == 0 then
        base:signal "HUP"
        reloads = reloads + 1
        while heard < id - 50 do
          heard = heard + 1
          assert.equal(heard, peer:receive_message()[3])
        end
      end
    end
    while heard < total do
      heard = heard + 1
      assert.equal(heard, peer:receive_message()[3])
    end
    base:wait_log("reloaded", 5)
    assert.equal(20, reloads)
  end)
end)

describe("A server that watches", function()
  it("loads what is saved, and what is new", function()
    local base <close> = server.start {
      args = { "--watch" },
      files = { ["actions/ask.lua"] = action "old" },
    }
    local peer = client.join { port = base.port }
    local function becomes(command, answer)
      wait.for_(10, "the new " .. command, function()
        peer:send_message(command, "x", 1)
        if peer:receive_message()[1] == answer then return true end
        socket.sleep(0.02)
      end)
    end
    files.write(base.dir .. "/actions/ask.lua", action "new")
    becomes("ask", "new")
    files.write(base.dir .. "/actions/room/join.lua", action "joined")
    becomes("room/join", "joined")
    files.write(base.dir .. "/actions/room/join.lua", action "again")
    becomes("room/join", "again")
    files.remove(base.dir .. "/actions/room")
    files.write(base.dir .. "/actions/room/join.lua", action "anew")
    becomes("room/join", "anew")
    files.write(base.dir .. "/actions/room/join.lua", action "and again")
    becomes("room/join", "and again")
  end)
end)

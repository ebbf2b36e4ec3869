-- Many at once.
local client = require "spec.support.peers.client"
local server = require "spec.support.server"

local COUNT = 1000

local FILES = {
  ["actions/tell.lua"] = [[
    local base = require "base"
    return function(_, message)
      return message:respond("took", base.broadcast("told", message.body))
    end]],
  ["actions/count.lua"] = [[
    local base = require "base"
    return function(_, message)
      return message:respond("count",
        { users = base.users:count(), connections = base.connections:count() })
    end]],
  ["actions/tell_each.lua"] = [[
    local base = require "base"
    return function()
      for id, user in pairs(base.users) do user:send("you", id) end
    end]],
}

describe("A thousand connections, each with its user,", function()
  local base
  local peers = {}

  setup(function()
    base = server.start { files = FILES, settings = "offline_after = 0," }
    for i = 1, COUNT do
      peers[i] = client.join { port = base.port, user = "user" .. i }
    end
  end)

  teardown(function()
    for _, peer in ipairs(peers) do peer:close() end
    base:stop()
  end)

  it("are all there", function()
    peers[1]:send_message("count", nil, 1)
    assert.same({ users = COUNT, connections = COUNT },
      peers[1]:receive_message()[2])
  end)

  it("all receive a broadcast, once", function()
    peers[1]:send_message("tell", "everybody", 1)
    for _, peer in ipairs(peers) do
      assert.same({ "told", "everybody" }, peer:receive_message())
    end
    assert.same({ "took", COUNT, 1 }, peers[1]:receive_message())
  end)

  it("each receive their own message", function()
    peers[1]:send_message "tell_each"
    for i, peer in ipairs(peers) do
      assert.same({ "you", "user" .. i }, peer:receive_message())
    end
  end)

  it("are all answered when they send at the same time", function()
    for i, peer in ipairs(peers) do peer:send_message("ping", i, i) end
    for i, peer in ipairs(peers) do
      assert.same({ "pong", i, i }, peer:receive_message())
    end
  end)

  it("leave nothing behind when they close", function()
    for i = 2, COUNT do
      peers[i]:close(i % 2 == 0)
      peers[i] = nil
    end
    local count
    for _ = 1, 1000 do
      peers[1]:send_message("count", nil, 1)
      count = peers[1]:receive_message()[2]
      if count.users == 1 then break end
    end
    assert.same({ users = 1, connections = 1 }, count)
  end)
end)

-- Limits on sizes and counts.
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

local ECHO = [[
return function(_, message)
  return message:respond("echo", message.body)
end
]]

-- Waits until the client says so.
local WAIT = [[
return function(connection, message)
  return message:respond("waited", (connection:call "ready?"))
end
]]

describe("limits.message_size", function()
  local base

  setup(function()
    base = server.start {
      settings = "limits = { message_size = 1000 },",
      files = { ["actions/echo.lua"] = ECHO },
    }
  end)

  teardown(function()
    base:stop()
  end)

  local message = '["echo","' .. ("x"):rep(1000 - 11) .. '"]'

  it("lets a message of just that size pass", function()
    assert.equal(1000, #message)
    local peer = client.join(base)
    peer:send_text(message)
    assert.equal(message, peer:receive_text())
    peer:send_frame { fin = false, payload = message:sub(1, 999) }
    peer:send_frame { opcode = frame.CONTINUATION, payload = "]" }
    assert.equal(message, peer:receive_text())
    peer:close()
  end)

  it("closes with 1009 for one byte more", function()
    local peer = client.join(base)
    peer:send_text(message .. " ")
    local code, reason = peer:expect_close()
    assert.equal(1009, code)
    assert.truthy(reason:find "1000")
  end)

  it("closes as soon as the header tells, before the bytes come", function()
    for _, size in ipairs { 1001, 65536, 1 << 40, math.maxinteger } do
      local peer = client.join(base)
      peer:send_frame { size = size }
      assert.equal(1009, (peer:expect_close()))
    end
  end)

  it("counts all the fragments of a message together", function()
    local peer = client.join(base)
    peer:send_frame { fin = false, payload = ("x"):rep(600) }
    peer:send_frame { opcode = frame.CONTINUATION, fin = false,
      payload = ("x"):rep(400) }
    peer:send_frame { opcode = frame.PING }
    assert.equal(frame.PONG, (peer:receive()))
    peer:send_frame { opcode = frame.CONTINUATION, size = 1 }
    assert.equal(1009, (peer:expect_close()))
  end)

  it("counts each message for itself", function()
    local peer = client.join(base)
    peer:send_raw(frame.print { payload = message }:rep(3))
    for _ = 1, 3 do assert.equal(message, peer:receive_text()) end
    peer:close()
  end)
end)

describe("limits.connections", function()
  it("sends the next one away with a time to come back", function()
    local base <close> = server.start {
      settings = "limits = { connections = 1 },",
    }
    local first = client.join(base)
    local times, different = {}, 0
    for i = 1, 5 do
      local next_one = client.connect(base)
      local message = next_one:receive_message()
      assert.equal("reconnect", message[1])
      local after = message[2].after
      assert.is_true(after > 0)
      if not times[after] then different = different + 1 end
      times[after] = i
      assert.equal(1013, (next_one:expect_close()))
    end
    assert.is_true(different > 1, "clients are given different times")
    base:wait_log "limits%.connections"

    first:send_message("ping", "still served", 1)
    assert.same({ "pong", "still served", 1 }, first:receive_message())
    first:send_close(1000)
    first:expect_close()
    client.join(base):close()
  end)

  it("shows no script who was sent away", function()
    local base = server.start { settings = [[
      limits = { connections = 1 },
      on = { connect = function() print "somebody came" end },
    ]] }
    local first = client.join(base)
    local second = client.connect(base)
    assert.equal("reconnect", second:receive_message()[1])
    second:expect_close()
    first:close()
    local _, log = base:stop()
    assert.equal(1, select(2, log:gsub("somebody came", "")))
  end)
end)

describe("limits.pending_messages", function()
  it("answers busy to what it does not take, and takes the rest", function()
    local base <close> = server.start {
      settings = "limits = { pending_messages = 2 },",
      files = { ["actions/wait.lua"] = WAIT, ["actions/echo.lua"] = ECHO },
    }
    local peer, other = client.join(base), client.join(base)
    peer:send_message("wait", nil, 0)
    local question = peer:receive_message()
    for i = 1, 4 do peer:send_message("echo", "text", i) end
    for i = 3, 4 do
      local message = peer:receive_message()
      assert.same({ "error", "busy", i },
        { message[1], message[2].code, message[3] })
    end
    other:send_message("echo", "not held up", 1)
    assert.same({ "echo", "not held up", 1 }, other:receive_message())

    peer:send_message("ok", "go", question[3])
    assert.same({ "waited", "go", 0 }, peer:receive_message())
    for i = 1, 2 do
      assert.same({ "echo", "text", i }, peer:receive_message())
    end
    peer:send_message("echo", "free again", 5)
    assert.same({ "echo", "free again", 5 }, peer:receive_message())
    peer:close()
    other:close()
  end)

  it("holds while authenticate waits, too", function()
    local base <close> = server.start {
      files = {
        ["actions/echo.lua"] = ECHO,
        ["base.lua"] = [[
          local base = require "base"
          return {
            address = "127.0.0.1",
            limits = { pending_messages = 2 },
            authenticate = function(connection, register)
              connection:call "who?"
              register(connection, { id = 1 })
            end,
          }]],
      },
    }
    local peer = client.connect(base)
    local question = peer:receive_message()
    for i = 1, 3 do peer:send_message("echo", "text", i) end
    local message = peer:receive_message()
    assert.same({ "busy", 3 }, { message[2].code, message[3] })
    peer:send_message("ok", "it's me", question[3])
    assert.equal("authenticated", peer:receive_message()[1])
    for i = 1, 2 do
      assert.same({ "echo", "text", i }, peer:receive_message())
    end
    peer:close()
  end)
end)

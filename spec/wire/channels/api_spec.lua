-- Channels over the HTTP API, on real sockets.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local openapi = require "spec.support.openapi"

local SETTINGS = [[
  channels = {
    ["room:*"] = { send = true, presence = true, history = { size = 10 } },
  },
]]

describe("Channels over the API", function()
  local base, app

  setup(function()
    base, app = application.start { settings = SETTINGS }
  end)

  teardown(function()
    base:stop()
  end)

  -- Asks, and checks the answer against docs/openapi.json.
  local function ask(method, path, route, body, headers)
    local answer = app:ask(method, path, body, headers)
    return openapi.read():check(method, route, answer), answer.status
  end

  it("reach members, and tell who they are", function()
    local ada = client.join { port = base.port, user = "ada" }
    ada:send_message("$join", nil, 1, "room:a/b")
    assert.equal("$joined", ada:receive_message()[1])
    local path = "/channels/room:a%2Fb"
    assert.same({ position = 1 },
      ask("POST", path .. "/send", "/channels/{name}/send", { "said", "hi" }))
    local message = ada:receive_message()
    assert.same({ "said", "hi", "room:a/b", 1 },
      { message[1], message[2], message[4], message[5] })
    local found = ask("GET", path, "/channels/{name}")
    assert.same({ 1, 1, 1 },
      { found.users, found.connections, found.position })
    assert.is_not_nil(found.members.ada)
    found = ask("GET", path .. "/history", "/channels/{name}/history")
    assert.same({ { "said", "hi", 1 } }, found.messages)
    assert.same({ "room:a/b" }, ask("GET", "/channels", "/channels").channels)
    ask("DELETE", path .. "/history", "/channels/{name}/history")
    ada:close()
  end)

  it("let a user in and out", function()
    local bob = client.join { port = base.port, user = "bob" }
    assert.same({ connections = 1 }, ask("POST", "/users/bob/join",
      "/users/{id}/join", { channel = "room:1", info = { n = 1 } }))
    assert.equal("$joined", bob:receive_message()[1])
    assert.same({ connections = 1 }, ask("POST", "/users/bob/leave",
      "/users/{id}/leave", { channel = "room:1", reason = "late" }))
    assert.same({ reason = "late" }, bob:receive_message()[2])
    bob:close()
  end)

  it("are sent to once, however often the application asks", function()
    local headers = { ["Idempotency-Key"] = "order-17" }
    for _ = 1, 3 do
      assert.same({ position = 1 }, ask("POST", "/channels/room:once/send",
        "/channels/{name}/send", { "paid", 17 }, headers))
    end
    local _, status = ask("POST", "/channels/room:once/send",
      "/channels/{name}/send", { "paid", 18 }, headers)
    assert.equal(422, status)
  end)
end)

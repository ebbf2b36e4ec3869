-- Channels over the HTTP API, on real sockets.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local http = require "spec.support.peers.http"
local openapi = require "spec.support.openapi"
local socket = require "socket"
local stream = require "spec.support.peers.stream"

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
    assert.same({ { users = 1, connections = 1 }, 1 },
      { found.count, found.position })
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

  it("have names in any writing, and are told page by page", function()
    local names = {}
    for i, name in ipairs { "room:2", "room:%20", "room:%C3%A9%2F%22" } do
      local path = "/channels/" .. name
      ask("POST", path .. "/send", "/channels/{name}/send", { "n", i })
      names[i] = ask("GET", path, "/channels/{name}").name
    end
    assert.same({ "room:2", "room: ", 'room:é/"' }, names)
    local found = ask("GET", "/channels?prefix=room:&limit=2", "/channels")
    assert.same({ "room: ", "room:2" }, found.channels)
    local rest = ask("GET", "/channels?prefix=room:&limit=2&after=room:2",
      "/channels")
    assert.equal('room:é/"', rest.channels[#rest.channels])
    assert.equal(found.total, rest.total)
    for name, code in pairs { ["%FF"] = "channel", ["%24a"] = "channel",
      ["%0A"] = "channel", ["%"] = "path", [""] = "channel",
      [("a"):rep(129)] = "channel" } do
      local wrong, status =
        ask("GET", "/channels/" .. name, "/channels/{name}")
      assert.same({ 400, code }, { status, wrong.error.code })
    end
  end)

  it("give a history in parts", function()
    for i = 1, 12 do
      ask("POST", "/channels/room:long/send", "/channels/{name}/send",
        { "n", i })
    end
    local at, seen = 0, {}
    local part
    repeat
      part = ask("GET", ("/channels/room:long/history?after=%d&limit=4")
        :format(at), "/channels/{name}/history")
      for _, message in ipairs(part.messages) do
        seen[#seen + 1] = message[2]
        at = message[3]
      end
    until #part.messages == 0
    assert.same({ 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, seen)
    assert.equal(12, part.position)
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

  it("are sent to once by two at the same time, and in a batch", function()
    local path = "/channels/room:two/send"
    local body = '["paid"]'
    local sockets = {}
    for i = 1, 2 do
      sockets[i] = stream.connect { port = app.port }
      sockets[i]:send(http.head { method = "POST", path = path, headers = {
        "Authorization: Bearer " .. application.key, "Idempotency-Key: two",
        "Content-Length: " .. #body } })
    end
    for i = 1, 2 do sockets[i]:send(body) end
    for i = 1, 2 do
      local answer = assert(http.read(sockets[i], socket.gettime() + 5))
      assert.same({ 200, '{"position":1}' }, { answer.status, answer.body })
      sockets[i]:close()
    end
    local item = { method = "POST", path = path, body = { "paid" },
      key = "two" }
    local found = ask("POST", "/batch", "/batch", { item, item })
    for i = 1, 2 do
      assert.same({ status = 200, body = { position = 1 } }, found.results[i])
    end
  end)
end)

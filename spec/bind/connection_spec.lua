-- What scripts can do with a connection, and what they see of it.
local world = require "spec.helper"

local seen = world.seen
local null = world.null

after_each(world.reset)

-- A client whose command "run" does this. In the environment of the spec itself
-- its handle is client.connection.
local function client_of(body, options)
  world.project { ["actions/run.lua"] = world.action(body or "") }
  return world.connect(options or { user = "ada" })
end

describe("a connection", function()
  it("shows who it is and how it came", function()
    local client = client_of("", {
      path = "/room/a%20b?q=%C3%A9+%26&q=last&empty=&flag",
      address = "192.0.2.1",
      headers = { "X-One: 1", "x-one: 2", "ACCEPT: Text",
        'Cookie: user=ada; a="b%20c"; user2=x=y' },
    })
    local connection = client.connection
    local request = connection.request
    assert.equal("integer", math.type(connection.id))
    assert.is_true(connection.id > 0 and connection.id < 2 ^ 53)
    assert.equal("192.0.2.1", connection.address)
    assert.equal("ada", connection.user.id)
    assert.is_true(math.abs(connection.opened_at - os.time()) < 60)
    assert.equal("GET", request.method)
    assert.equal("/room/a%20b", request.path)
    assert.same({ q = "last", empty = "", flag = "" }, request.query)
    assert.equal("1, 2", request.headers["x-one"])
    assert.equal("Text", request.headers.accept)
    assert.is_nil(request.headers.ACCEPT)
    assert.same({ user = "ada", a = "b c", user2 = "x=y" }, request.cookies)
    assert.equal(request, connection.request)
  end)

  it("never has the id of another", function()
    local ids = {}
    client_of()
    for _ = 1, 20 do
      local client = world.connect()
      assert.is_nil(ids[client.connection.id])
      ids[client.connection.id] = true
      client:leave()
    end
  end)

  it("is the same value for as long as it lives, and a key", function()
    local client = client_of "seen[connection] = (seen[connection] or 0) + 1"
    client:say { "run" }
    collectgarbage()
    client:say { "run" }
    assert.equal(2, seen[client.connection])
  end)

  it("keeps the script's own fields, each connection its own", function()
    local client = client_of [[
      if message.body then connection.room = message.body end
      return message:respond("room", connection.room)
    ]]
    local other = world.user "ada"
    assert.same({ "room", 7 }, { client:ask("run", 7) })
    collectgarbage()
    assert.same({ "room", 7 }, { client:ask "run" })
    assert.same({ "room" }, { other:ask "run" })
  end)

  it("knows its subprotocol for as long as it is known", function()
    world.project {
      ["base.lua"] = world.settings 'protocols = { "mqtt", "ocpp1.6" },',
      ["actions/run.lua"] = world.action(""),
    }
    local offer = "Sec-WebSocket-Protocol: x, ocpp1.6"
    local client = world.connect { user = "ada", headers = { offer } }
    local connection = client.connection
    assert.equal("ocpp1.6", connection.protocol)
    assert.is_nil(world.connect { user = "bob" }.connection.protocol)
    world.file("base.lua", world.settings "protocols = {},")
    assert.is_true(world.reload())
    assert.equal("ocpp1.6", connection.protocol)
    client:leave()
    assert.equal("ocpp1.6", connection.protocol)
  end)

  for _, name in ipairs { "id", "user", "address", "request", "protocol",
    "opened_at",
      "send", "send_text", "send_binary", "call", "register", "close",
      "is_open" } do
    it("does not let a script assign to " .. name, function()
      local client = client_of("connection." .. name .. " = 1")
      local _, body = client:ask "run"
      assert.equal("failed", body.code)
      local log = world.log()
      assert.equal("actions/run.lua:2", world.place(log))
      assert.matches(name, log, 1, true)
    end)
  end

  it("says which one it is as a string", function()
    local connection = client_of().connection
    assert.equal("connection " .. connection.id, tostring(connection))
  end)

  it("does not show its metatable", function()
    assert.is_false(getmetatable(client_of().connection))
    assert.is_false(getmetatable(client_of().connection.user))
  end)
end)

describe("sending", function()
  it("takes a message, or command and body in its place", function()
    local client = client_of [[
      seen[1] = connection:send(message:respond("a", 1))
      seen[2] = connection:send(base.Message("b", { x = 1 }))
      seen[3] = connection:send("c", "body")
      seen[4] = connection:send("d")
    ]]
    client:heard()
    client:say { "run", null, "id" }
    assert.same({ { "a", 1, "id" }, { "b", { x = 1 } }, { "c", "body" },
      { "d" } }, client:heard())
    assert.same({ true, true, true, true }, seen)
  end)

  it("takes text and bytes as they are", function()
    local client = client_of [[
      seen[1] = connection:send_text("{}")
      seen[2] = connection:send_binary("\0\xff")
    ]]
    client:heard()
    client:say { "run" }
    assert.same({ { kind = "text", bytes = "{}" },
      { kind = "binary", bytes = "\0\xff" } }, client:frames_heard())
    assert.same({ true, true }, seen)
  end)

  local refused = {
    ["no command"] = "connection:send()",
    ["a table that is no message"] = "connection:send({ command = 'a' })",
    ["a number as command"] = "connection:send(7)",
    ["an empty command"] = "connection:send('')",
    ["a command of 129 bytes"] = "connection:send(('x'):rep(129))",
    ["a command that is not UTF-8"] = "connection:send('\\xff')",
    ["a function"] = "connection:send('a', print)",
    ["a user"] = "connection:send('a', connection.user)",
    ["a connection"] = "connection:send('a', { connection })",
    ["a hole"] = "connection:send('a', { 1, nil, 3 })",
    ["other keys"] = "connection:send('a', { [2.5] = 1 })",
    ["mixed keys"] = "connection:send('a', { 1, x = 1 })",
    ["a cycle"] = "local t = {} t.t = t connection:send('a', t)",
    ["NaN"] = "connection:send('a', 0/0)",
    ["infinity"] = "connection:send('a', { 1/0 })",
    ["text that is not UTF-8"] = "connection:send('a', '\\xff')",
    ["an id that may not be one"] =
      "local m = base.Message('a') m.id = 1.5 connection:send(m)",
    ["text that is not UTF-8, raw"] = "connection:send_text('\\xff')",
    ["nothing, raw"] = "connection:send_text()",
    ["a table as bytes"] = "connection:send_binary({})",
    ["a number as a message's command"] = "base.Message(7)",
    ["a number as an answer's command"] = "message:respond(7)",
  }
  for name, line in pairs(refused) do
    it("raises at the caller's line for " .. name, function()
      local client = client_of("\n" .. line .. "\n")
      client:heard()
      client:say { "run", null, 7 }
      assert.equal("failed", client:heard()[1][2].code)
      assert.equal("actions/run.lua:3", world.place(world.log()))
    end)
  end
end)

describe("close", function()
  it("closes with 1000, or the code and reason that it is given", function()
    local client = client_of
      "seen[1] = connection:close(table.unpack(message.body))"
    client:say { "run", {} }
    assert.same({ 1000, "" }, { client:closed() })
    assert.is_true(seen[1])
    for _, code in ipairs { 1000, 3000, 3999, 4100, 4999 } do
      local other = world.user "ada"
      other:say { "run", { code, "why" } }
      assert.same({ code, "why" }, { other:closed() })
    end
  end)

  for _, code in ipairs { 0, 999, 1001, 1005, 1006, 1011, 2999, 4000, 4001,
      4099, 5000, -1 } do
    it("may not be with " .. code, function()
      local client = client_of("connection:close(" .. code .. ")")
      local _, body = client:ask "run"
      assert.equal("failed", body.code)
      assert.equal("actions/run.lua:2", world.place(world.log()))
    end)
  end

  it("may have a reason of 123 bytes, and none of 124", function()
    local client = client_of "connection:close(1000, message.body)"
    client:say { "run", ("x"):rep(124) }
    assert.is_nil(client:closed())
    client:say { "run", ("x"):rep(123) }
    assert.same({ 1000, ("x"):rep(123) }, { client:closed() })
  end)

  it("comes after what was sent, and nothing comes after it", function()
    local client = client_of [[
      connection:send("last")
      connection:close()
      seen[1] = { connection:send("never") }
      seen[2] = { connection:close() }
      seen[3] = connection:is_open()
    ]]
    client:heard()
    client:say { "run" }
    client:say { "run" }
    assert.same({ { "last" } }, client:heard())
    assert.same({ { nil, "closed" }, { nil, "closed" }, false }, seen)
  end)
end)

describe("a connection that is gone", function()
  it("can still be read and answers nil, 'closed'", function()
    local client = client_of([[
      connection.room = 7
      local user = connection.user
      base.sleep(1)
      seen[1] = connection:is_open()
      for _, method in ipairs { "send", "send_text", "send_binary", "call" } do
        seen[#seen + 1] = { connection[method](connection, "a", "b") }
      end
      seen[#seen + 1] = { connection:close() }
      seen[#seen + 1] = { connection:register { id = 1 } }
      seen.own = connection.room
      seen.user = connection.user == user and user.id
      seen.address = connection.address
      seen.path = connection.request.path
      seen.same = connection.request == connection.request
      seen.opened = connection.opened_at
      seen.id = connection.id
      seen.none = base.connections[connection.id]
    ]], { user = "ada", path = "/here", address = "192.0.2.7" })
    local id, opened = client.connection.id, client.connection.opened_at
    client:say { "run" }
    client:leave()
    world.advance(1)
    local closed = { nil, "closed" }
    assert.same({ false, closed, closed, closed, closed, closed, closed,
      own = 7, user = "ada", address = "192.0.2.7", path = "/here",
      same = true, opened = opened, id = id }, seen)
    assert.equal("", world.log())
  end)

  it("is told to the hook disconnect at once, with code and reason", function()
    world.project {
      ["actions/run.lua"] = world.action "base.sleep(5)",
      ["base.lua"] = world.settings [[
        on = { disconnect = function(connection, code, reason)
          seen[1] = { connection.user.id, code, reason, connection:is_open(),
            connection.request.path, base.connections:count() }
        end },
      ]],
    }
    local client = world.user "ada"
    client:say { "run" }
    client:leave(1001, "bye")
    assert.same({ { "ada", 1001, "bye", false, "/", 0 } }, seen)
  end)
end)

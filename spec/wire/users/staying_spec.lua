-- Users stay true: a registration that expires, too many connections of one
-- user, a question to all of them, and an end that is no departure.
local socket = require "socket"

local client = require "spec.support.peers.client"
local server = require "spec.support.server"

local BASE_LUA = [[
local base = require "base"
return {
  address = "127.0.0.1",
  authenticate = function(connection, register)
    local query = connection.request.query
    register(connection, { id = query.user }, {
      expires = query.lasts and tonumber(query.lasts),
      grace = 0.4,
    })
  end,
  offline_after = 0,
  on = { offline = function(user) base.log.info("gone: " .. user.id) end },
  limits = { %s },
}
]]

local FILES = {
  ["actions/renew.lua"] = [[
    return function(connection, message)
      local options = message.body ~= nil and { expires = message.body } or nil
      local user = { id = connection.user.id }
      return message:respond("ok", connection:register(user, options))
    end]],
  ["actions/hello.lua"] = [[
    return function(_, message)
      return message:respond("hello", message.body)
    end]],
  ["actions/ask.lua"] = [[
    local base = require "base"
    return function(_, message)
      local user = base.users[message.body]
      local answer, word = user:call("question", "really?", 5)
      return message:respond("answered", answer or word)
    end]],
}

local function start(limits)
  local files = { ["base.lua"] = BASE_LUA:format(limits or "") }
  for path, text in pairs(FILES) do files[path] = text end
  return server.start { files = files }
end

local function join(base, query)
  return client.join { port = base.port, path = "/?user=" .. query }
end

local function hear(peer, command)
  local message, why = peer:receive_message()
  assert.equal(command, message and message[1], why)
  return message
end

describe("A registration that expires", function()
  local base

  setup(function()
    base = start()
  end)

  teardown(function()
    base:stop()
  end)

  it("is told to the client, which is closed with 4001 if it does nothing",
    function()
      local since = socket.gettime()
      local peer = join(base, "ada&lasts=0.3")
      assert.equal('["expired"]', peer:receive_text())
      assert.is_true(socket.gettime() - since > 0.29, "too early")
      peer:send_message("hello", nil, 1)
      hear(peer, "hello")
      local code, reason = peer:expect_close()
      assert.same({ 4001, "the registration has expired" }, { code, reason })
      assert.is_true(socket.gettime() - since > 0.69, "closed too early")
    end)

  it("is renewed by registering again", function()
    local left = join(base, "ada&lasts=0.3")
    local peer = join(base, "ada&lasts=0.3")
    hear(peer, "expired")
    peer:send_message("renew", nil, 1)
    hear(peer, "authenticated")
    assert.same({ "ok", true, 1 }, hear(peer, "ok"))
    -- Who came first and did nothing is closed; then this one would have been.
    hear(left, "expired")
    assert.equal(4001, (left:expect_close()))
    local last = join(base, "ada&lasts=0.01")
    hear(last, "expired")
    assert.equal(4001, (last:expect_close()))
    peer:send_message("hello", nil, 2)
    hear(peer, "hello")
    peer:close()
  end)

  it("does not begin when its time has already passed", function()
    for _, lasts in ipairs { "0", "-86400", "1e9", "1700000000" } do
      local peer = client.connect { port = base.port,
        path = "/?user=yesterday&lasts=" .. lasts }
      peer:send_message("hello", nil, 1)
      assert.same({ 4001, "the registration has expired" },
        { peer:expect_close() })
    end
  end)

  it("may be a Unix time, of this second's clock", function()
    local since = socket.gettime()
    local peer = join(base, ("ada&lasts=%.3f"):format(since + 0.5))
    hear(peer, "expired")
    local passed = socket.gettime() - since
    assert.is_true(passed > 0.49 and passed < 5, tostring(passed))
    peer:close()
  end)
end)

describe("A user with too many connections", function()
  it("loses the newest, with 4009", function()
    local base <close> = start "connections_per_user = 2"
    local first, second = join(base, "ada"), join(base, "ada")
    local third = client.connect { port = base.port, path = "/?user=ada" }
    assert.same({ 4009, "too many connections of this user" },
      { third:expect_close() })
    for i, peer in ipairs { first, second } do
      peer:send_message("hello", nil, i)
      hear(peer, "hello")
    end
    base:wait_log "closed with 4009: user ada has 2 connections already"
    first:send_close(1000)
    first:expect_close(nil, true)
    local fourth = join(base, "ada")
    fourth:close()
    second:close()
  end)

  it("loses the oldest with on_exceed = 'close_oldest'", function()
    local base <close> =
      start 'connections_per_user = 2, on_exceed = "close_oldest"'
    local first, second = join(base, "ada"), join(base, "ada")
    local third = join(base, "ada")
    assert.same({ 4009, "too many connections of this user" },
      { first:expect_close() })
    for i, peer in ipairs { second, third } do
      peer:send_message("hello", nil, i)
      hear(peer, "hello")
      peer:close()
    end
  end)
end)

describe("user:call", function()
  it("reaches all connections, and the first answer counts", function()
    local base <close> = start()
    local phone, tab = join(base, "ada"), join(base, "ada")
    local bob = join(base, "bob")
    bob:send_message("ask", "ada", 1)
    local id = hear(phone, "question")[3]
    assert.equal(id, hear(tab, "question")[3])
    tab:send_message("ok", "yes", id)
    assert.same({ "answered", "yes", 1 }, hear(bob, "answered"))
    phone:send_message("ok", "no", id)

    bob:send_message("ask", "ada", 2)
    hear(phone, "question")
    hear(tab, "question")
    phone:close()
    tab:close()
    assert.same({ "answered", "closed", 2 }, hear(bob, "answered"))
    bob:close()
  end)
end)

describe("on.offline", function()
  it("runs when a user leaves, not when the server ends", function()
    local base = start()
    local ada, bob = join(base, "ada"), join(base, "bob")
    ada:close()
    base:wait_log "gone: ada"
    base:signal "TERM"
    hear(bob, "reconnect")
    assert.equal(1012, (bob:expect_close()))
    local _, log = base:wait_end()
    assert.is_nil(log:find "gone: bob")
  end)
end)

-- The fourth element of a message, over a real socket: what is a channel, and
-- who may send to one.
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local json = require "cjson"
local server = require "spec.support.server"

local ECHO = [[
return function(_, message)
  return message:respond("echo", message.body)
end
]]

-- `before` tells who asks which channel it saw, and lets nothing pass that has
-- the body "no".
local BEFORE = [[
on = { before = function(connection, message)
  if message.body ~= "no" then return true end
  connection:send("saw", { channel = message.channel,
    command = message.command })
  return false
end },
]]

-- The user is named in the query, and is nobody without; "slow" is registered
-- when it is let go.
local GUESTS = [[
local base = require "base"
local waiting
return {
  address = "127.0.0.1",
  authenticate = function(connection, register)
    local user = connection.request.query.user
    while user == "slow" and not waiting do base.sleep(0.01) end
    if user then register(connection, { id = user }) end
  end,
  actions = {
    public = { "go" },
    resolver = function(command)
      if command == "go" then return function() waiting = true end end
    end,
  },
}
]]

local function say(peer, text)
  peer:send_text(text)
  return peer:receive_message()
end

describe("The channel of a message", function()
  local base, peer

  setup(function()
    base = server.start {
      settings = BEFORE, files = { ["actions/echo.lua"] = ECHO },
    }
    peer = client.join(base)
  end)

  teardown(function()
    peer:send_text '["echo","still served",1]'
    assert.same({ "echo", "still served", 1 }, peer:receive_message())
    peer:close()
    base:stop()
  end)

  for _, text in ipairs { "room:42", "*", "é", ("x"):rep(128),
      ("\u{1f600}"):rep(32), "\u{a0}", "a$", '\\"', "\\u00e9" } do
    it("may be " .. text, function()
      local name = json.decode('["' .. text .. '"]')[1]
      local saw = say(peer, ('["said","no",7,"%s"]'):format(text))
      assert.same({ "saw", { channel = name, command = "said" } }, saw)
      local answer = peer:receive_message()
      assert.same({ "error", "forbidden", 7, name },
        { answer[1], answer[2].code, answer[3], answer[4] })
    end)
  end

  it("is none where it is null", function()
    assert.same({ "echo", "hi", 7 }, say(peer, '["echo","hi",7,null]'))
  end)

  local size = "must be a string of 1 to 128 bytes, not "
  for element, why in pairs {
    ["21"] = size .. "an integer",
    ["2.5"] = size .. "a float",
    ["false"] = size .. "a boolean",
    ['["room"]'] = size .. "an array",
    ['{"name":"room"}'] = size .. "an object",
    ['""'] = size .. "one of 0 bytes",
    ['"' .. ("x"):rep(129) .. '"'] = size .. "one of 129 bytes",
    ['"' .. ("\u{1f600}"):rep(33) .. '"'] = size .. "one of 132 bytes",
    ['"$room"'] = "must not begin with $",
    ['"\\u0024"'] = "must not begin with $",
    ['"a\\u0000b"'] = "must not contain control characters",
    ['"a\\tb"'] = "must not contain control characters",
    ['"a\u{7f}"'] = "must not contain control characters",
    ['"a\u{85}"'] = "must not contain control characters",
  } do
    it(("may not be %.30s"):format(element), function()
      assert.same({ "error", { code = "invalid",
        message = "the channel (4th element) " .. why }, 7 },
        say(peer, ('["echo","hi",7,%s]'):format(element)))
    end)
  end

  it("is the last element that a client may send", function()
    for _, last in ipairs { "21", "null", '"x"' } do
      assert.same({ "error", { code = "invalid",
        message = "a message has at most 4 elements, not 5" }, 7, "room" },
        say(peer, ('["echo","hi",7,"room",%s]'):format(last)))
    end
  end)

  it("is not that of an action of the same name, nor of a ping", function()
    for _, command in ipairs { "echo", "ping" } do
      local answer = say(peer, ('["%s","hi",7,"room"]'):format(command))
      assert.same({ "error", 7, "room" }, { answer[1], answer[3], answer[4] })
    end
  end)

  it("is seen by before beside a command of Base's own", function()
    assert.same({ "saw", { channel = "room", command = "$join" } },
      say(peer, '["$join","no",7,"room"]'))
    assert.equal("forbidden", peer:receive_message()[2].code)
  end)
end)

describe("A command that begins with $", function()
  it("is unknown unless it is Base's, whoever says it", function()
    local base <close> = server.start { files = { ["base.lua"] = GUESTS } }
    for _, path in ipairs { "/", "/?user=ada" } do
      local peer = client.connect { port = base.port, path = path }
      if path ~= "/" then peer:receive_message() end
      for _ = 1, 2 do
        local answer = say(peer, '["$nothing",null,7,"room"]')
        assert.same({ "error", "unknown", 7, "room" },
          { answer[1], answer[2].code, answer[3], answer[4] })
      end
      peer:close()
    end
  end)
end)

describe("A message for a channel", function()
  local base

  before_each(function()
    base = server.start { files = { ["base.lua"] = GUESTS } }
  end)

  after_each(function() base:stop() end)

  it("does not close a guest, as another message does", function()
    local guest = client.connect(base)
    for _, text in ipairs { '["said","hi",7,"room"]', '["$join",null,7,"room"]',
        '["$nothing",null,7,"room"]' } do
      local answer = say(guest, text)
      assert.same({ "error", 7, "room" }, { answer[1], answer[3], answer[4] })
    end
    guest:send_text '["said","hi",7]'
    assert.equal(4001, (guest:expect_close()))
  end)

  it("waits while authenticate runs, and is served in order", function()
    local slow = client.connect { port = base.port, path = "/?user=slow" }
    slow:send_text '["$nothing",null,1,"room"]'
    slow:send_text '["said","hi",2,"room"]'
    slow:send_text '["none",null,3]'
    slow:send_text '["ping",null,4]'
    assert.same({ "pong", json.null, 4 }, slow:receive_message())
    local other = client.connect(base)
    other:send_text '["go"]'
    assert.equal("authenticated", slow:receive_message()[1])
    for id, channel in ipairs { "room", "room", false } do
      local answer = slow:receive_message()
      assert.same({ "error", id, channel or nil },
        { answer[1], answer[3], answer[4] })
    end
    slow:close()
    other:close()
  end)
end)

describe("The error about a message for a channel", function()
  it("names the channel where it came too fast", function()
    local base <close> = server.start {
      settings = "limits = { rate = 1, burst = 1 },",
    }
    local peer = client.join(base)
    local text = frame.print { payload = '["$nothing",null,7,"room"]' }
    peer:send_raw(text:rep(2))
    for _, code in ipairs { "unknown", "rate" } do
      local answer = peer:receive_message()
      assert.same({ "error", code, 7, "room" },
        { answer[1], answer[2].code, answer[3], answer[4] })
    end
    peer:close()
  end)
end)

describe("A protocol of the project's own", function()
  it("has no channels: each text reaches its hook as it came", function()
    local base <close> = server.start { settings = [[
      on = { text = function(connection, text)
        connection:send_text(text)
      end },
    ]] }
    local peer = client.connect(base)
    for _, text in ipairs { '["said", "hi", 7, "room:42"]',
        '["$join",null,1,"room:42"]', '["said","hi",7,"$x",21]', "$join" } do
      peer:send_text(text)
      assert.equal(text, peer:receive_text())
    end
    peer:close()
  end)
end)

-- The fourth element of a message names a channel. Such a message, and one
-- whose command begins with $, never runs an action.
local core = require "base.core"
local world = require "spec.helper"

local null = world.null

-- `before` lets no message pass whose body is "no".
local function project(more)
  world.project {
    ["actions/echo.lua"] = world.action
      [[return message:respond("echo", message.body)]],
    ["base.lua"] = world.settings((more or "") .. [[
      on = { before = function(connection, message)
        table.insert(seen, message)
        return message.body ~= "no"
      end },
    ]]),
  }
end

local function error_of(client, say)
  client:say(say)
  local answers = client:heard()
  assert.equal(1, #answers)
  assert.equal("error", answers[1][1])
  return answers[1][2].code, answers[1][3], answers[1][4], #answers[1]
end

after_each(world.reset)

describe("the channel of a message", function()
  local function is_invalid(text, why, id, channel)
    it(("%.70s is invalid"):format(text), function()
      project()
      local ada = world.user "ada"
      ada:say(text)
      local answers = ada:heard()
      assert.equal(1, #answers)
      assert.equal("invalid", answers[1][2].code)
      assert.equal(why, answers[1][2].message)
      assert.equal(id, answers[1][3])
      assert.equal(channel, answers[1][4])
      assert.same({}, world.seen)
      assert.is_nil(ada:closed())
    end)
  end

  local wrong = "the channel (4th element) must "
  local size = wrong .. "be a string of 1 to 128 bytes, not "
  is_invalid('["echo",1,7,4]', size .. "an integer", 7)
  is_invalid('["echo",1,7,1.5]', size .. "a float", 7)
  is_invalid('["echo",1,7,true]', size .. "a boolean", 7)
  is_invalid('["echo",1,7,["a"]]', size .. "an array", 7)
  is_invalid('["echo",1,7,{}]', size .. "an object", 7)
  is_invalid('["echo",1,null,""]', size .. "one of 0 bytes")
  is_invalid('["echo",1,"a","' .. ("é"):rep(64) .. 'x"]',
    size .. "one of 129 bytes", "a")
  is_invalid('["echo",1,7,"$x"]', wrong .. "not begin with $", 7)
  for _, control in ipairs { "\\u0000", "\\n", "\\u001f", "\u{7f}", "\u{80}",
      "\u{9f}" } do
    is_invalid('["echo",1,7,"a' .. control .. 'b"]',
      wrong .. "not contain control characters", 7)
  end
  local many = "a message has at most 4 elements, not "
  is_invalid('["echo",1,7,"room",null]', many .. 5, 7, "room")
  is_invalid('["echo",1,null,"room",21]', many .. 5, null, "room")
  is_invalid('["echo",1,null,"$room",21]', wrong .. "not begin with $")
  is_invalid('["echo",1,true,"room"]', "the id (3rd element) must be an "
    .. "integer or a string of at most 64 bytes, not a boolean", null, "room")
  is_invalid('[null,1,7,"room"]', "the command (1st element) must be a string "
    .. "of 1 to 128 bytes, not null", 7, "room")

  for _, name in ipairs { "a", "room:42", "*", " ", "a$", "\u{a0}", "é\u{300}",
      ("é"):rep(64), "日本" } do
    it(("may be %q"):format(name), function()
      project()
      local ada = world.user "ada"
      local code, id, channel, count =
        error_of(ada, { "echo", "no", 7, name })
      assert.equal("forbidden", code)
      assert.equal(7, id)
      assert.equal(name, channel)
      assert.equal(4, count)
      assert.equal(name, world.seen[1].channel)
    end)
  end

  it("is none where it is null", function()
    project()
    local ada = world.user "ada"
    ada:say '["echo",1,7,null]'
    assert.same({ '["echo",1,7]' }, ada:texts())
    assert.is_nil(world.seen[1].channel)
  end)

  it("never lets an action run, or a ping be answered", function()
    project "actions = { public = { 'echo' } },"
    local ada, guest = world.user "ada", world.connect()
    for _, client in ipairs { ada, guest } do
      for _, command in ipairs { "echo", "ping" } do
        local _, id, channel = error_of(client, { command, 1, 7, "room" })
        assert.equal(7, id)
        assert.equal("room", channel)
      end
    end
    world.project { ["actions/echo.lua"] = world.action
      [[return message:respond("echo", message.body)]] }
    assert.equal("room", select(3, error_of(ada, { "echo", 1, 7, "room" })))
    assert.is_nil(ada:closed())
    assert.is_nil(guest:closed())
  end)

  it("stays one when the hook before takes it away", function()
    world.project {
      ["actions/echo.lua"] = world.action
        [[return message:respond("echo", message.body)]],
      ["base.lua"] = world.settings [[
        on = { before = function(connection, message)
          message.channel = nil
          return true
        end },
      ]],
    }
    local guest = world.connect()
    assert.equal(7, select(2, error_of(guest, { "echo", 1, 7, "room" })))
    assert.is_nil(guest:closed())
  end)
end)

describe("a command that begins with $", function()
  it("is unknown unless it is Base's, with the id and the channel", function()
    for _, resolver in ipairs { "", "actions = { resolver = function() "
        .. "return function(_, message) return message:respond 'ok' end "
        .. "end }," } do
      project(resolver)
      local ada = world.user "ada"
      local unknown = core.counters().errors.unknown or 0
      for _, command in ipairs { "$nothing", "$" } do
        local code, id, channel = error_of(ada, { command, 1, 7, "room" })
        assert.equal("unknown", code)
        assert.equal(7, id)
        assert.equal("room", channel)
      end
      assert.equal(unknown + 2, core.counters().errors.unknown)
      assert.same({ "unknown", 7, nil, 3 },
        { error_of(ada, { "$nothing", 1, 7 }) })
      assert.same({ "unknown", nil, nil, 2 }, { error_of(ada, { "$nothing" }) })
      assert.equal("", world.log())
    end
  end)

  it("never closes a guest, and waits while authenticate runs", function()
    project [[authenticate = function(connection, register)
      if connection.request.cookies.user then
        base.sleep(1)
        register(connection, { id = 1 })
      end
    end, actions = { public = { "echo" } },]]
    local guest = world.connect()
    assert.equal("unknown", (error_of(guest, { "$nothing", 1, 7 })))
    assert.is_nil(guest:closed())
    local ada = world.connect { user = "ada" }
    ada:say { "$nothing", null, 1 }
    ada:say { "echo", null, 2, "room" }
    ada:say { "echo", null, 3 }
    assert.same({ { "echo", null, 3 } }, ada:heard())
    world.advance(1)
    local answers = ada:heard()
    assert.equal("authenticated", answers[1][1])
    assert.equal(1, answers[2][3])
    assert.equal(2, answers[3][3])
    assert.equal("room", answers[3][4])
  end)
end)

describe("an error about a message for a channel", function()
  it("carries the channel where the message would wait too long", function()
    world.project {
      ["actions/wait.lua"] = world.action "base.sleep(1)",
      ["base.lua"] = world.settings "limits = { pending_messages = 1 },",
    }
    local ada = world.user "ada"
    ada:say { "wait" }
    ada:say { "said", 1, 1, "room" }
    ada:say { "said", 2, 2, "room" }
    local answer = ada:heard()[1]
    assert.same({ "error", "busy", 2, "room" },
      { answer[1], answer[2].code, answer[3], answer[4] })
  end)

  it("carries the channel when before raises or takes too long", function()
    local settings = [[limits = { action_time = 1 }, on = {
      before = function(connection, message)
        if message.body == "wait" then base.sleep(2) end
        error(message.body == "code" and { code = "mine" } or "no")
      end },]]
    world.project { ["base.lua"] = world.settings(settings) }
    local ada = world.user "ada"
    for body, code in pairs { raise = "failed", code = "mine",
        wait = "timeout" } do
      ada:say { "said", body, 7, "room" }
      world.advance(1)
      local answers = ada:heard()
      assert.equal(1, #answers)
      assert.same({ "error", code, 7, "room" },
        { answers[1][1], answers[1][2].code, answers[1][3], answers[1][4] })
    end
  end)
end)

describe("a message of a script", function()
  local ada

  before_each(function()
    world.project {}
    ada = world.user "ada"
  end)

  local function sends(message, text)
    assert.is_true(ada.connection:send(message))
    assert.same({ text }, ada:texts())
  end

  local function message_of(command, body, id, channel)
    local message = core.Message(command, body)
    message.id, message.channel = id, channel
    return message
  end

  it("has its channel as the fourth element", function()
    sends(message_of("said", "hi", 7, "room:42"), '["said","hi",7,"room:42"]')
    sends(message_of("said", nil, nil, "room:42"),
      '["said",null,null,"room:42"]')
    sends(message_of("said", nil, "a", "é"), '["said",null,"a","é"]')
  end)

  it("takes the id and the channel over into its answer", function()
    sends(message_of("said", "hi", 7, "room"):respond("ok", 1),
      '["ok",1,7,"room"]')
    sends(message_of("said", "hi", nil, "room"):respond "ok",
      '["ok",null,null,"room"]')
    sends(message_of("said", "hi", 7):respond "ok", '["ok",null,7]')
  end)

  it("leaves a field of the script's own out of its answer", function()
    for _, own in ipairs { {}, 7, true, "", "$x" } do
      sends(message_of("said", "hi", 7, own):respond "ok", '["ok",null,7]')
    end
    world.project { ["actions/run.lua"] = world.action
      "message.channel = {} error 'no'" }
    ada:say { "run", null, 7 }
    local answer = ada:heard()[1]
    assert.same({ "error", "failed", 7 },
      { answer[1], answer[2].code, answer[3] })
    assert.is_nil(ada:closed())
  end)

  it("raises at the caller's line for what is no channel", function()
    for _, channel in ipairs { 7, true, {}, "", ("x"):rep(129), "$x", "a\nb",
        "\u{85}", "\xff" } do
      local ok, why = pcall(function()
        ada.connection:send(message_of("said", nil, nil, channel))
      end)
      assert.is_false(ok)
      assert.matches("envelope_spec.lua:%d+: the channel of a message must",
        why)
    end
    assert.same({}, ada:texts())
  end)

  it("raises at the caller's line for a command that begins with $", function()
    for _, send in ipairs {
      function() ada.connection:send "$joined" end,
      function() ada.connection:send("$", 1) end,
      function() ada.connection:send(core.Message "$joined") end,
      function() core.send("ada", "$joined") end,
      function() core.broadcast "$joined" end,
    } do
      local ok, why = pcall(send)
      assert.is_false(ok)
      assert.matches("envelope_spec.lua:%d+: the commands that begin with %$ "
        .. "are Base's", why)
    end
    assert.same({}, ada:texts())
  end)

  it("may begin with $ where Base itself says it", function()
    assert.is_true(core.reply(ada.connection, "$left", nil, 2, "room"))
    core.reply(ada.connection, "$members", { count = 1 }, nil, "room")
    core.reply(ada.connection, "$x")
    assert.same({ '["$left",null,2,"room"]',
      '["$members",{"count":1},null,"room"]', '["$x"]' }, ada:texts())
    ada:leave()
    assert.same({ nil, "closed" }, { core.reply(ada.connection, "$x") })
  end)
end)

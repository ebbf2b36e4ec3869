-- The form of messages, both ways.
local world = require "spec.helper"

local null = world.null

local ECHO = world.action [[
  return message:respond("echo", message.body)
]]

-- A collection at every step takes longer than a message may be decoded.
local it_decodes_much = os.getenv "BASE_GC_STRESS" and pending or it

describe("a message from a client", function()
  local ada

  before_each(function()
    world.project {
      ["actions/echo.lua"] = ECHO,
      ["actions/" .. ("x"):rep(128) .. ".lua"] = ECHO,
      ["actions/look.lua"] = world.action [[
        return message:respond("seen", {
          id = math.type(message.id) or type(message.id),
          body = math.type(message.body) or type(message.body),
        })
      ]],
    }
    ada = world.user "ada"
  end)

  after_each(world.reset)

  local function echoes(text, answer)
    it(("%.60s is answered with %.60s"):format(text, answer), function()
      ada:say(text)
      assert.same({ answer }, ada:texts())
    end)
  end

  local function is_invalid(text, why, id)
    it(("%.70s is invalid"):format(text), function()
      ada:say(text)
      local answers = ada:heard()
      assert.equal(1, #answers)
      assert.equal("error", answers[1][1])
      assert.equal("invalid", answers[1][2].code)
      assert.equal(why, answers[1][2].message)
      assert.equal(id, answers[1][3])
      assert.is_nil(ada:closed())
      assert.equal("echo", (ada:ask("echo")))
    end)
  end

  echoes('["echo"]', '["echo"]')
  echoes('["echo",null]', '["echo"]')
  echoes('["echo","world"]', '["echo","world"]')
  echoes('["echo","world",7]', '["echo","world",7]')
  echoes('["echo","world",null]', '["echo","world"]')
  echoes('["echo","world",7,null]', '["echo","world",7]')
  echoes('["echo",null,null,null]', '["echo"]')
  echoes('["echo",null,7]', '["echo",null,7]')
  echoes(' [ "echo" , 1 , "a" ] \r\n', '["echo",1,"a"]')
  echoes('["echo",1,""]', '["echo",1,""]')
  echoes('["echo",1,-9223372036854775808]', '["echo",1,-9223372036854775808]')
  echoes('["echo",9007199254740993,9007199254740993]',
    '["echo",9007199254740993,9007199254740993]')
  echoes('["echo",[[],{},[{}],null,[null]]]',
    '["echo",[[],{},[{}],null,[null]]]')
  echoes('["echo",[3.0,-0,1e2,0.1,18446744073709551616]]',
    '["echo",[3,-0,100,0.1,1.8446744073709552e+19]]')
  echoes('["echo","\\u0000\\ud83d\\ude00"]', '["echo","\\u0000😀"]')
  echoes('["\\u0065cho",{"a":1,"a":2}]', '["echo",{"a":2}]')

  local function broken(text, byte)
    is_invalid(text, "not valid JSON at byte " .. byte)
  end

  broken("", 1)
  broken("  ", 3)
  broken("hello", 1)
  broken('["echo"', 8)
  broken('["echo",]', 9)
  broken('["echo"] x', 10)
  broken('["echo",1 2]', 11)
  broken('["echo",1e999,7]', 9)
  broken('["echo","\\ud800",7]', 9)
  broken('[7,"world"', 11)
  broken("\u{feff}[\"echo\"]", 1)

  local array = "a message is a JSON array [command, body, id], not "
  is_invalid("{}", array .. "an object")
  is_invalid('{"3":7}', array .. "an object")
  is_invalid('"echo"', array .. "a string")
  is_invalid("7", array .. "an integer")
  is_invalid("7.5", array .. "a float")
  is_invalid("null", array .. "null")
  is_invalid("true", array .. "a boolean")

  local command = "the command (1st element) must be a string of 1 to 128 "
    .. "bytes, not "
  is_invalid("[]", "the command (1st element) is missing")
  is_invalid('[""]', command .. "one of 0 bytes")
  is_invalid('["",null,7]', command .. "one of 0 bytes", 7)
  is_invalid('["' .. ("é"):rep(65) .. '",null,7]',
    command .. "one of 130 bytes", 7)
  is_invalid('[7,"world","a"]', command .. "an integer", "a")
  is_invalid("[1.5]", command .. "a float")
  is_invalid("[null,1,2]", command .. "null", 2)
  is_invalid("[false,1,2]", command .. "a boolean", 2)
  is_invalid('[["echo"],1,2]', command .. "an array", 2)
  is_invalid('[{"command":"echo"}]', command .. "an object")
  is_invalid("[7,1,true,4]", command .. "an integer")

  local id = "the id (3rd element) must be an integer or a string of at most "
    .. "64 bytes, not "
  is_invalid('["echo",1,7.0]', id .. "a float")
  is_invalid('["echo",1,7e0]', id .. "a float")
  is_invalid('["echo",1,-0]', id .. "a float")
  is_invalid('["echo",1,9223372036854775808]', id .. "a number beyond 64 bits")
  is_invalid('["echo",1,-9223372036854775809]', id .. "a number beyond 64 bits")
  is_invalid('["echo",1,-9223372036854774784.0]', id .. "a float")
  is_invalid('["echo",1,true]', id .. "a boolean")
  is_invalid('["echo",1,[]]', id .. "an array")
  is_invalid('["echo",1,{}]', id .. "an object")
  is_invalid('["echo",1,"' .. ("x"):rep(65) .. '"]', id .. "one of 65 bytes")
  is_invalid('["echo",1,true,4]', id .. "a boolean")

  local many = "a message has at most 4 elements, not "
  is_invalid('["echo",1,7,null,null]', many .. 5, 7)
  is_invalid('["echo",1,null,null,3,4]', many .. 6)

  it_decodes_much("is decoded once, where it is no JSON", function()
    local function memory_of(text)
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      ada:say(text)
      local taken = collectgarbage "count" - before
      collectgarbage "restart"
      return taken
    end
    local body = "[" .. ("[[[[]]]],"):rep(5000) .. "0]"
    local once = memory_of('["ping",' .. body .. "]")
    for _, broken_end in ipairs { "", " 1]", "] x", ",]", ",7" } do
      local taken = memory_of('["ping",' .. body .. broken_end)
      assert.is_true(taken < 1.5 * once, taken .. " KiB")
    end
    ada:heard()
  end)

  it("may have a command of 128 bytes, and none of 129", function()
    local longest = ("x"):rep(128)
    ada:say { longest, null, 1 }
    assert.same({ { "echo", null, 1 } }, ada:heard())
    ada:say { longest .. "x", null, 2 }
    assert.equal("invalid", ada:heard()[1][2].code)
  end)

  it("may have an id of 64 bytes, and none of 65", function()
    local longest = ("é"):rep(32)
    ada:say { "echo", null, longest }
    assert.same({ { "echo", null, longest } }, ada:heard())
    ada:say { "echo", null, longest .. "x" }
    local answer = ada:heard()[1]
    assert.equal("invalid", answer[2].code)
    assert.is_nil(answer[3])
  end)

  it("may be 128 levels deep itself, and not 129", function()
    local function deep(levels)
      return '["echo",' .. ("["):rep(levels) .. ("]"):rep(levels) .. ",1]"
    end
    ada:say(deep(127))
    assert.equal("echo", ada:heard()[1][1])
    ada:say(deep(128))
    assert.equal("invalid", ada:heard()[1][2].code)
  end)

  it("reaches the action with an exact integer and a nil body", function()
    ada:say '["look",7,7]'
    ada:say '["look",null,"7"]'
    assert.same({ { "seen", { id = "integer", body = "integer" }, 7 },
      { "seen", { id = "string", body = "nil" }, "7" } }, ada:heard())
  end)
end)

describe("ping", function()
  after_each(world.reset)

  it("is answered at once, though an action waits and others queue", function()
    world.project { ["actions/wait.lua"] = world.action "base.sleep(5)" }
    local ada = world.user "ada"
    ada:say { "wait" }
    ada:say { "wait" }
    ada:say '["ping",[1,{}],"a"]'
    assert.same({ '["pong",[1,{}],"a"]' }, ada:texts())
  end)

  it("is answered before authentication, and to guests", function()
    world.project { ["base.lua"] = world.settings [[
      authenticate = function() base.sleep(1) end,
    ]] }
    local guest = world.connect()
    guest:say { "ping" }
    assert.same({ '["pong"]' }, guest:texts())
    world.advance(1)
    guest:say { "ping", 1 }
    assert.same({ '["pong",1]' }, guest:texts())
    assert.is_nil(guest:closed())
  end)

  for text, answer in pairs {
    ['["ping"]'] = '["pong"]',
    ['["ping",null]'] = '["pong",null]',
    ['["ping",null,7]'] = '["pong",null,7]',
    ['["ping",null,null]'] = '["pong",null]',
    ['["ping",1,null]'] = '["pong",1]',
    ['["ping", 1.50e1 ,-0012]'] = false,
    ['["ping",1.50e1]'] = '["pong",1.50e1]',
    ['["ping",-0,-12]'] = '["pong",-0,-12]',
    ['["ping", {"b":1, "a":2,\n"b":[ ]} , "\\u0061" ] '] =
      '["pong",{"b":1, "a":2,\n"b":[ ]},"\\u0061"]',
    ['["p\\u0069ng",18446744073709551616,"é"]'] =
      '["pong",18446744073709551616,"é"]',
    ['["ping","\\/\\u0041\\ud83d\\ude00",""]'] =
      '["pong","\\/\\u0041\\ud83d\\ude00",""]',
  } do
    it(("gives %q back as it came"):format(text), function()
      world.project {}
      local ada = world.user "ada"
      ada:say(text)
      if answer then
        assert.same({ answer }, ada:texts())
      else
        assert.equal("invalid", ada:heard()[1][2].code)
      end
    end)
  end

  it_decodes_much("gives many keys back as they came", function()
    world.project {}
    local keys = {}
    for i = 1, 48 do
      keys[i] = ('{"%x":1,"%x":2}'):format(i * 7919 % 4096, i * 104729 % 4096)
    end
    local body = "[" .. table.concat(keys, ",") .. "]"
    local ada = world.user "ada"
    ada:say('["ping",' .. body .. "]")
    assert.same({ '["pong",' .. body .. "]" }, ada:texts())
  end)

  it("leaves its place to an action named ping", function()
    world.project { ["actions/ping.lua"] = ECHO }
    local ada = world.user "ada"
    ada:say { "ping", 1, 2 }
    assert.same({ { "echo", 1, 2 } }, ada:heard())
  end)
end)

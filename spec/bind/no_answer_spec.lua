-- Who sends an id waits for an answer: an action that gives none is told of.
local world = require "spec.helper"

local null = world.null

-- One action, "run", with this inside; `more` are settings.
local function project(body, more)
  world.project {
    ["actions/run.lua"] = world.action(body),
    ["base.lua"] = world.settings(more or ""),
  }
end

local NONE = {
  code = "no_answer", message = "the action ended without an answer",
}

after_each(world.reset)

describe("an action that gives no answer", function()
  for returned, what in pairs {
    ["return 'hello'"] = "returned a string, which is not a message",
    ["return { 'ok', 1 }"] = "returned a table, which is not a message",
    ["return { command = 'ok' }"] = "returned a table, which is not a message",
    ["return 7"] = "returned a number, which is not a message",
    ["return false"] = "returned a boolean, which is not a message",
    ["return base.Message('ok')"] =
      "returned a message without the id of the message that it answers",
    ["return"] = "ended without answering a message that has an id",
    ["message:respond 'ok'"] =
      "ended without answering a message that has an id",
    ["connection:send('ok')"] =
      "ended without answering a message that has an id",
    ["connection:send_binary 'ok'"] =
      "ended without answering a message that has an id",
    ["message.id = 8 return message:respond 'ok'"] =
      "returned a message without the id of the message that it answers",
    ["pcall(error, 'no')"] =
      "ended without answering a message that has an id",
  } do
    it("has it answered: " .. returned, function()
      project(returned)
      local ada = world.user "ada"
      for _, id in ipairs { 7, 0, -1, 1 << 53, "seven", "", ("x"):rep(64) } do
        ada:say { "run", null, id }
        local all = ada:frames_heard()
        local last = world.json.decode(all[#all].bytes)
        assert.same({ "error", NONE, id }, last)
      end
      local log = world.log()
      assert.matches("actions/run.lua:1: the action " .. what
        .. ": return message:respond(...)", log, 1, true)
      assert.equal(1, select(2, log:gsub("\n", "")))
    end)
  end

  it("has it answered when it has waited", function()
    project "base.sleep(1) return 'hello'"
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    assert.same({}, ada:heard())
    world.advance(1)
    assert.same({ { "error", NONE, 7 } }, ada:heard())
  end)

  it("has it answered where the resolver gave it, or before came first",
    function()
      for _, more in ipairs { "on = { before = function() return true end },",
          "actions = { resolver = function() return function() end end }," } do
        project("return 'hello'", more)
        local ada = world.user "ada"
        for _, command in ipairs { "run", more:find "resolver" and "any" } do
          local _, body = ada:ask(command)
          assert.same(NONE, body)
        end
        assert.matches(more:find "resolver" and "base.lua:2: the action ended"
          or "actions/run.lua:1: the action returned a string", world.log())
      end
    end)

  it("is told of once for each load", function()
    project "return 'hello'"
    world.user "ada":ask "run"
    world.user "ada":ask "run"
    assert.equal(1, select(2, world.log():gsub("\n", "")))
    world.reload()
    world.user "ada":ask "run"
    assert.equal(1, select(2, world.log():gsub("\n", "")))
  end)

  it("is counted", function()
    local errors = require "base.core".counters().errors
    project ""
    world.user "ada":ask "run"
    assert.equal((errors.no_answer or 0) + 1,
      require "base.core".counters().errors.no_answer)
  end)

  it("is answered to who asked, whoever else got one", function()
    world.project { ["actions/run.lua"] = world.action
      "base.send('bob', message:respond('ok'))" }
    local ada, bob = world.user "ada", world.user "bob"
    ada:say { "run", null, 7 }
    assert.same({ { "ok", null, 7 } }, bob:heard())
    assert.same({ { "error", NONE, 7 } }, ada:heard())
  end)

  it("is nothing without an id", function()
    project "return 'hello'"
    local ada = world.user "ada"
    ada:say { "run" }
    ada:say { "run", 1 }
    ada:say { "run", 1, null }
    assert.same({}, ada:heard())
    assert.equal("", world.log())
  end)

  it("is nothing in a protocol of the script's own", function()
    project("", "on = { text = function() return 'x' end },")
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    assert.same({}, ada:heard())
    assert.equal("", world.log())
  end)

  it("is nothing to a connection that it has closed, or that has gone",
    function()
      project "if message.body then base.sleep(1) else connection:close() end"
      local ada, bob = world.user "ada", world.user "bob"
      ada:say { "run", null, 7 }
      bob:say { "run", 1, 7 }
      bob:leave()
      world.advance(1)
      assert.same({}, ada:heard())
      assert.equal("", world.log())
    end)
end)

describe("an action that gives no answer and takes too long", function()
  it("is a failure, though it has ended by itself", function()
    project("return (('a'):rep(24)):find(('a-'):rep(8) .. 'b')",
      "limits = { run_time = 0.1 },")
    local _, body = world.user "ada":ask "run"
    assert.equal("failed", body.code)
    assert.matches("limits.run_time", world.log(), 1, true)
  end)
end)

describe("an answer", function()
  for _, body in ipairs {
    "return message:respond 'ok'",
    "connection:send(message:respond 'ok')",
    "connection:send(message:respond 'ok') return 'hello'",
    "connection.user:send(message:respond 'ok')",
    "base.send(connection.user.id, message:respond 'ok')",
    "base.broadcast(message:respond 'ok')",
    "message.command = 'ok' return message",
    "local answer = base.Message 'ok' answer.id = message.id return answer",
    "base.sleep(1) connection:send(message:respond 'ok') base.sleep(1)",
    "error { code = 'ok' }",
    "base.spawn(function() connection:send(message:respond 'ok') end)",
    "base.after(1, function() connection:send(message:respond 'ok') end)",
    "coroutine.wrap(function() base.after(1, function()"
      .. " connection:send(message:respond 'ok') end) end)()",
    "local timer timer = base.every(1, function()"
      .. " timer:cancel() connection:send(message:respond 'ok') end)",
  } do
    it("is one, and the only one: " .. body, function()
      project(body)
      local ada = world.user "ada"
      for _, id in ipairs { 7, "seven" } do
        ada:say { "run", null, id }
        world.advance(3)
        local heard = ada:heard()
        assert.equal(1, #heard)
        assert.equal(id, heard[1][3])
        assert.is_true(heard[1][1] == "ok" or heard[1][2].code == "ok")
      end
      assert.equal("", world.log())
    end)
  end

  it("may be a text that the script has written itself", function()
    project [==[connection:send_text('["ok",null,7]')]==]
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    assert.same({ { "ok", null, 7 } }, ada:heard())
    assert.equal("", world.log())
  end)

  it("to one message is none to the next", function()
    project "if message.body then return message:respond 'ok' end"
    local ada = world.user "ada"
    ada:say { "run", 1, 7 }
    ada:say { "run", null, 7 }
    ada:say { "run", null, "7" }
    assert.same({ { "ok", null, 7 }, { "error", NONE, 7 },
      { "error", NONE, "7" } }, ada:heard())
  end)

  it("that comes late is none to the message that waits now", function()
    project [[
      if message.body == 1 then
        base.after(1, function() connection:send(message:respond "late") end)
      else
        base.sleep(2)
      end
    ]]
    local ada = world.user "ada"
    ada:say { "run", 1, 1 }
    ada:say { "run", 2, 2 }
    world.advance(2)
    assert.same({ { "late", null, 1 }, { "error", NONE, 2 } }, ada:heard())
  end)

  it("that is a failure comes alone", function()
    project "base.sleep(1) error 'no'"
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    world.advance(1)
    local heard = ada:heard()
    assert.equal(1, #heard)
    assert.equal("failed", heard[1][2].code)
  end)
end)

-- From a command to its action, and what becomes of its errors.
local world = require "spec.helper"

local seen = world.seen
local null = world.null

after_each(world.reset)

-- One action, "run", with this inside.
local function project(body, settings)
  world.project {
    ["actions/run.lua"] = world.action(body),
    ["actions/note.lua"] = world.action "seen[#seen + 1] = message.body",
    ["base.lua"] = world.settings(settings or ""),
  }
end

describe("an action", function()
  it("is found by the path of its file", function()
    world.project {
      ["actions/hello.lua"] = world.action
        'connection:send(message:respond("alert", "Hello, " .. message.body))',
      ["actions/room/join.lua"] = world.action
        'return message:respond("joined", message.command)',
    }
    local ada = world.user "ada"
    ada:say { "hello", "world", 7 }
    ada:say { "room/join", null, 8 }
    assert.same({ { "alert", "Hello, world", 7 },
      { "joined", "room/join", 8 } }, ada:heard())
  end)

  for _, command in ipairs { "nothing", "../base", "room", "hello.lua",
      "hello/", "/hello", "./hello", "__index" } do
    it("is unknown when there is no file " .. command, function()
      world.project {
        ["actions/hello.lua"] = world.action "",
        ["actions/room/join.lua"] = world.action "",
      }
      local ada = world.user "ada"
      ada:say { command, null, 7 }
      local answer = ada:heard()[1]
      assert.equal("error", answer[1])
      assert.equal("unknown", answer[2].code)
      assert.equal(7, answer[3])
    end)
  end

  it("may come from the resolver, after files", function()
    project('return message:respond "file"', [[
      actions = { resolver = function(command)
        if command == "nothing" then return nil end
        return function(_, message) return message:respond(command) end
      end },
    ]])
    local ada = world.user "ada"
    assert.equal("file", (ada:ask "run"))
    assert.equal("any", (ada:ask "any"))
    local _, body = ada:ask "nothing"
    assert.equal("unknown", body.code)
  end)

  it("fails when the resolver returns something else", function()
    project("", "actions = { resolver = function() return 7 end },")
    local _, body = world.user "ada":ask "any"
    assert.equal("failed", body.code)
    assert.matches("resolver", world.log())
  end)

  it("may return something that is not a message", function()
    project "return ({ 1, 'text', { command = 'x' }, true })[message.body]"
    local ada = world.user "ada"
    for i = 1, 5 do ada:say { "run", i } end
    assert.same({}, ada:heard())
    assert.equal("", world.log())
  end)

  it("answers the connection that asked with the message it returns", function()
    project 'return base.Message("said", message.body)'
    local ada, bob = world.user "ada", world.user "bob"
    ada:say { "run", "hi" }
    assert.same({ { "said", "hi" } }, ada:heard())
    assert.same({}, bob:heard())
  end)
end)

describe("an action that raises", function()
  it("is answered with failed, and the log has the same ref", function()
    project 'local x = nil\nreturn x.y'
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    local answer = ada:heard()[1]
    assert.equal("error", answer[1])
    assert.equal("failed", answer[2].code)
    assert.equal(7, answer[3])
    local log = world.log()
    assert.matches("ref=" .. answer[2].ref, log, 1, true)
    assert.equal("actions/run.lua:3", world.place(log))
    assert.matches(" traceback=", log)
    assert.matches("user=ada", log)
    assert.matches("connection=" .. ada.connection.id, log, 1, true)
    assert.is_nil(answer[2].message:find("nil value"))
  end)

  it("is answered with failed without an id too", function()
    project 'error "no"'
    local ada = world.user "ada"
    ada:say { "run" }
    local answer = ada:heard()[1]
    assert.equal("failed", answer[2].code)
    assert.is_nil(answer[3])
  end)

  it("answers with what it raises, code, message and data", function()
    project [[error { code = "full", message = "No room", data = { 1 },
      secret = 2 }]]
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    assert.same({ { "error", { code = "full", message = "No room",
      data = { 1 } }, 7 } }, ada:heard())
    assert.equal("", world.log())
  end)

  it("fails when its answer cannot be sent", function()
    project 'error { code = "full", data = print }'
    local ada = world.user "ada"
    local _, body = ada:ask "run"
    assert.equal("failed", body.code)
    assert.matches("full", world.log())
  end)

  it("is not logged when its client has left", function()
    project 'base.sleep(1) error { code = "full" }'
    local ada = world.user "ada"
    ada:say { "run" }
    ada:leave()
    world.advance(1)
    assert.equal("", world.log())
  end)

  for _, value in ipairs { "nil", "{}", "true", "{ code = 7 }",
      "setmetatable({}, { __tostring = function() return 'mine' end })" } do
    it("fails with " .. value .. " as its error", function()
      project("error(" .. value .. ")")
      local _, body = world.user "ada":ask "run"
      assert.equal("failed", body.code)
      assert.matches("ref=", world.log())
    end)
  end

  it("calls the hook error", function()
    project('error "no"', [[on = { error = function(err, connection, message)
      seen[1] = { err, connection.user.id, message.command }
    end },]])
    world.user "ada":say { "run" }
    assert.equal(1, #seen)
    assert.matches("run.lua:2: no", seen[1][1], 1, true)
    assert.same({ "ada", "run" }, { seen[1][2], seen[1][3] })
  end)

  it("does not loop when the hook error raises", function()
    project('error "no"', 'on = { error = function() error "hook" end },')
    world.user "ada":say { "run" }
    local _, count = world.log():gsub("base.lua:2: hook", "")
    assert.equal(1, count)
  end)

  it("runs its <close> variables, which see the error", function()
    project [[
      local _ <close> = setmetatable({}, { __close = function(_, err)
        seen[1] = err
      end })
      error("no", 0)
    ]]
    world.user "ada":say { "run" }
    assert.same({ "no" }, seen)
  end)
end)

describe("on.before", function()
  local function lets_run(body)
    world.project {
      ["actions/run.lua"] = world.action "return message:respond 'ran'",
      ["base.lua"] = "local function nothing() end\n" .. world.settings(
        "on = { before = function(connection, message) " .. body
        .. " end },"),
    }
    local command, answer = world.user "ada":ask "run"
    if command ~= "ran" then assert.equal("forbidden", answer.code) end
    return command == "ran"
  end

  for _, body in ipairs { "", "return", "return true", "return 0",
      "return ''", "return {}", "return true, nil", "return nothing()",
      "if message.command ~= 'run' then return false end",
      "print 'x'", "return base.log.debug 'x'" } do
    it("lets an action run with: " .. body, function()
      assert.is_true(lets_run(body))
    end)
  end

  for _, body in ipairs { "return false", "return nil", "return nil, true",
      "return false, 'why'", "return connection.user.admin",
      "return (nothing())",
      "return not message.command:find '^run' or connection.user.admin",
      "return ({})[1]", "return select(2, pcall(nothing), nil)" } do
    it("stops an action with: " .. body, function()
      assert.is_false(lets_run(body))
    end)
  end

  it("stops an action with a nil that comes later", function()
    project("seen[1] = 'ran'",
      "on = { before = function() base.sleep(1) return nil end },")
    local ada = world.user "ada"
    ada:say { "run", null, 1 }
    world.advance(1)
    assert.equal("forbidden", ada:heard()[1][2].code)
    assert.is_nil(seen[1])
  end)

  it("stops a guest's public action, and what the resolver gives", function()
    project("seen[1] = 'ran'", [[
      actions = { public = { "run", "any" },
        resolver = function() return function() seen[1] = "ran" end end },
      on = { before = function(connection) return connection.user end },
    ]])
    local guest = world.connect()
    for _, command in ipairs { "run", "any" } do
      local _, answer = guest:ask(command)
      assert.equal("forbidden", answer.code)
    end
    assert.is_nil(seen[1])
  end)

  it("that raises is a failure, and the action does not run", function()
    project("seen[1] = 'ran'", 'on = { before = function() error "no" end },')
    local _, answer = world.user "ada":ask "run"
    assert.equal("failed", answer.code)
    assert.is_nil(seen[1])
  end)

  it("may wait, and delays the message", function()
    project("seen[#seen + 1] = message.body", [[
      on = { before = function(connection, message)
        base.sleep(1)
        return message.body ~= 1
      end },
    ]])
    local ada = world.user "ada"
    ada:say { "run", 1 }
    ada:say { "run", 2 }
    world.advance(1)
    assert.same({}, seen)
    assert.equal("forbidden", ada:heard()[1][2].code)
    world.advance(1)
    assert.same({ 2 }, seen)
  end)
end)

describe("the messages of one connection", function()
  it("run one after another while one waits", function()
    project [[
      if message.body == 1 then base.sleep(1) end
      seen[#seen + 1] = message.body
    ]]
    local ada, bob = world.user "ada", world.user "bob"
    for i = 1, 3 do ada:say { "run", i } end
    bob:say { "run", "bob" }
    assert.same({ "bob" }, seen)
    world.advance(1)
    assert.same({ "bob", 1, 2, 3 }, seen)
  end)

  it("are busy past pending_messages, and may come again later", function()
    project("base.sleep(1) seen[#seen + 1] = message.body",
      "limits = { pending_messages = 2 },")
    local ada = world.user "ada"
    for i = 1, 4 do ada:say { "run", i, i } end
    local heard = ada:heard()
    assert.equal(1, #heard)
    assert.equal("busy", heard[1][2].code)
    assert.equal(4, heard[1][3])
    world.advance(1)
    ada:say { "run", 5 }
    world.advance(3)
    assert.same({ 1, 2, 3, 5 }, seen)
  end)

  it("are busy past four times message_size, and may come again", function()
    project("base.sleep(1) seen[#seen + 1] = #message.body",
      "limits = { message_size = 1000 },")
    local ada = world.user "ada"
    local large = ("x"):rep(900)
    for _ = 1, 6 do ada:say { "run", large } end
    assert.same({ "busy" }, { ada:heard()[1][2].code })
    for _ = 1, 5 do world.advance(1) end
    assert.same({ 900, 900, 900, 900, 900 }, seen)
    ada:heard()
    for _ = 1, 5 do ada:say { "run", large } end
    assert.same({}, ada:heard())
    for _ = 1, 5 do world.advance(1) end
    assert.equal(10, #seen)
  end)

  it("go on after one that raised", function()
    project "base.sleep(1) error 'no'"
    local ada = world.user "ada"
    ada:say { "run" }
    ada:say { "note", 2 }
    world.advance(1)
    assert.same({ 2 }, seen)
  end)

  it("end with it, except the running one", function()
    project "base.sleep(1) seen[#seen + 1] = tostring(connection:send('x'))"
    local ada = world.user "ada"
    ada:say { "run" }
    ada:say { "note", 2 }
    ada:leave()
    world.advance(2)
    assert.same({ "nil" }, seen)
  end)
end)

describe("action_time", function()
  it("ends an action with timeout, and runs <close>, not pcall", function()
    project([[
      local _ <close> = setmetatable({}, { __close = function()
        seen[#seen + 1] = "closed"
      end })
      pcall(function()
        while true do base.sleep(1) end
      end)
      seen[#seen + 1] = "caught"
    ]], "limits = { action_time = 3.5 },")
    local ada = world.user "ada"
    ada:say { "run", null, 7 }
    ada:say { "note", "next" }
    world.advance(3)
    assert.same({}, ada:heard())
    world.advance(1)
    local answer = ada:heard()[1]
    assert.equal("timeout", answer[2].code)
    assert.equal(7, answer[3])
    assert.same({ "closed", "next" }, seen)
    assert.matches("actions/run.lua:6", world.log(), 1, true)
  end)
end)

-- What the application says to Base over HTTP, and what it is told.
local world = require "spec.helper"

local core = require "base.core"
local files = require "spec.support.files"
local routes = require "base.api".routes
local json = world.json

local KEY = "0123456789abcdef"

local function project(more, project_files)
  local all = project_files or {}
  all["base.lua"] = world.settings(
    ("api = { listen = '127.0.0.1:9001', key = %q },\n"):format(KEY)
    .. (more or ""))
  world.project(all)
end

after_each(world.reset)

-- Sends a request; world.answer takes its answer.
local function ask(line, body, headers)
  local lines = { "Authorization: Bearer " .. KEY }
  for _, header in ipairs(headers or {}) do lines[#lines + 1] = header end
  if type(body) == "table" then body = json.encode(body) end
  return world.request(line, lines, body, true)
end

-- The status and the decoded body of an answer that is there.
local function answered(request)
  local answer = assert(world.answer(request), "there is no answer")
  assert.matches("Content-Type: application/json\r\n", answer.headers, 1, true)
  return answer.status, json.decode(answer.body)
end

local function asked(...)
  return answered(ask(...))
end

-- The status and the code of an error.
local function refused(...)
  local status, body = asked(...)
  assert.is_string(body.error.message)
  return status, body.error.code
end

describe("The application", function()
  before_each(function() project() end)

  it("reaches all connections of a user", function()
    local one, other = world.user "ada", world.user "ada"
    assert.same({ 200, { connections = 2 } },
      { asked("POST /users/ada/send", { "alert", { n = 1 } }) })
    assert.same({ { "alert", { n = 1 } } }, one:heard())
    assert.same({ { "alert", { n = 1 } } }, other:heard())
  end)

  it("sends on exactly what it said", function()
    local ada = world.user "ada"
    ask("POST /users/ada/send", '["a",[9007199254740993,{},[],null,"\\u0000"]]')
    ask("POST /users/ada/send", '["b"]')
    assert.same({ '["a",[9007199254740993,{},[],null,"\\u0000"]]', '["b"]' },
      ada:texts())
  end)

  it("reaches nobody where nobody is", function()
    assert.same({ 200, { connections = 0 } },
      { asked("POST /users/ada/send", { "alert" }) })
  end)

  it("finds a user by the decimal text of the id", function()
    project [[authenticate = function(connection, register)
      register(connection, { id = 42 }) end,]]
    world.connect()
    assert.same({ 200, { connections = 1 } },
      { asked("POST /users/42/send", { "alert" }) })
    local _, user = asked "GET /users/42"
    assert.equal(42, user.id)
    _, user = asked "GET /users/042"
    assert.same({ "042", false }, { user.id, user.online })
  end)

  it("finds a user whose id is 'count', or has odd letters", function()
    world.user "count"
    world.user "a%2Fü"
    local _, user = asked "GET /users/count"
    assert.is_true(user.online)
    _, user = asked "GET /users/a%2F%C3%BC"
    assert.same({ "a/ü", true }, { user.id, user.online })
  end)

  it("reaches one connection", function()
    local one, other = world.user "ada", world.user "ada"
    local path = "POST /connections/" .. one.connection.id .. "/send"
    assert.same({ 200, { connections = 1 } }, { asked(path, { "alert" }) })
    assert.same({ { "alert" } }, one:heard())
    assert.same({}, other:heard())
    one:leave()
    assert.same({ 200, { connections = 0 } }, { asked(path, { "alert" }) })
  end)

  it("reaches everybody who has a user", function()
    world.user "ada"
    world.user "bob"
    world.connect()
    assert.same({ 200, { connections = 2 } },
      { asked("POST /broadcast", { "news" }) })
  end)

  it("sends a user away", function()
    local one, other = world.user "ada", world.user "ada"
    assert.same({ 200, { connections = 2 } }, { asked(
      "POST /users/ada/disconnect", { code = 4100, reason = "banned" }) })
    assert.same({ 4100, "banned" }, { one:closed() })
    assert.same({ 4100, "banned" }, { other:closed() })
    local bob = world.user "bob"
    asked("POST /users/bob/disconnect", "")
    assert.equal(4003, (bob:closed()))
    assert.same({ 200, { connections = 0 } },
      { asked("POST /users/bob/disconnect", '{"code":null,"reason":null}') })
    assert.same({ 200, { connections = 0 } },
      { asked("POST /users/nobody/disconnect", "{}") })
  end)

  it("disconnects who is on the way to a user, too", function()
    project [[authenticate = function(connection, register)
      base.sleep(1)
      register(connection, { id = connection.request.cookies.user })
    end,]]
    local ada, bob, eve = world.connect { user = "ada" },
      world.connect { user = "bob" }, world.connect { user = "eve" }
    assert.same({ 200, { connections = 0 } }, { asked(
      "POST /users/ada/disconnect", { code = 4100, reason = "banned" }) })
    asked("POST /batch",
      { { method = "POST", path = "/users/bob/disconnect" } })
    world.advance(1)
    assert.same({ 4100, "banned" }, { ada:closed() })
    assert.same({ 4003, "sent away" }, { bob:closed() })
    assert.same({ { "authenticated", { id = "eve" } } }, eve:heard())
  end)

  it("changes fields of a user, and leaves the others", function()
    project [[authenticate = function(connection, register)
      register(connection, { id = 42, name = "Ada", admin = true }) end,]]
    world.connect()
    assert.same({ 200, { id = 42, connections = 1 } }, { asked(
      "PATCH /users/42", '{"admin":null,"age":36,"id":42}') })
    local fields = {}
    for name, value in pairs(core.users[42]) do fields[name] = value end
    assert.same({ name = "Ada", age = 36 }, fields)
    for _, id in ipairs { "7", '"43"', "42.5", "null", "[42]" } do
      local status, answer = asked("PATCH /users/42", '{"id":' .. id .. "}")
      assert.same({ 422, "fields" }, { status, answer.error.code })
    end
    assert.same({ 200, { id = 42, connections = 1 } },
      { asked("PATCH /users/42", '{"id":"42"}') })
    assert.same({ 200, { id = "7", connections = 0 } },
      { asked("PATCH /users/7", "{}") })
  end)

  it("sees who is online, and no fields", function()
    local ada = world.user "ada"
    assert.same({ 200, { id = "ada", online = true,
      connections = { ada.connection.id } } }, { asked "GET /users/ada" })
    ada:leave()
    assert.same({ 200, { id = "ada", online = true, connections = {} } },
      { asked "GET /users/ada" })
    world.advance(6)
    assert.same({ 200, { id = "ada", online = false, connections = {} } },
      { asked "GET /users/ada" })
  end)

  it("sees who of many is online, in its order", function()
    world.user "ada"
    local status, body = asked "GET /users?ids=bob,ada,a%20b"
    assert.equal(200, status)
    local seen = {}
    for i, user in ipairs(body.users) do
      seen[i] = user.id .. "=" .. tostring(user.online)
    end
    assert.same({ "bob=false", "ada=true", "a b=false" }, seen)
  end)
end)

describe("A call", function()
  before_each(function() project() end)

  -- Answers the question that the client was asked.
  local function answer(client, command, body)
    local question = client:heard()[1]
    client:say { command, body, question[3] }
    return question
  end

  it("brings what the client answered", function()
    local ada = world.user "ada"
    local request = ask("POST /users/ada/call", { "sure", "Delete?" })
    assert.is_nil(world.answer(request))
    local question = answer(ada, "ok", { yes = true })
    assert.same({ "sure", "Delete?" }, { question[1], question[2] })
    assert.same({ 200, { body = { yes = true } } }, { answered(request) })
  end)

  it("brings null, and false", function()
    local ada = world.user "ada"
    for _, body in ipairs { world.null, false } do
      local request = ask("POST /users/ada/call", { "sure" })
      answer(ada, "ok", body)
      assert.same({ 200, { body = body } }, { answered(request) })
    end
  end)

  it("is told what the client declined with", function()
    local ada = world.user "ada"
    local request = ask("POST /users/ada/call", { "sure" })
    answer(ada, "error", { code = "later" })
    local status, body = answered(request)
    assert.same({ 409, "declined", "later" },
      { status, body.error.code, body.error.reason })
  end)

  it("ends after its time", function()
    world.user "ada"
    local request = ask("POST /users/ada/call?timeout=0.5", { "sure" })
    world.advance(0.4)
    assert.is_nil(world.answer(request))
    world.advance(0.2)
    local status, body = answered(request)
    assert.same({ 504, "timeout" }, { status, body.error.code })
  end)

  it("ends with action_time, too", function()
    project "limits = { action_time = 1 },"
    world.user "ada"
    local request = ask("POST /users/ada/call", { "sure" })
    world.advance(1.1)
    local status, body = answered(request)
    assert.same({ 504, "timeout" }, { status, body.error.code })
  end)

  it("is an error for a user who is offline, or leaves", function()
    assert.same({ 409, "offline" },
      { refused("POST /users/ada/call", { "sure" }) })
    local ada = world.user "ada"
    local request = ask("POST /users/ada/call", { "sure" })
    ada:leave()
    local status, body = answered(request)
    assert.same({ 409, "offline" }, { status, body.error.code })
  end)

  it("is refused with a time that is none", function()
    for _, time in ipairs { "0", "-1", "x", "1e3", "", "1.2.3", "1000000000" }
    do
      assert.same({ 422, "timeout" },
        { refused("POST /users/ada/call?timeout=" .. time, { "sure" }) })
    end
  end)
end)

describe("A batch", function()
  before_each(function() project() end)

  -- One that gives way goes on when time passes.
  local function results(batch)
    local request = ask("POST /batch", batch)
    world.advance(1)
    local status, body = answered(request)
    assert.equal(200, status)
    return body.results
  end

  it("runs in order, and tells of each", function()
    local ada = world.user "ada"
    local got = results {
      { method = "POST", path = "/users/ada/send", body = { "a" } },
      { method = "POST", path = "/broadcast", body = { "b", 1 } },
      { method = "GET", path = "/users?ids=bob" },
    }
    assert.same({ { "a" }, { "b", 1 } }, ada:heard())
    assert.same({ status = 200, body = { connections = 1 } }, got[1])
    assert.same({ status = 200, body = { connections = 1 } }, got[2])
    assert.same("bob", got[3].body.users[1].id)
  end)

  it("goes on behind a request that fails", function()
    local ada = world.user "ada"
    local got = results {
      { method = "POST", path = "/users/ada/send", body = "a" },
      { method = "GET", path = "/none" },
      { method = "PUT", path = "/broadcast" },
      { method = "POST", path = "/users/%/send", body = { "a" } },
      { method = "POST", path = "/users//send", body = { "a" } },
      { path = "/broadcast" },
      7,
      { method = "POST", path = "/users/ada/send", body = { "b" } },
    }
    local statuses = {}
    for i, each in ipairs(got) do statuses[i] = each.status end
    assert.same({ 422, 404, 405, 400, 400, 422, 422, 200 }, statuses)
    assert.same({ { "b" } }, ada:heard())
  end)

  it("has no place for what waits, or is no JSON, or is a batch", function()
    local got = results {
      { method = "POST", path = "/users/ada/call", body = { "sure" } },
      { method = "GET", path = "/metrics" },
      { method = "POST", path = "/batch", body = {} },
    }
    for _, each in ipairs(got) do
      assert.same({ 422, "alone" }, { each.status, each.body.error.code })
    end
  end)

  it("may be empty, and has at most 1000", function()
    local empty = setmetatable({}, json.array_mt)
    assert.same({}, results(empty))
    local many = {}
    for i = 1, 1001 do many[i] = i end
    assert.same({ 422, "batch" }, { refused("POST /batch", many) })
    assert.same({ 422, "batch" }, { refused("POST /batch", "{}") })
  end)

  it("gives way to others when it takes long", function()
    local now, real = 0, core.clock
    core.clock = function() -- each request takes 6 ms
      now = now + 0.006
      return now
    end
    local _ <close> = setmetatable({}, { __close = function()
      core.clock = real
    end })
    local one = { method = "GET", path = "/health" }
    local request = ask("POST /batch", { one, one, one })
    assert.is_nil(world.answer(request))
    world.advance(0.001)
    local _, body = answered(request)
    assert.equal(3, #body.results)
  end)
end)

describe("A request", function()
  before_each(function() project() end)

  it("is told clearly what is wrong with its body", function()
    local send = "POST /users/ada/send"
    for body, expected in pairs {
      [""] = "400 json", ["["] = "400 json", ['["a"] x'] = "400 json",
      ["[1e999]"] = "400 json", ["\xff"] = "400 json",
      ["\u{feff}"] = "400 json", ["\u{feff}\u{feff}[]"] = "400 json",
      ["\u{feff}[1]"] = "422 message",
      ["null"] = "422 message", ["{}"] = "422 message", ["[]"] = "422 message",
      ['["a",1,7]'] = "422 message", ["[1]"] = "422 message",
      ['[""]'] = "422 message", ['"a"'] = "422 message",
      ['["' .. ("a"):rep(129) .. '"]'] = "422 message",
      ['["$join"]'] = "422 message",
    } do
      local status, code = refused(send, body)
      assert.equal(expected, status .. " " .. code, body)
    end
    assert.same({ 415, "coding" },
      { refused(send, "x", { "Content-Encoding: gzip" }) })
  end)

  it("is told clearly what is wrong with its path", function()
    local message = { "a" }
    for line, expected in pairs {
      ["POST /users//send"] = "400 id", ["GET /users/"] = "400 id",
      ["POST /users/%zz/send"] = "400 path", ["GET /users/%ff"] = "400 id",
      ["POST /connections/x/send"] = "400 id",
      ["POST /connections/-1/send"] = "400 id",
      ["POST /connections/99999999999999999999/send"] = "400 id",
      ["GET /"] = "404 unknown", ["GET //users/1"] = "404 unknown",
      ["GET /users/../stats"] = "404 unknown", ["GET /users"] = "422 ids",
      ["GET /users?ids="] = "422 ids", ["GET /users?ids=1,,2"] = "422 ids",
      ["GET /users?ids=" .. ("1,"):rep(1000) .. "1"] = "422 ids",
      ["GET /users/" .. ("a"):rep(129)] = "400 id",
      ["DELETE /users/1"] = "405 method", ["GET /broadcast"] = "405 method",
    } do
      local status, code = refused(line, message)
      assert.equal(expected, status .. " " .. code, line)
    end
    assert.equal(200, (asked("GET /users/" .. ("a"):rep(128))))
  end)

  it("names the methods that are allowed", function()
    local answer = world.answer(ask "DELETE /users/1")
    assert.matches("Allow: GET, HEAD, PATCH\r\n", answer.headers, 1, true)
  end)

  it("is told clearly how a user cannot be sent away", function()
    for _, body in ipairs { "[]", "7", '{"code":1001}', '{"code":4001}',
      '{"code":"4100"}', '{"code":4100.5}', '{"reason":7}',
      '{"reason":"' .. ("a"):rep(124) .. '"}', '{"reason":"a\\u0000"}' } do
      assert.same({ 422, "closing" },
        { refused("POST /users/ada/disconnect", body) }, body)
    end
    for _, body in ipairs { "[]", "7", "null" } do
      assert.same({ 422, "fields" }, { refused("PATCH /users/ada", body) })
    end
  end)

  it("of a failing script is 500 and a log line, and counted", function()
    local before = core.counters().errors.failed
    local show = routes[7]
    assert.equal("/users/{id}", show.path)
    local handler = show.handler
    show.handler = function() error "boom" end
    local status, code = refused "GET /users/ada"
    show.handler = handler
    assert.same({ 500, "failed" }, { status, code })
    assert.matches("boom", world.log())
    assert.equal(before + 1, core.counters().errors.failed)
  end)
end)

describe("A key", function()
  local function status_with(authorization)
    local lines = { authorization and "Authorization: " .. authorization }
    local answer =
      world.answer(world.request("GET /stats", lines, nil, true))
    if answer.status == 401 then
      assert.matches("WWW-Authenticate: Bearer\r\n", answer.headers, 1, true)
    end
    return answer.status
  end

  it("opens the API, and nothing else does", function()
    project()
    assert.equal(200, status_with("Bearer " .. KEY))
    assert.equal(200, status_with("bearer  " .. KEY))
    for _, wrong in ipairs { "Bearer", "Bearer ", "Bearer " .. KEY .. "x",
      "Bearer " .. KEY:sub(1, -2), "Bearer " .. KEY:upper(), KEY,
      "Basic " .. KEY, "Bearer " .. KEY .. ", Bearer " .. KEY } do
      assert.equal(401, status_with(wrong), wrong)
    end
    assert.equal(401, status_with(nil))
  end)

  it("is asked for before anything is told", function()
    project()
    for _, line in ipairs { "GET /none", "PUT /stats", "GET /users/%zz",
      "POST /health" } do
      local answer = world.answer(world.request(line, nil, nil, true))
      assert.equal(401, answer.status, line)
    end
  end)

  it("changes with a reload, and may be one of several", function()
    project()
    world.file("base.lua", world.settings([[api = { listen = "127.0.0.1:9001",
      key = { "the-new-key-of-it", "another-new-key-of-it" } },]]))
    assert.is_true(world.reload())
    assert.equal(401, status_with("Bearer " .. KEY))
    assert.equal(200, status_with "Bearer the-new-key-of-it")
    assert.equal(200, status_with "Bearer another-new-key-of-it")
  end)

  it("that was taken away opens nothing", function()
    project()
    world.file("base.lua", world.settings "")
    assert.is_true(world.reload())
    assert.matches("api.listen", world.log(), 1, true)
    assert.equal(401, status_with("Bearer " .. KEY))
    assert.equal(401, status_with "Bearer ")
  end)

  it("that is wrong is logged once a minute, without itself", function()
    project()
    world.log()
    for _ = 1, 3 do status_with "Bearer a-wrong-key-it-is" end
    local log = world.log()
    local _, lines = log:gsub("\n", "")
    assert.equal(1, lines, log)
    assert.matches("without a valid key", log, 1, true)
    assert.matches("address=127.0.0.1", log, 1, true)
    assert.is_nil(log:find "a-wrong-key-it-is")
    world.advance(60)
    assert.matches("2 more in the last minute: requests of the API without a "
      .. "valid key", world.log(), 1, true)
  end)
end)

describe("The health", function()
  it("needs no key", function()
    project()
    assert.same({ 200, { status = "ok" } },
      { answered(world.request("GET /health", nil, nil, true)) })
  end)
end)

describe("docs/openapi.json", function()
  it("has every route, and no other", function()
    local doc, described, served =
      json.decode(files.read "docs/openapi.json"), {}, {}
    for path, item in pairs(doc.paths) do
      for method in pairs(item) do
        if method ~= "parameters" then
          described[#described + 1] = method:upper() .. " " .. path
        end
      end
    end
    for i, route in ipairs(routes) do
      served[i] = route.method .. " " .. route.path
    end
    table.sort(described)
    table.sort(served)
    assert.same(described, served)
  end)
end)

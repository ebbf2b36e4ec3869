-- The project's own HTTP handler.
local world = require "spec.helper"

local seen = world.seen

after_each(world.reset)

-- A handler with this inside; its first line is line 3 of base.lua.
local function project(body, more)
  world.project { ["base.lua"] = world.settings(
    "http = function(request, response)\n" .. body .. "\nend,\n"
    .. (more or "")) }
end

local function get(body, line)
  project(body)
  return world.answer(world.request(line or "GET /"))
end

local FAILED = "500 and a log line"

describe("a request", function()
  it("is shown to the handler, decoded", function()
    project "seen[1] = request return 204"
    world.request("POST /a%20b?q=1&q=a+b%26&n&%C3%A9=%zz%", {
      "X-One: 1", "x-one: 2", 'Cookie: a="1"; b=%20+; a=2', "Cookie: c=3",
    }, "the \0 body")
    local request = seen[1]
    assert.equal("POST", request.method)
    assert.equal("/a%20b", request.path)
    assert.same({ q = "a b&", n = "", ["é"] = "%zz%" }, request.query)
    assert.equal("1, 2", request.headers["x-one"])
    assert.equal("localhost", request.headers.host)
    assert.same({ a = "1", b = " +", c = "3" }, request.cookies)
    assert.equal("the \0 body", request.body)
    assert.equal("127.0.0.1", request.address)
    assert.is_false(request.secure)
  end)

  it("has an empty body, query and cookies when there is none", function()
    project "seen[1] = request"
    world.request "GET /"
    assert.same({ "", {}, "", {}, {} },
      { seen[1].body, seen[1].query, seen[1].query_string, seen[1].query_list,
        seen[1].cookies })
  end)
end)

describe("an answer", function()
  it("has its headers in the order of their names", function()
    local names = {}
    for i = 10, 59 do names[#names + 1] = "X-" .. i end
    local answer = get [[
      for i = 10, 59 do response.headers["X-" .. i] = 1 end
      response:send()
    ]]
    assert.equal(table.concat(names, ": 1\r\n") .. ": 1\r\n", answer.headers)
  end)

  it("is sent with status and headers", function()
    local answer = get [[
      response.status = 201
      response.headers["X-One"] = "1"
      response.headers["Set-Cookie"] = { "a=1", "b=2" }
      response.headers["X-Count"] = 7
      seen[1] = response:send("body")
    ]]
    assert.equal(201, answer.status)
    assert.equal("body", answer.body)
    assert.matches("X-One: 1\r\n", answer.headers, 1, true)
    assert.matches("X-Count: 7\r\n", answer.headers, 1, true)
    assert.matches("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", answer.headers, 1,
      true)
    assert.is_true(seen[1])
  end)

  it("is 200 without a body by default", function()
    local answer = get "response:send()"
    assert.same({ 200, "" }, { answer.status, answer.body })
  end)

  it("has one field of each name, in whatever case it is set", function()
    local answer = get [[
      local headers = response.headers
      headers["content-type"] = "text/plain"
      headers["Content-Type"] = "text/html"
      headers["X-ONE"] = 1
      headers["x-one"] = { 2, 3 }
      headers["X-Gone"] = 1
      headers["x-gone"] = nil
      headers["X-Back"] = 1
      headers["X-Back"] = nil
      headers["x-back"] = 2
      seen[1] = { headers["CONTENT-TYPE"], headers["X-One"], headers.none }
      response:send "body"
    ]]
    assert.equal("Content-Type: text/html\r\nx-back: 2\r\nx-one: 2\r\n"
      .. "x-one: 3\r\n", answer.headers)
    assert.same({ "text/html", { 2, 3 } }, seen[1])
  end)

  it("has what was returned in the place of what was set before", function()
    local answer = get [[
      response.headers["X-One"], response.headers["X-Two"] = 1, 2
      return 200, "", { ["x-one"] = "mine" }
    ]]
    assert.equal("X-Two: 2\r\nx-one: mine\r\n", answer.headers)
    answer = get [[
      response.headers = { ["X-One"] = 1, ["X-Two"] = 2 }
      return 200, "", { ["x-one"] = "mine" }
    ]]
    assert.equal("X-Two: 2\r\nx-one: mine\r\n", answer.headers)
  end)

  it("may be JSON", function()
    local answer = get "response:json { list = { 1, 2 } }"
    assert.equal('{"list":[1,2]}', answer.body)
    assert.equal("Content-Type: application/json\r\n", answer.headers)
  end)

  it("may be JSON under another type", function()
    local answer = get [[
      response.headers["content-type"] = "application/problem+json"
      response:json {}
    ]]
    assert.equal("content-type: application/problem+json\r\n", answer.headers)
  end)

  it("may be a file", function()
    local answer = get 'response:file("a/b.txt", { root = "files" })'
    assert.same({ 200, "a/b.txt", "files" },
      { answer.status, answer.file, answer.folder })
    assert.is_nil(answer.body)
  end)

  it("may be a file of the public folder", function()
    world.project {
      ["base.lua"] = world.settings [[
        public = "files",
        http = function(_, response) response:file "a.txt" end,
      ]],
      ["files/a.txt"] = "a file",
    }
    local answer = world.answer(world.request "GET /")
    assert.same({ "a.txt", "files" }, { answer.file, answer.folder })
  end)

  it("is no file without a folder that is named", function()
    for _, call in ipairs { 'response:file "a.txt"',
      'response:file("a.txt", {})' } do
      assert.equal(500, get(call).status)
      assert.matches("there is no public folder: name one", world.log(), 1,
        true)
    end
  end)

  it("is no file whose path has a NUL in it", function()
    local answer = get 'response:file("a.txt\\0.png", { root = "files" })'
    assert.same({ "", "files" }, { answer.file, answer.folder })
  end)

  it("may be returned", function()
    local answer = get 'return 404, "not here", { ["X-One"] = "1" }'
    assert.same({ 404, "not here", "X-One: 1\r\n" },
      { answer.status, answer.body, answer.headers })
    answer = get "return 204"
    assert.same({ 204, "" }, { answer.status, answer.body })
  end)

  it("may be what response:send returns, once", function()
    local answer = get 'return response:send "once"'
    assert.equal("once", answer.body)
  end)

  it("may wait", function()
    project "base.sleep(1) return 200, 'late'"
    local request = world.request "GET /"
    assert.is_nil(world.answer(request))
    world.advance(1)
    assert.equal("late", world.answer(request).body)
  end)

  it("that is none leaves it to the public folder", function()
    assert.equal(0, get("return").status)
    assert.equal(0, get("return nil, 'body'").status)
  end)
end)

describe("a handler that raises", function()
  it("is " .. FAILED .. " with the place, and the text stays there", function()
    local answer = get 'local x\nreturn x.secret'
    assert.equal(500, answer.status)
    assert.is_nil(answer.body:find "secret")
    local log = world.log()
    assert.equal("base.lua:4", world.place(log))
    assert.matches(" traceback=", log)
  end)

  it("is 504 when action_time has passed", function()
    project("base.sleep(9)", "limits = { action_time = 2 },")
    local request = world.request "GET /"
    world.advance(2)
    assert.equal(504, world.answer(request).status)
  end)

  it("after its answer changes nothing, but the log", function()
    local answer = get 'response:send "ok" error "later"'
    assert.same({ 200, "ok" }, { answer.status, answer.body })
    assert.matches("base.lua:3: later", world.log(), 1, true)
  end)

  for _, line in ipairs {
    'response:send("a") response:send("b")',
    "response.status = 99 response:send()",
    "response.status = 600 response:send()",
    "response.status = 200.5 response:send()",
    "response.status = nil response:send()",
    "response:send({})",
    "response:send(true)",
    "response:json(print)",
    "response:json({ 1, nil, 3 })",
    "response:file()",
    "response:file({})",
    'response:file("a.txt")',
    'response:file("a.txt", "files")',
    'response:file("a.txt", { root = 7 })',
    'response:file("a.txt", { root = "" })',
    'response:file("a.txt", { root = "a\\0b" })',
    'response:file("a.txt", { folder = "files" })',
    'response:file("a.txt", { "files" })',
    'response.headers["X One"] = 1 response:send()',
    'response.headers["X"] = "a\\r\\nY: b" response:send()',
    'response.headers["X"] = { "a", "b\\0" } response:send()',
    "response.headers[1] = 'x' response:send()",
    "response.headers = 7 response:send()",
    "response.headers = { A = 1, a = 2 } response:send()",
    "response.headers = { A = 1, a = 2 } response:json {}",
    "response.headers = { A = 1, a = 2 } response:file 'a.txt'",
  } do
    it("blames its own line for " .. line, function()
      local answer = get("\n" .. line .. "\n")
      assert.is_true(answer.status == 500 or answer.body == "a")
      assert.equal("base.lua:4", world.place(world.log()))
    end)
  end

  it("for a mistake in an answer may still give another", function()
    local answer = get [[
      pcall(function() response.headers["X\n"] = 1 response:send() end)
      response.headers = {}
      response:send "right"
    ]]
    assert.equal("right", answer.body)
  end)

  it("is told what it may return, and which handler it is", function()
    get "\nreturn 999"
    assert.matches("base.lua:2: this http handler returned an invalid answer: "
      .. "the status must be an integer from 200 to 599, not "
      .. "999", world.log(), 1,
      true)
  end)

  it("is told which header is there twice", function()
    get "\nresponse.headers = { ['x-b'] = 1, a = 2, A = 3 } response:send()"
    assert.matches("base.lua:4: the header 'a' is set twice, also as 'A': set "
      .. "it once", world.log(), 1, true)
  end)

  for _, result in ipairs { '"text"', "true", "{}", "99", "200, {}",
      "200, '', 7", "200, '', { ['X Y'] = 1 }", "200, '', { 'X' }",
      "200, '', { X = 1, x = 2 }" } do
    it("or returns " .. result .. " is 500", function()
      assert.equal(500, get("return " .. result).status)
      local log = world.log()
      assert.equal("base.lua:2", world.place(log))
      assert.is_nil(log:find("serve:", 1, true))
    end)
  end
end)

describe("the /push of docs/reference/http.md", function()
  local KEY = "Authorization: Bearer of a secret"

  -- With a key in the place of the one in the environment.
  local function load_example()
    local page = assert(io.open "docs/reference/http.md")
    local example = page:read "a"
      :match("```lua\n(%-%- base.lua\nlocal base = .-/push.-)```")
      :gsub('assert%b()', '"of a secret"', 1)
    page:close()
    world.project { ["base.lua"] = example }
  end

  local function push(headers, body)
    return world.answer(world.request("POST /push", headers, body))
  end

  before_each(load_example)

  it("sends, and says how many it reached", function()
    local ada = world.connect()
    ada:heard()
    local answer = push({ KEY },
      '{"to": 42, "command": "alert", "body": "on its way"}')
    assert.same({ 200, '{"reached":1}' }, { answer.status, answer.body })
    assert.same({ { "alert", "on its way" } }, ada:heard())
  end)

  it("answers 403 without the key", function()
    for _, headers in ipairs { {}, { KEY .. "s" }, { "Authorization: Bearer" } }
    do
      assert.equal(403, push(headers, "{}").status)
    end
  end)

  for _, body in ipairs { "", "{", "null", "7", "[]", "{}",
      '{"to":42}', '{"to":{},"command":7}', '{"to":1.5,"command":"a"}' } do
    it("answers 400 to the body " .. body, function()
      assert.equal(400, push({ KEY }, body).status)
      assert.equal("", world.log())
    end)
  end
end)

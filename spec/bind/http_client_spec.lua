-- base.http as scripts see it: what may be asked, and who shares an answer.
-- Nothing leaves the process: the spec answers the requests itself.
local http = require "base.http"
local world = require "spec.helper"

local driver, seen = world.driver, world.seen

local URL = "http://example.com/"

-- Runs a function as an action of a new connection, until it waits or ends.
local function run(f)
  seen.run = f
  local client = world.user "ada"
  client:say { "run" }
  return client
end

-- The requests that wait for an answer, the oldest first.
local function asked()
  local list = {}
  for _, request in ipairs(driver.http_requests()) do
    table.insert(list, 1, { ticket = request[1], text = request[2] })
  end
  return list
end

local function only_one()
  local list = asked()
  assert.equal(1, #list)
  return list[1]
end

-- Answers the oldest request.
local function answer(status, body, head)
  assert.is_true(driver.http_answer(asked()[1].ticket, status, head or "",
    body or ""))
end

local function fail(word)
  assert.is_true(driver.http_answer(asked()[1].ticket, nil, word))
end

-- The bytes of the one request that these options make.
local function printed(options)
  run(function() http.request(options) end)
  local text = only_one().text
  answer(200)
  return text
end

-- What was wrong with a call, without its place, which must be this file.
local function mistake(f, ...)
  local result
  local arguments = table.pack(...)
  run(function()
    result = table.pack(pcall(function()
      local reply = f(table.unpack(arguments, 1, arguments.n))
      return reply
    end))
  end)
  assert.same({}, asked())
  assert.is_false(result[1])
  local place, text = result[2]:match "^([^:]+:%d+): (.*)$"
  assert.matches("http_client_spec.lua:%d+$", place)
  return text
end

before_each(function()
  world.project { ["actions/run.lua"] = world.action "seen.run(connection)" }
end)

after_each(function()
  seen.run = nil
  world.reset()
  assert.same({}, driver.http_requests())
  driver.advance(24 * 60 * 60) -- past whatever is kept
end)

describe("a request", function()
  it("has a method and a URL", function()
    assert.equal("GET " .. URL .. "\n\n", printed { url = URL })
    assert.equal("DELETE " .. URL .. "\n\n",
      printed { url = URL, method = "DELETE" })
  end)

  it("has headers, of which nil is none", function()
    assert.equal("GET " .. URL .. "\ncookie: a=b\nx-count: 3\nx-empty;\n\n",
      printed { url = URL, headers = { Cookie = "a=b", ["X-Count"] = 3,
        ["x-empty"] = "", authorization = nil } })
  end)

  it("has a query, encoded and in order", function()
    assert.equal("GET " .. URL .. "?a=1&b=x%20%26y&c=1&c=2&d=true\n\n",
      printed { url = URL,
        query = { b = "x &y", a = 1, c = { 1, 2 }, d = true } })
    assert.equal("GET " .. URL .. "?z=1&a=1#there\n\n",
      printed { url = URL .. "?z=1#there", query = { a = 1 } })
    assert.equal("GET " .. URL .. "\n\n", printed { url = URL, query = {} })
  end)

  it("has a body, of no kind unless the script says one", function()
    assert.equal("POST " .. URL .. "\ncontent-type:\nexpect:\n\nhi",
      printed { url = URL, method = "POST", body = "hi" })
    assert.equal("PUT " .. URL .. "\ncontent-type: text/plain\nexpect:\n\n",
      printed { url = URL, method = "PUT", body = "",
        headers = { ["Content-Type"] = "text/plain" } })
  end)

  it("has a value as JSON", function()
    assert.equal("POST " .. URL
      .. '\ncontent-type: application/json\nexpect:\n\n{"id":42}',
      printed { url = URL, method = "POST", json = { id = 42 } })
    assert.equal("POST " .. URL
      .. "\ncontent-type: application/json\nexpect:\n\nfalse",
      printed { url = URL, method = "POST", json = false })
  end)

  it("can be said in short", function()
    run(function() http.get(URL) end)
    assert.equal("GET " .. URL .. "\n\n", only_one().text)
    answer(200)
    run(function() http.post(URL, "hi", { headers = { a = "b" } }) end)
    assert.equal("POST " .. URL .. "\na: b\ncontent-type:\nexpect:\n\nhi",
      only_one().text)
    answer(200)
  end)
end)

describe("a mistake of the programmer's", function()
  local rows = {
    { "'url' is missing", {} },
    { "'url' must be a string, but is 7", { url = 7 } },
    { "'url' must begin with http:// or https:// and a host",
      { url = "ftp://example.com/" } },
    { "'url' must begin with http:// or https:// and a host",
      { url = "http:///path" } },
    { "'url' has a space or a control character: percent-encode it",
      { url = URL .. "a b" } },
    { "'url' has a space or a control character: percent-encode it",
      { url = URL .. "a\r\nX: y" } },
    { "unknown option 'timout': did you mean 'timeout'?",
      { url = URL, timout = 2 } },
    { "unknown option 'quite_another'", { url = URL, quite_another = 2 } },
    { "an option's name must be a string, not 1", { url = URL, "x" } },
    { "'method' must be one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS",
      { url = URL, method = "get" } },
    { "'timeout' must be a number of seconds, more than 0, at most a day, "
      .. "but is 0", { url = URL, timeout = 0 } },
    { "'connect_timeout' must be a number of seconds, more than 0, at most a "
      .. "day, but is NaN", { url = URL, connect_timeout = 0 / 0 } },
    { "'redirects' must be a whole number, 0 to 20, but is 21",
      { url = URL, redirects = 21 } },
    { "'redirects' works only for GET and HEAD without a body",
      { url = URL, redirects = 1, method = "POST" } },
    { "'max_body' must be a whole number of bytes, at least 1, but is 0",
      { url = URL, max_body = 0 } },
    { "'verify' must be true or false, but is 0", { url = URL, verify = 0 } },
    { "'cache' must be a number of seconds, more than 0, at most a day, "
      .. "but is true", { url = URL, cache = true } },
    { "'body' must be a string, but is a table",
      { url = URL, body = { 1 } } },
    { "'body' and 'json' cannot both be set",
      { url = URL, method = "POST", body = "x", json = 1 } },
    { "a HEAD request cannot have a "
      .. "body", { url = URL, method = "HEAD", body = "x" } },
    { "the header 'cookie' contains CR, LF or NUL",
      { url = URL, headers = { cookie = "a=b\r\nX-Admin: 1" } } },
    { "the header 'x' contains CR, LF or NUL",
      { url = URL, headers = { x = "a\nb" } } },
    { "the header 'x' contains CR, LF or NUL",
      { url = URL, headers = { x = "a\0b" } } },
    { '"a b" is not a valid header name',
      { url = URL, headers = { ["a b"] = "" } } },
    { '"x:y" is not a valid header name',
      { url = URL, headers = { ["x:y"] = "" } } },
    { "1 is not a valid header name", { url = URL, headers = { "x: y" } } },
    { "the header 'X-A' must be a string or a number, but is a boolean",
      { url = URL, headers = { ["X-A"] = false } } },
    { "the header 'Content-Length' is set by Base and cannot be given",
      { url = URL, headers = { ["Content-Length"] = 3 } } },
    { "'headers' must be a table of names and values",
      { url = URL, headers = "cookie: a" } },
    { "'query.a' must be a string, a number, a boolean or a list of them, but "
      .. "is a function", { url = URL, query = { a = print } } },
  }
  for _, row in ipairs(rows) do
    it("raises at the caller's line: " .. row[1], function()
      assert.equal(row[1], mistake(http.request, row[2]))
    end)
  end

  it("raises for what json cannot say", function()
    assert.matches("^'json': ", mistake(http.request,
      { url = URL, method = "POST", json = { print } }))
  end)

  it("raises for a header that is there twice", function()
    assert.equal("the header 'cookie' is set twice",
      mistake(http.get, URL, { headers = { cookie = "a", Cookie = "b" } }))
  end)

  it("raises for the first of several mistakes by name", function()
    local given = { timeout = 1 }
    for i = 10, 40 do given["zz" .. i] = true end
    assert.matches("^unknown option 'zz10'", mistake(http.get, URL, given))
  end)

  it("raises in the short forms too", function()
    assert.equal("'url' is missing", mistake(http.get))
    assert.equal("the options must be a table, but are a string",
      mistake(http.get, URL, "timeout"))
    assert.equal("only http.request takes the option 'method'",
      mistake(http.post, URL, "x", { method = "PUT" }))
    assert.equal("'body' must be a string, but is a table",
      mistake(http.post, URL, { id = 42 }))
  end)

  it("never shows a text, which may be a token", function()
    local text = mistake(http.get, "secret://token@example.com/")
    assert.is_nil(text:find "token")
  end)
end)

describe("a file that loads", function()
  it("may not ask", function()
    world.files { ["actions/early.lua"] = [[
      require("base.http").get "http://example.com/"
      return function() end]] }
    assert.same({
      "actions/early.lua:1: a file cannot wait while it loads",
    }, world.mistakes())
  end)
end)

describe("an answer", function()
  -- What a request of these options returns for an answer.
  local function reply_to(status, body, head, options)
    local reply
    run(function() reply = http.get(URL, options) end)
    answer(status, body, head)
    return reply
  end

  it("has a status, headers and a body", function()
    local reply = reply_to(201, "made", "Content-Type: text/plain\r\n"
      .. "X-A:1\r\nx-a:  2 \r\nno header\r\nX-Empty:\r\n")
    assert.equal(201, reply.status)
    assert.equal("made", reply.body)
    assert.same({ ["content-type"] = "text/plain", ["x-a"] = "1, 2",
      ["x-empty"] = "" }, reply.headers)
  end)

  it("has Set-Cookie as a list", function()
    assert.same({ "a=1; Expires=Thu, 01 Jan 1970", "b=2" }, reply_to(200, "",
      "Set-Cookie: a=1; Expires=Thu, 01 Jan 1970\r\nset-cookie: b=2\r\n")
      .headers["set-cookie"])
  end)

  it("does not speak of the packed body that it no longer has", function()
    assert.same({}, reply_to(200, "unpacked",
      "Content-Encoding: gzip\r\nContent-Length: 3\r\n").headers)
  end)

  it("reads JSON, and says so when it is none", function()
    assert.same({ id = 42 }, reply_to(200, '{"id":42}'):json())
    for _, text in ipairs { "", "<html>", '{"id":', '{"id":1}x', "\xff" } do
      assert.same({ nil, "invalid", n = 2 },
        table.pack(reply_to(200, text):json()))
    end
  end)

  it("is read behind a byte order mark", function()
    assert.same({ id = 42 }, reply_to(200, '\u{feff}{"id":42}'):json())
    assert.equal("", world.log())
  end)

  describe("that is no JSON", function()
    local function asked_for(url, status, body, head)
      local reply
      run(function() reply = http.get(url) end)
      answer(status, body, head)
      return reply
    end

    it("is told of, without query, password or body", function()
      local reply = asked_for(
        "http://ada:secret@example.com/me?token=secret#secret", 502,
        "<html>secret", "Content-Type: text/html; charset=utf-8\r\n")
      assert.same({ nil, "invalid" }, { reply:json() })
      local log = world.log()
      assert.matches("warn GET http://example.com/me: the reply is not valid "
        .. "JSON: error at byte 1 of 12 ", log, 1, true)
      assert.matches(" status=502", log, 1, true)
      assert.matches(' content_type="text/html; charset\\=utf-8"', log, 1, true)
      assert.is_nil(log:find "secret")
      assert.is_nil(log:find "ada")
    end)

    it("is told of where it goes wrong, whatever its type is", function()
      asked_for(URL, 200, '{"id":42'):json()
      local log = world.log()
      assert.matches("error at byte 9 of 8 ", log, 1, true)
      assert.is_nil(log:find "content_type")
      asked_for(URL, 200, "", "Content-Type: a\x01\"b\r\n"):json()
      log = world.log()
      assert.matches("error at byte 1 of 0 ", log, 1, true)
      assert.matches(" content_type=a??b", log, 1, true)
    end)

    it("is told of three times a minute for a host", function()
      for i = 1, 10 do
        asked_for("http://one.example/" .. i, 200, "none"):json()
      end
      local log = world.log()
      assert.equal(3, select(2, log:gsub("the reply is not valid "
        .. "JSON", "")), log)
      asked_for("http://two.example/", 200, "none"):json()
      assert.matches("two.example", world.log())
      world.advance(61)
      assert.matches("7 more in the last minute: replies from "
        .. "http://one.example that are not JSON", world.log(), 1, true)
    end)
  end)

  it("never makes something of null", function()
    assert.is_nil(reply_to(200, "null"):json())
  end)

  it("may be a word", function()
    local result
    run(function() result = table.pack(http.get(URL)) end)
    fail "unreachable"
    assert.same({ nil, "unreachable", n = 2 }, result)
  end)

  it("is waited for ten seconds, or as long as the script says", function()
    local results = {}
    run(function() results[1] = table.pack(http.get(URL)) end)
    run(function()
      results[2] = table.pack(http.get(URL, { timeout = 0.5 }))
    end)
    world.advance(0.499)
    assert.equal(2, #asked())
    world.advance(0.001)
    assert.same({ nil, "timeout", n = 2 }, results[2])
    assert.equal(1, #asked())
    world.advance(9.499)
    assert.is_nil(results[1])
    world.advance(0.001)
    assert.same({ nil, "timeout", n = 2 }, results[1])
    assert.same({}, asked())
  end)

  it("comes inside pcall and a coroutine of the script's own", function()
    local body
    run(function()
      local inner = coroutine.wrap(function()
        local ok, reply = pcall(http.get, URL)
        return ok and reply.body
      end)
      body = inner()
    end)
    answer(200, "deep")
    assert.equal("deep", body)
  end)
end)

describe("a request whose task ends", function()
  it("by action_time is taken back", function()
    local closed
    world.project {
      ["base.lua"] = world.settings "limits = { action_time = 2 },",
      ["actions/run.lua"] = world.action "seen.run(connection)",
    }
    local client = run(function()
      local _ <close> = setmetatable({}, { __close = function()
        closed = true
      end })
      http.get(URL)
    end)
    world.advance(1.999)
    only_one()
    world.advance(0.001)
    assert.same({}, asked())
    assert.is_true(closed)
    assert.equal("timeout", client:heard()[1][2].code)
  end)

  it("goes on for the others of its flight", function()
    world.project {
      ["base.lua"] = world.settings "limits = { action_time = 2 },",
      ["actions/run.lua"] = world.action "seen.run(connection)",
    }
    local bodies = {}
    local function ask()
      local reply = http.get(URL, { single_flight = true })
      table.insert(bodies, reply.body)
    end
    run(ask)
    world.advance(1.5)
    run(ask)
    world.advance(1)
    only_one()
    answer(200, "late")
    assert.same({ "late" }, bodies)
  end)
end)

describe("a request whose only task was ended", function()
  it("is begun anew by the next who asks", function()
    world.project {
      ["base.lua"] = world.settings "limits = { action_time = 2 },",
      ["actions/run.lua"] = world.action "seen.run(connection)",
    }
    local body
    local function ask()
      body = http.get(URL, { single_flight = true }).body
    end
    run(ask)
    world.advance(2)
    assert.same({}, asked())
    run(ask)
    answer(200, "second")
    assert.equal("second", body)
  end)
end)

describe("single_flight", function()
  it("makes one request of many, and wakes all who wait", function()
    local replies = {}
    for i = 1, 20 do
      run(function() replies[i] = http.get(URL, { single_flight = true }) end)
    end
    only_one()
    answer(200, '{"id":1}', "A: b\r\n")
    assert.equal(20, #replies)
    for i, reply in ipairs(replies) do
      assert.equal('{"id":1}', reply.body)
      for k = 1, i - 1 do
        assert.are_not.equal(reply, replies[k])
        assert.are_not.equal(reply.headers, replies[k].headers)
      end
    end
  end)

  it("shares a failure, and the next request is a new one", function()
    local words = {}
    local function ask()
      local _, word = http.get(URL, { single_flight = true })
      table.insert(words, word)
    end
    run(ask)
    run(ask)
    fail "closed"
    assert.same({ "closed", "closed" }, words)
    run(ask)
    only_one()
    fail "tls"
    assert.equal("tls", words[3])
  end)

  it("lets each wait only as long as it says", function()
    local results = {}
    run(function()
      results[1] = table.pack(http.get(URL,
        { single_flight = true, timeout = 1 }))
    end)
    run(function()
      results[2] = http.get(URL, { single_flight = true, timeout = 3 }).body
    end)
    world.advance(1)
    assert.same({ nil, "timeout", n = 2 }, results[1])
    answer(200, "slow")
    assert.equal("slow", results[2])
  end)

  it("does not join what has taken longer than one would wait", function()
    local bodies = {}
    local function ask(i, timeout)
      run(function()
        local reply = http.get(URL, { single_flight = true, timeout = timeout })
        bodies[i] = reply and reply.body
      end)
    end
    ask(1, 10)
    world.advance(2)
    ask(2, 10)
    local lost = only_one()
    ask(3, 1)
    assert.equal(2, #asked())
    assert.is_true(driver.http_answer(asked()[2].ticket, 200, "", "new"))
    assert.same({ nil, nil, "new" }, bodies)
    assert.equal(lost.ticket, only_one().ticket)
    answer(200, "late")
    assert.same({ "late", "late", "new" }, bodies)
  end)

  it("begins anew when all who waited have gone", function()
    local body
    local function ask(timeout)
      return function()
        local reply = http.get(URL, { single_flight = true, timeout = timeout })
        body = reply and reply.body
      end
    end
    run(ask(1))
    world.advance(1)
    assert.same({}, asked())
    run(ask(1))
    answer(200, "second")
    assert.equal("second", body)
  end)

  it("of a woken script that asks again is another flight", function()
    local bodies = {}
    run(function()
      for i = 1, 2 do
        bodies[i] = http.get(URL, { single_flight = true }).body
      end
    end)
    answer(200, "one")
    answer(200, "two")
    assert.same({ "one", "two" }, bodies)
  end)

  local different = {
    { headers = { cookie = "session=b" } },
    { headers = { cookie = "session=a", ["x-a"] = "1" } },
    { headers = {} },
    { query = { a = 1 } },
    { unix = "/run/other.sock" },
    { verify = false },
    { ca = "other.pem" },
    { max_body = 10 },
    { redirects = 1 },
  }
  for i, options in ipairs(different) do
    it("does not serve a request that differs, case " .. i, function()
      options.single_flight = true
      options.headers = options.headers or { cookie = "session=a" }
      run(function()
        http.get(URL,
          { single_flight = true, headers = { cookie = "session=a" } })
      end)
      run(function() http.get(URL, options) end)
      assert.equal(2, #asked())
      answer(200)
      answer(200)
    end)
  end

  it("does not take one part for the other", function()
    local function ask(url, body, headers)
      run(function()
        http.request { url = url, method = "POST", body = body,
          headers = headers, single_flight = true }
      end)
    end
    ask(URL, "x")
    ask(URL .. "x", "")
    ask(URL .. "x", nil)
    ask(URL, nil, { ["content-type"] = "a", y = "b" })
    ask(URL, nil, { ["content-type"] = "aexpect:y: b" })
    ask(URL, nil, { ["content-type"] = "a", y = "b", z = "c" })
    ask(URL, nil, { ["content-type"] = "a", y = "bz: c" })
    assert.equal(7, #asked())
    for _ = 1, 7 do answer(200) end
  end)
end)

describe("cache", function()
  local function get(options)
    local reply, why
    run(function() reply, why = http.get(URL, options) end)
    return function() return reply, why end
  end

  -- Asks, answers if need be, and says whether it had to.
  local function was_asked(options, status, body)
    local result = get(options)
    local had_to = #asked() > 0
    if had_to then answer(status or 200, body or "fresh") end
    return had_to, result()
  end

  it("keeps a yes as long as it is told", function()
    assert.is_true(was_asked { cache = 30 })
    world.advance(29.9)
    assert.is_false(was_asked { cache = 30 })
    world.advance(0.2)
    assert.is_true(was_asked { cache = 30 })
  end)

  it("is for those who ask for it", function()
    assert.is_true(was_asked { cache = 30 })
    assert.is_true(was_asked {})
  end)

  it("gives nobody an answer older than that one wants", function()
    assert.is_true(was_asked { cache = 30 })
    world.advance(5)
    assert.is_true(was_asked { cache = 4 })
  end)

  it("never gives one user's answer to another", function()
    for _, name in ipairs { "ada", "bob", "eve" } do
      local headers = { cookie = "session=" .. name }
      local had_to, reply =
        was_asked({ cache = 30, headers = headers }, 200, name)
      assert.is_true(had_to)
      assert.equal(name, reply.body)
    end
    for _, name in ipairs { "ada", "bob", "eve" } do
      local headers = { Cookie = "session=" .. name }
      local had_to, reply = was_asked { cache = 30, headers = headers }
      assert.is_false(had_to)
      assert.equal(name, reply.body)
    end
  end)

  it("gives each caller an answer of its own", function()
    assert.is_true(was_asked({ cache = 30 }, 200, '{"id":1}'))
    local _, first = was_asked { cache = 30 }
    first.status, first.body, first.headers.x = 500, "spoilt", "y"
    local had_to, second = was_asked { cache = 30 }
    assert.is_false(had_to)
    assert.same({ 200, '{"id":1}', nil },
      { second.status, second.body, second.headers.x })
  end)

  for _, status in ipairs { 302, 401, 404 } do
    it(("keeps a %d for a second at most"):format(status), function()
      assert.is_true(was_asked({ cache = 30 }, status))
      world.advance(0.9)
      local had_to, reply = was_asked { cache = 30 }
      assert.is_false(had_to)
      assert.equal(status, reply.status)
      world.advance(0.2)
      assert.is_true(was_asked { cache = 30 })
    end)
  end

  it("keeps no 500", function()
    assert.is_true(was_asked({ cache = 30 }, 500))
    assert.is_true(was_asked { cache = 30 })
  end)

  it("keeps no failure", function()
    local result = get { cache = 30 }
    fail "timeout"
    assert.equal("timeout", select(2, result()))
    assert.is_true(was_asked { cache = 30 })
  end)

  it("serves a flight's later callers too", function()
    local options = { cache = 30, single_flight = true }
    get(options)
    get(options)
    answer(200)
    assert.is_false(was_asked(options))
  end)

  it("outlives a reload", function()
    assert.is_true(was_asked { cache = 30 })
    assert.is_true(world.reload())
    assert.is_false(was_asked { cache = 30 })
  end)
end)

describe("authenticate", function()
  local EXAMPLE = [[
    local http = require "base.http"
    return {
      authenticate = function(connection, register)
        local reply, why = http.get("http://127.0.0.1:8000/me", {
          headers = { cookie = connection.request.headers.cookie },
          timeout = 2, cache = 30, single_flight = true,
        })
        if not reply then return register(connection, nil, why) end
        register(connection, reply.status == 200 and reply:json())
      end,
    }]]

  before_each(function()
    world.project { ["base.lua"] = EXAMPLE }
  end)

  local function connect(name)
    return world.connect { user = name }
  end

  it("registers whom the application knows", function()
    local ada, guest = connect "ada", connect()
    assert.equal("GET http://127.0.0.1:8000/me\ncookie: user=ada\n\n",
      asked()[1].text)
    assert.equal("GET http://127.0.0.1:8000/me\n\n", asked()[2].text)
    answer(200, '{"id":42}')
    assert.same({ { "authenticated", { id = 42 } } }, ada:heard())
    answer(401, "")
    assert.equal(4001, (guest:closed()))
  end)

  for _, row in ipairs {
    { 4001, 401, '{"id":42}' }, { 4001, 500, '{"id":42}' },
    { 4001, 302, '{"id":42}' }, { 1013, 200, "" }, { 1013, 200, "<html>" },
    { 1013, 200, "null" }, { 4001, 200, "false" }, { 1011, 200, "{}" },
    { 1011, 200, "[42]" }, { 1011, 200, "42" }, { 1011, 200, '"42"' },
    { 1011, 200, "true" }, { 1011, 200, '{"id":null}' },
    { 1011, 200, '{"id":{}}' }, { 1011, 200, '{"id":1.5}' },
    { 1011, 200, '{"id":""}' },
  } do
    local code, status, body = table.unpack(row)
    it(("closes with %d for %d %s"):format(code, status, body), function()
      local ada = connect "ada"
      answer(status, body)
      assert.equal(code, (ada:closed()))
      local log = world.log()
      if code == 1011 then assert.matches("error", log) end
    end)
  end

  it("has everybody come back while the application is away", function()
    local ada = connect "ada"
    fail "unreachable"
    assert.equal(1013, (ada:closed()))
    assert.matches("why=unreachable", world.log())
  end)
end)

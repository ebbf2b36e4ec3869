-- What scripts see of a request: its cookies, its query, its headers; the same
-- in a handshake, in the project's own HTTP handler, and in tests.
local world = require "spec.helper"

local seen = world.seen

after_each(world.reset)

local function by_http(path, headers)
  world.project { ["base.lua"] = world.settings(
    "http = function(request) seen[1] = request return 204 end,\n") }
  world.request("GET " .. path, headers)
  return seen[1]
end

local function by_handshake(path, headers)
  return world.connect { path = path, headers = headers }.connection.request
end

-- One line for each, with how it has to be read. Where PHP, Express (its module
-- cookie) and Go differ, it is as most of them do.
local COOKIES = {
  { "a=1", { a = "1" } },
  { "a=first; a=second", { a = "first" } },
  { "A=1; a=2", { A = "1", a = "2" } },
  { "__Host-s=honest; __%48ost-s=forged",
    { ["__Host-s"] = "honest", ["__%48ost-s"] = "forged" } },
  { "__%48ost-s=forged", { ["__%48ost-s"] = "forged" } },
  { "a+b=1+2", { ["a+b"] = "1+2" } },
  { "a=J%C3%BCrgen%20", { a = "Jürgen " } },
  { "a=%zz%4", { a = "%zz%4" } },
  { 'a="b%20c"', { a = "b c" } },
  { 'a="', { a = '"' } },
  { 'a=""', { a = "" } },
  { 'a="b', { a = '"b' } },
  { 'a=%22b%22', { a = '"b"' } },
  { '"a"=b', { ['"a"'] = "b" } },
  { "a=b=c", { a = "b=c" } },
  { "a=", { a = "" } },
  { "a", { a = "" } },
  { "a; a=2", { a = "" } },
  { "=1; =; a=2", { a = "2" } },
  { "a = 1 ;\tb\t=\t2\t", { a = "1", b = "2" } },
  { ";;; a=1;;b=2;", { a = "1", b = "2" } },
  { "a=1;b=2;a=3", { a = "1", b = "2" } },
  { "a=1, b=2", { a = "1, b=2" } },
  { "", {} },
}

local QUERIES = {
  { "/", "", {}, {} },
  { "/?", "", {}, {} },
  { "/?a=1", "a=1", { a = "1" }, { a = { "1" } } },
  { "/?room=a&room=b&sig=x%2By", "room=a&room=b&sig=x%2By",
    { room = "b", sig = "x+y" }, { room = { "a", "b" }, sig = { "x+y" } } },
  { "/?a=1&%61=2&A=3", "a=1&%61=2&A=3", { a = "2", A = "3" },
    { a = { "1", "2" }, A = { "3" } } },
  { "/?a&a=&a=b+c&a", "a&a=&a=b+c&a", { a = "" },
    { a = { "", "", "b c", "" } } },
  { "/?a?b=c?d", "a?b=c?d", { ["a?b"] = "c?d" }, { ["a?b"] = { "c?d" } } },
  { "/?&&a=%zz&", "&&a=%zz&", { a = "%zz" }, { a = { "%zz" } } },
  { "http://localhost?a=1", "a=1", { a = "1" }, { a = { "1" } } },
}

for where, ask in pairs { handshake = by_handshake, ["request"] = by_http } do
  describe("the cookies of a " .. where, function()
    for _, case in ipairs(COOKIES) do
      local line, cookies = table.unpack(case)

      it("in " .. line, function()
        local request = ask("/", { "Cookie: " .. line })
        assert.same(cookies, request.cookies)
        assert.equal(line:match "^%s*(.-)%s*$", request.headers.cookie)
      end)
    end

    it("are those of all fields, the first first", function()
      local request = ask("/", { "Cookie: a=1; b=2", "COOKIE: b=3; c=4" })
      assert.same({ a = "1", b = "2", c = "4" }, request.cookies)
      assert.equal("a=1; b=2; b=3; c=4", request.headers.cookie)
    end)
  end)

  describe("the query of a " .. where, function()
    for _, case in ipairs(QUERIES) do
      local path, raw, query, lists = table.unpack(case)

      it("in " .. path, function()
        local request = ask(path)
        assert.same({ raw, query, lists },
          { request.query_string, request.query, request.query_list })
      end)
    end

    it("is printed as lists", function()
      assert.equal('{"a":["1","2"],"b":[""]}',
        world.json.encode(ask("/?a=1&b&a=2").query_list))
    end)
  end)

  describe("the headers of a " .. where, function()
    it("are one where their names differ in case only", function()
      local request = ask("/",
        { "X-A: 1", "x-b: 0", "x-a: 2", "X-a:", "X-A: 4" })
      assert.equal("1, 2, , 4", request.headers["x-a"])
      assert.equal("0", request.headers["x-b"])
      assert.is_nil(request.headers["X-A"])
    end)
  end)
end

local router = require "base.api.router"

local routes = router.new {
  { method = "GET", path = "/health", name = "health" },
  { method = "GET", path = "/users", name = "list" },
  { method = "GET", path = "/users/{id}", name = "show" },
  { method = "PATCH", path = "/users/{id}", name = "update" },
  { method = "POST", path = "/users/{id}/send", name = "send" },
}

-- "send 42" for a route and its parameter, else the status and what is allowed.
local function found(method, path)
  local route, parameter, allow = routes:find(method, path)
  if route then
    return route.name .. (parameter and " " .. parameter or "")
  end
  return parameter, allow
end

describe("A route", function()
  it("is found by its method and its path", function()
    assert.equal("health", found("GET", "/health"))
    assert.equal("list", found("GET", "/users"))
    assert.equal("show 42", found("GET", "/users/42"))
    assert.equal("update 42", found("PATCH", "/users/42"))
    assert.equal("send 42", found("POST", "/users/42/send"))
  end)

  it("serves HEAD where it serves GET", function()
    assert.equal("show 42", found("HEAD", "/users/42"))
  end)

  it("has its parameter percent-decoded, once", function()
    assert.equal("send a b", found("POST", "/users/a%20b/send"))
    assert.equal("send ü+", found("POST", "/users/%c3%BC+/send"))
    assert.equal("send %41", found("POST", "/users/%2541/send"))
  end)

  it("keeps a slash that is encoded inside of its parameter", function()
    assert.equal("show a/send", found("GET", "/users/a%2fsend"))
  end)

  it("takes '..' and a zero for what they are", function()
    assert.equal("show ..", found("GET", "/users/.."))
    assert.equal("show a\0b", found("GET", "/users/a%00b"))
    assert.equal(404, (found("GET", "/users/../health")))
  end)

  it("may have an empty parameter, which its handler refuses", function()
    assert.equal("show ", found("GET", "/users/"))
    assert.equal("send ", found("POST", "/users//send"))
  end)
end)

describe("No route", function()
  it("is 404", function()
    for _, path in ipairs { "/", "//", "/user", "/users/1/", "/users/1/send/",
      "/users/1/sand", "//users/1", "/health/", "/%68ealth", "*", "" } do
      assert.equal(404, (found("GET", path)), path)
    end
  end)

  it("is 405 when the path has others, which are named", function()
    assert.same({ 405, "GET, HEAD, PATCH" }, { found("POST", "/users/42") })
    assert.same({ 405, "POST" }, { found("OPTIONS", "/users/42/send") })
  end)

  it("is 400 for what is no percent-encoding", function()
    for _, id in ipairs { "%", "%4", "%zz", "a%", "%%41" } do
      assert.equal(400, (found("GET", "/users/" .. id)), id)
    end
  end)
end)

describe("A query", function()
  it("is split from the path and decoded", function()
    local path, query = router.split "/users?ids=1,a%2Bb&x=a+b&y"
    assert.equal("/users", path)
    assert.same({ ids = "1,a+b", x = "a b", y = "" }, query)
  end)

  it("is empty where there is none", function()
    assert.same({ "/users", {} }, { router.split "/users" })
    assert.same({ "/users", {} }, { router.split "/users?" })
  end)
end)

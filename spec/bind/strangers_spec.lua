-- On whose behalf a request is made: a stranger's, or that of who is in.
local world = require "spec.helper"

local driver = world.driver

local BASE = [[
local base, http, seen = require "base", require "base.http", require "seen"

local function get(what)
  http.get("http://example.com/" .. what, { single_flight = true })
end
seen.get = get

return {
  authenticate = function(connection, register)
    local query = connection.request.query
    if query.ask then get "authenticate" end
    if query.spawn then base.spawn(get, "spawn") end
    if query.after then base.after(1, function() get "after" end) end
    if query.raise then error "failed" end
    if query.user then register(connection, { id = query.user }) end
    if query.last then get "last" end
    if query.later then base.spawn(get, "later") end
  end,
  http = function() get "http" end,
  actions = { public = { "public" } },
  on = {
    connect = function(connection)
      if connection.request.query.connect then get "connect" end
    end,
    disconnect = function(connection)
      if connection.request.query.disconnect then get "disconnect" end
    end,
    online = function(user) if user.id == "on" then get "online" end end,
    error = function() get "error" end,
    reload = function() if seen.reload then get "reload" end end,
  },
}
]]

local ACTION = [[
local base, seen = require "base", require "seen"
return function(_, message)
  if message.body == "spawn" then
    base.spawn(seen.get, "spawned")
  else
    seen.get(message.command)
  end
end
]]

-- Name of what was asked -> whether it was for a stranger.
local function asked()
  local all = {}
  for _, request in ipairs(driver.http_requests()) do
    all[request[2]:match "example.com/(%w+)"] = request[3]
  end
  return all
end

before_each(function()
  world.project { ["base.lua"] = BASE, ["actions/public.lua"] = ACTION,
    ["actions/private.lua"] = ACTION }
end)

after_each(function()
  world.reset()
  assert.same({}, driver.http_requests())
end)

describe("a request counts as a guest's", function()
  for name, query in pairs {
    authenticate = "ask=1", connect = "connect=1", error = "raise=1",
    spawn = "spawn=1&user=ada", after = "after=1&user=ada",
  } do
    it("in " .. name, function()
      world.connect { path = "/?" .. query }
      world.advance(1)
      assert.is_true(asked()[name])
    end)
  end

  it("in a public action, and in on.disconnect, of a guest", function()
    local guest = world.connect { path = "/?disconnect=1" }
    guest:say { "public" }
    assert.same({ public = true }, asked())
    guest:leave()
    assert.same({ public = true, disconnect = true }, asked())
  end)

  it("in the handler of HTTP", function()
    world.request "GET /"
    assert.same({ http = true }, asked())
  end)
end)

describe("a request counts as a registered user's", function()
  it("in actions, and in on.disconnect, of a user", function()
    local ada = world.connect { path = "/?user=ada&disconnect=1" }
    ada:say { "private" }
    ada:say { "public", "spawn" }
    assert.same({ private = false }, asked())
    ada:leave()
    assert.same({ private = false, disconnect = false }, asked())
  end)

  it("in what an action spawns", function()
    local ada = world.connect { path = "/?user=ada" }
    ada:say { "public", "spawn" }
    world.advance(0.1)
    assert.same({ spawned = false }, asked())
  end)

  it("in on.online, and after `register`", function()
    world.connect { path = "/?user=on&last=1" }
    world.connect { path = "/?user=ada&later=1" }
    world.advance(0.1)
    assert.same({ online = false, last = false, later = false }, asked())
  end)

  it("in on.reload", function()
    world.seen.reload = true
    assert.is_true(world.reload())
    assert.same({ reload = false }, asked())
  end)

  it("as soon as a registered user waits for it, too", function()
    world.connect { path = "/?ask=1" }
    assert.same({ authenticate = true }, asked())
    local ada = world.connect { path = "/?user=ada" }
    world.file("actions/private.lua", ACTION:gsub("message.command",
      "'authenticate'"))
    assert.is_true(world.reload())
    ada:say { "private" }
    assert.same({ authenticate = false }, asked())
  end)
end)

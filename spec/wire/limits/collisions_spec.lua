-- Keys that collide in Lua's hash are work without end. Nobody gets to know the
-- seed with which they are made; here the scripts tell it.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local collisions = require "spec.support.faults.collisions"
local http = require "spec.support.peers.http"

local COUNT = 10000 -- of keys

local BASE_LUA = [[
local json = require "base.json"
return {
  address = "127.0.0.1",
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.user })
  end,
  http = function(request, response)
    local answers = {}
    if request.path == "/decode" then
      json.decode(request.body)
      return 200
    end
    for one, other in request.body:gmatch "(%%S+) (%%S+)\n" do
      local keys = {}
      keys[one] = true
      keys[other] = true
      answers[#answers + 1] = next(keys) == one and "1" or "0"
    end
    return 200, table.concat(answers)
  end,
  limits = { message_size = 512 << 10, http_body = 8 << 20, run_time = 0.2 },
  %s
}]]

local function ask(base, path, body)
  return http.request { port = base.port, method = "POST", path = path,
    body = body, headers = { ["Content-Length"] = #body } }
end

-- Keys that collide in the Lua of this server.
local function find_keys(base)
  local questions, lines, answers = collisions.questions(), {}, {}
  for i, pair in ipairs(questions) do
    lines[i] = ("%s %s\n"):format(pair[1], pair[2])
  end
  local told = ask(base, "/order", table.concat(lines)).body
  assert.equal(#questions, #told)
  for i = 1, #told do answers[i] = told:sub(i, i) == "1" end
  return collisions.keys(collisions.find_seed(questions, answers), COUNT)
end

-- As many of the same size.
local function harmless_keys()
  local keys = {}
  for i = 1, COUNT do keys[i] = ("%05d"):format(i * 7) end
  return keys
end

local function map(keys)
  return '{"' .. table.concat(keys, '":0,"') .. '":0}'
end

local function list(keys)
  return '["' .. table.concat(keys, '","') .. '"]'
end

describe("Colliding hash keys", function()
  local base, app, keys, bystander

  setup(function()
    base, app = application.start { base_lua = BASE_LUA }
    keys = find_keys(base)
    bystander = client.join { port = base.port, user = "bystander" }
  end)

  teardown(function()
    bystander:close()
    base:stop()
  end)

  local function assert_served()
    bystander:send_message("ping", 1, 2)
    assert.same({ "pong", 1, 2 }, bystander:receive_message())
  end

  local CASES = {
    { "in a body", '["ping",%s]', map },
    { "in a body of strings", '["ping",[%s,%s,%s,%s]]', list },
    { "where an id should be", '["ping",0,%s]', map },
    { "behind what is no command", "[0,%s,7]", map },
    { "in what is no list", "%s", map },
    { "in what is no JSON", '["ping",[%s}', map },
  }

  for _, case in ipairs(CASES) do
    local name, form, print_keys = table.unpack(case)
    local function text_of(some)
      return (form:gsub("%%s", function() return print_keys(some) end))
    end

    it(name .. " end the connection that sends them", function()
      local before = app:stats().limited.decoding
      local peer = client.join { port = base.port, user = "ada" }
      peer:send_text(text_of(keys))
      assert.same({ 4029, "a message took too long to decode" },
        { peer:expect_close() })
      assert_served()
      assert.equal(before + 1, app:stats().limited.decoding)
    end)

    it(name .. " do not, where they do not collide", function()
      local peer = client.join { port = base.port, user = "ada" }
      peer:send_text(text_of(harmless_keys()))
      assert.is_string(peer:receive_message()[1])
      peer:send_message("ping", "still", "here")
      assert.same({ "pong", "still", "here" }, peer:receive_message())
      peer:close()
    end)
  end

  it("are told of in the log once", function()
    local _, lines = base:log():gsub("closed: a message of %d+ bytes took too "
      .. "long to decode", "")
    assert.equal(1, lines)
  end)

  it("end the run that decodes them, in its time", function()
    local maps = map(keys)
    maps = "[" .. (maps .. ","):rep(39) .. maps .. "]"
    assert.equal(500, ask(base, "/decode", maps).status)
    base:wait_log "limits.run_time has passed"
    local held = base:log():match "the event loop was blocked for ([%d.]+) s"
    assert.is_true(tonumber(held) < 2, held)
    assert_served()
  end)
end)

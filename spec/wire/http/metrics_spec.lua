-- What the server tells Prometheus and whoever looks.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local wait = require "spec.support.wait"

local FILES = {
  ["actions/echo.lua"] = [[
    return function(_, message) return message:respond "echo" end]],
  ["actions/long.lua"] = [[
    return function(_, message)
      return message:respond("long", ("x"):rep(20000))
    end]],
  ["actions/boom.lua"] = 'return function() error "boom" end',
  ["actions/full.lua"] = 'return function() error { code = "full" } end',
  ["actions/sleep.lua"] = [[
    local base = require "base"
    return function(_, message)
      base.sleep(0.15)
      return message:respond "slept"
    end]],
  ["actions/hog.lua"] = [[
    return function(_, message)
      local stop = os.clock() + 0.15
      repeat until os.clock() > stop
      return message:respond "done"
    end]],
}

local SETTINGS = [[
  on = { before = function(_, message)
    return message.command ~= "secret"
  end },
]]

-- Reads the text format, every line of it: a table from a sample's name (with
-- its labels) to its value, and one from a family to its type.
local function parse(text)
  local samples, types, helped = {}, {}, {}
  assert.equal("\n", text:sub(-1))
  for line in text:gmatch "([^\n]*)\n" do
    local name, rest = line:match "^# HELP ([%a_:][%w_:]*) (.+)$"
    if name then
      assert.is_nil(helped[name], line)
      helped[name] = rest
    elseif line:find "^#" then
      name, rest = line:match "^# TYPE ([%a_:][%w_:]*) (%l+)$"
      assert(name and helped[name], line)
      assert(({ counter = 1, gauge = 1, histogram = 1 })[rest], line)
      types[name] = rest
    else
      local sample, value = line:match "^(%S+) (%S+)$"
      name = assert(sample, line):match "^[%a_:][%w_:]*"
      local labels = sample:sub(#name + 1)
      assert(labels == "" or labels:find '^{%l+="[^"\\]*"}$', line)
      local family = name:gsub("_bucket$", ""):gsub("_sum$", "")
        :gsub("_count$", "")
      assert(types[name] or types[family] == "histogram", line)
      assert.is_nil(samples[sample], line)
      samples[sample] = assert(tonumber(value), line)
    end
  end
  return samples, types
end

describe("The metrics", function()
  local base, app

  setup(function()
    base, app =
      application.start { settings = SETTINGS, files = FILES }
  end)

  teardown(function()
    base:stop()
  end)

  local function metrics()
    local answer = app:ask("GET", "/metrics")
    assert.equal(200, answer.status)
    assert.equal("text/plain; version=0.0.4; charset=utf-8",
      answer.headers["content-type"])
    return parse(answer.body)
  end

  -- How much a sample grows while something is done.
  local function growth_of(name, act)
    local before = metrics()[name]
    act()
    return assert(metrics()[name], name) - assert(before, name)
  end

  -- Sends and waits for the answer.
  local function ask(peer, command)
    peer:send_message(command, nil, 1)
    return peer:receive_message()
  end

  it("are lines of the text format, with help and type", function()
    local samples, types = metrics()
    assert.equal(0, samples.base_connections)
    for name, kind in pairs(types) do
      assert.matches("^base_", name)
      assert.equal(kind == "counter", name:find "_total$" ~= nil, name)
    end
  end)

  it("tell the open connections and users", function()
    local peers = {}
    for i = 1, 3 do
      peers[i] = client.join { port = base.port, user = i == 3 and "b" or "a" }
    end
    local samples = metrics()
    assert.equal(3, samples.base_connections)
    assert.equal(2, samples.base_users)
    for _, peer in ipairs(peers) do
      peer:send_close(1000)
      peer:close()
    end
    wait.for_(5, "all to be gone", function()
      return metrics().base_connections == 0
    end)
    samples = metrics()
    assert.equal(3, samples.base_connections_opened_total)
    assert.equal(3, samples['base_closes_total{code="1000"}'])
  end)

  it("count messages", function()
    local peer = client.join { port = base.port }
    local function echo()
      for _ = 1, 5 do ask(peer, "echo") end
    end
    assert.equal(5, growth_of("base_messages_received_total", echo))
    assert.equal(5, growth_of("base_messages_sent_total", echo))
    peer:close()
  end)

  it("count bytes, of HTTP too", function()
    local peer = client.join { port = base.port }
    local long = ("x"):rep(20000)
    local function is_one(name, act)
      local grown = growth_of(name, act)
      assert.is_true(grown > 20000 and grown < 30000, name .. " " .. grown)
    end
    is_one("base_received_bytes_total", function()
      peer:send_message("echo", long, 1)
      peer:receive_message()
    end)
    is_one("base_received_bytes_total", function()
      app:ask("POST", "/users/nobody/send", { "alert", long })
    end)
    is_one("base_sent_bytes_total", function()
      peer:send_message("long", nil, 1)
      assert.equal(20000, #peer:receive_message()[2])
    end)
    peer:close()
  end)

  it("count errors by their code", function()
    local peer = client.join { port = base.port }
    for code, command in pairs {
      unknown = "none", failed = "boom", forbidden = "secret", other = "full",
    } do
      local name = ('base_errors_total{code="%s"}'):format(code)
      assert.equal(1, growth_of(name, function() ask(peer, command) end), code)
    end
    assert.equal(1, growth_of('base_errors_total{code="invalid"}', function()
      peer:send_text "{"
      assert.equal("error", peer:receive_message()[1])
    end))
    peer:close()
  end)

  it("count the codes of scripts together", function()
    local peer = client.join { port = base.port, user = "other" }
    app:ask("POST", "/users/other/disconnect", { code = 4321 })
    assert.equal(4321, (peer:expect_close()))
    wait.for_(5, "the close to be counted", function()
      return metrics()['base_closes_total{code="other"}'] == 1
    end)
  end)

  it("tell how long actions take, waits included", function()
    local peer = client.join { port = base.port }
    local before = metrics()
    ask(peer, "sleep")
    local after = metrics()
    local function grown(name) return after[name] - before[name] end
    assert.equal(0, grown 'base_action_seconds_bucket{le="0.1"}')
    assert.equal(1, grown 'base_action_seconds_bucket{le="60"}')
    assert.equal(1, grown 'base_action_seconds_bucket{le="+Inf"}')
    assert.equal(1, grown "base_action_seconds_count")
    assert.is_true(grown "base_action_seconds_sum" >= 0.15)
    peer:close()
  end)

  it("tell how long the loop was blocked, not how long it slept",
    function()
      local peer = client.join { port = base.port }
      local function late(samples)
        return samples.base_loop_delay_seconds_count
          - samples['base_loop_delay_seconds_bucket{le="0.1"}']
      end
      local before = late(metrics())
      ask(peer, "sleep")
      assert.equal(before, late(metrics()))
      ask(peer, "hog")
      assert.equal(before + 1, late(metrics()))
      local _, stats = app:get("GET", "/stats")
      assert.is_true(stats.turns.longest >= 0.15)
      peer:close()
    end)

  it("have buckets that only grow, up to the count", function()
    local samples = metrics()
    for _, name in ipairs { "base_action_seconds", "base_loop_delay_seconds" }
    do
      local last = 0
      for _, bound in ipairs { "0.001", "0.005", "0.01", "0.05", "0.1", "0.5",
        "1", "5", "10", "60", "+Inf" } do
        local count = samples[('%s_bucket{le="%s"}'):format(name, bound)]
        assert.is_true(count >= last, name .. bound)
        last = count
      end
      assert.equal(samples[name .. "_count"], last)
    end
  end)

  it("tell memory, descriptors and CPU time", function()
    local samples = metrics()
    assert.is_true(samples.base_lua_memory_bytes > 100000)
    assert.is_true(samples.base_resident_memory_bytes > 1000000)
    assert.is_true(samples.base_processor_seconds_total > 0)
    assert.is_true(samples.base_max_descriptors > samples.base_open_descriptors)
  end)

  it("count descriptors", function()
    local function open() return metrics().base_open_descriptors end
    local before
    wait.for_(5, "what is over to be closed", function()
      local last = before
      before = open()
      return before == last
    end)
    local peers = {}
    for i = 1, 20 do peers[i] = client.join { port = base.port } end
    -- One more may be that of a request that is just over.
    local grown = open() - before
    assert.is_true(grown >= 20 and grown <= 21, grown)
    for _, peer in ipairs(peers) do peer:close() end
  end)

  it("count API requests, with and without a valid key", function()
    assert.equal(2, growth_of("base_api_requests_total", function()
      app:ask("GET", "/users/ada")
    end))
    assert.equal(1, growth_of("base_api_refused_total", function()
      app:ask("GET", "/users/ada", nil, { Authorization = "Bearer wrong" })
    end))
  end)
end)

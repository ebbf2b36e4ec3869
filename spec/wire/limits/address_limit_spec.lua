-- limits.connections_per_address: how many sockets one address may hold.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"
local wait = require "spec.support.wait"

local TWO = "limits = { connections_per_address = 2 },"

-- From another address of the loopback network than the rest.
local function join_from(base, address)
  return client.join { port = base.port, from = address }
end

local function assert_served(peer)
  peer:send_message("ping", "still there?", 1)
  assert.same({ "pong", "still there?", 1 }, peer:receive_message())
end

describe("limits.connections_per_address", function()
  local base, app, bystander

  before_each(function()
    base, app = application.start { settings = TWO }
    bystander = join_from(base, "127.0.0.9")
  end)

  after_each(function()
    assert_served(bystander)
    bystander:close()
    base:stop()
  end)

  local function limited()
    local _, stats = app:get("GET", "/stats")
    return stats.limited.connections_per_address
  end

  it("closes the newest with 4009", function()
    local first, second = client.join(base), client.join(base)
    local third = client.connect(base)
    assert.same({ 4009, "too many connections of this address" },
      { third:expect_close() })
    base:wait_log "connections_per_address.*127%.0%.0%.1"
    assert.equal(1, limited())
    assert_served(first)
    assert_served(second)
    first:close()
    second:close()
  end)

  it("accepts a new connection when one has closed", function()
    local first, second = client.join(base), client.join(base)
    first:send_close(1000)
    first:expect_close()
    wait.for_(5, "room", function()
      local peer = client.connect(base)
      local _, payload = peer:receive()
      peer:close()
      return payload:find "authenticated"
    end)
    second:close()
  end)

  it("answers 429 to a request", function()
    local first, second = client.join(base), client.join(base)
    local answer = http.request { port = base.port }
    assert.equal(429, answer.status)
    first:close()
    second:close()
  end)

  it("counts half-open handshakes, and closes at once what is far past it",
    function()
      local half = {}
      for i = 1, 5 do
        half[i] = stream.connect { port = base.port }
        half[i]:send "GET / HT"
      end
      local soon = socket.gettime() + 5
      assert.equal("", half[5]:read_all(soon)) -- the accepts have an order
      local head = http.head {}:sub(#"GET / HT" + 1)
      for i, status in ipairs { 404, 404, 429, 429 } do
        half[i]:send(head)
        assert.equal(status, http.read(half[i], soon).status)
      end
      for i = 1, 5 do half[i]:close() end
    end)

  it("does not count API connections", function()
    local first, second = client.join(base), client.join(base)
    assert.equal(200, (app:get("GET", "/stats")))
    first:close()
    second:close()
  end)

  it("logs one line for many refusals", function()
    local first, second = client.join(base), client.join(base)
    for _ = 1, 100 do
      local peer = stream.connect { port = base.port }
      peer:send(client.handshake {})
      peer:close(true)
    end
    wait.for_(5, "some refusals", function() return limited() > 0 end)
    local _, count = base:log():gsub("too many connections of this address", "")
    assert.equal(1, count)
    first:close()
    second:close()
  end)
end)

describe("Behind a trusted proxy", function()
  local base

  setup(function()
    base = server.start {
      settings = 'trusted_proxies = { "127.0.0.1" },' .. TWO,
    }
  end)

  teardown(function()
    base:stop()
  end)

  local function connect_for(address)
    return client.connect {
      port = base.port, headers = { ["X-Forwarded-For"] = address },
    }
  end

  it("clients are counted, IPv6 ones by their /64", function()
    local peers = {}
    for i, address in ipairs { "192.0.2.1", "192.0.2.1", "192.0.2.2",
      "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1" } do
      peers[i] = connect_for(address)
      assert.equal("authenticated", peers[i]:receive_message()[1], address)
    end
    for _, address in ipairs { "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::3" }
    do
      local peer = connect_for(address)
      assert.equal(4009, (peer:expect_close()), address)
    end
    for _, peer in ipairs(peers) do peer:close() end
  end)

  it("an idle connection of the proxy is not counted", function()
    local idle = {}
    for i = 1, 5 do
      idle[i] = stream.connect { port = base.port }
      idle[i]:send(http.head {
        headers = { ["X-Forwarded-For"] = "192.0.2.7" },
      })
      local answer = http.read(idle[i], socket.gettime() + 5)
      assert.equal(404, answer.status)
    end
    local peer = connect_for "192.0.2.7"
    assert.equal("authenticated", peer:receive_message()[1])
    peer:close()
    for i = 1, 5 do idle[i]:close() end
  end)
end)

describe("Unix sockets", function()
  it("are not counted by address", function()
    local files = require "spec.support.files"
    local folder = files.folder()
    local path = folder .. "/base.sock"
    local base <close> = server.start { port = false, files = {
      ["base.lua"] = ([[
        return {
          listen = { "unix:%s" },
          authenticate = function(_, register) register(_, { id = 1 }) end,
          limits = { connections_per_address = 1 },
        }]]):format(path),
    } }
    assert(base)
    local peers = {}
    for i = 1, 3 do peers[i] = client.join { unix = path } end
    for i = 1, 3 do peers[i]:close() end
    files.remove(folder)
  end)
end)

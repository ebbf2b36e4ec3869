-- Sockets that were opened by whoever started the server, as systemd does.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"

local BASE_LUA = [[
return {
  %s
  authenticate = function(connection, register)
    register(connection, { id = connection.address })
  end,
  http = function() return 200, tostring(os.getenv "LISTEN_FDS") end,
}
]]

local LAUNCHER = "spec/support/peers/inherit.py"

-- Options of a server that finds these sockets open. Each is "name=place", with
-- the place "port", "unix:path", or what is wrong: "datagram", "deaf", "file".
local function given(settings, ...)
  local under = { "python3", LAUNCHER, ... }
  under[#under + 1] = "--"
  return {
    files = { ["base.lua"] = BASE_LUA:format(settings) },
    port = false, under = under,
  }
end

local function assert_joins(place)
  local peer = client.join(place)
  peer:close()
end

local function assert_refused(options, ...)
  local base = server.launch(options)
  local _, log = base:wait_end(1)
  for _, word in ipairs { ... } do
    assert.truthy(log:find(word, 1, true), log)
  end
end

describe("A server that is given its sockets", function()
  local folder

  setup(function() folder = files.folder() end)
  teardown(function() files.remove(folder) end)

  it("serves on all of them, TCP and Unix", function()
    local port, path = server.free_port(), folder .. "/given.sock"
    local base <close> = server.start(given('listen = "systemd",',
      "base.socket=" .. port, "base.socket=unix:" .. path))
    base:wait_log("listening", 5, 2)
    assert_joins { port = port }
    assert_joins { unix = path }
    base:stop()
    -- It is not the server's: who made it takes it away.
    assert.is_true(pcall(files.run, "test -S " .. files.quote(path)))
  end)

  it("tells the API's from the others by name", function()
    local port, api = server.free_port(), server.free_port()
    local base <close> = server.start(given([[listen = { "systemd" },
      api = { listen = "systemd:api", key = "0123456789abcdef" },]],
      "api=" .. api, "base.socket=" .. port))
    base:wait_log("listening", 5, 2)
    assert_joins { port = port }
    local reply = http.request {
      port = api, path = "/health",
      headers = { authorization = "Bearer 0123456789abcdef" },
    }
    assert.equal(200, reply.status)
    assert.truthy(base:log():find("127.0.0.1:" .. api .. " for=api", 1, true))
  end)

  it("does not show its scripts what it was given", function()
    local port = server.free_port()
    local base <close> = server.start(given('listen = "systemd",',
      "base.socket=" .. port))
    assert.equal("nil", http.request { port = port }.body)
    base:stop()
  end)

  it("says which of them nobody listens on", function()
    local port, other = server.free_port(), server.free_port()
    local base <close> = server.start(given('listen = { "systemd:web" },',
      "web=" .. port, "extra=" .. other))
    base:wait_log "the socket systemd:extra was passed but is not used"
    assert_joins { port = port }
  end)

  it("says that there are none", function()
    assert_refused({
      files = { ["base.lua"] = BASE_LUA:format('listen = "systemd",') },
      port = false,
    }, "cannot listen on systemd", "no such socket was passed")
  end)

  it("says that none has the name", function()
    assert_refused(given('listen = "systemd:web",',
      "other=" .. server.free_port()), "systemd:web", "FileDescriptorName")
  end)

  for _, kind in ipairs { "datagram", "deaf", "file" } do
    it("refuses what cannot be listened on: " .. kind, function()
      assert_refused(given('listen = "systemd",', "web=" .. kind),
        "descriptor 3 is not a listening TCP or Unix stream socket",
        "no such socket was passed")
    end)
  end

  it("ignores what was meant for another process", function()
    local options = given('listen = "systemd",', "web=" .. server.free_port())
    options.env = { INHERIT_PID = "1" }
    assert_refused(options, "no such socket was passed")
  end)
end)

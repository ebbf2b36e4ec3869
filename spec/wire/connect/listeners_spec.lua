-- Where the server listens: addresses, ports and Unix sockets.
local socket = require "socket"

local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"

local BASE_LUA = [[
return {
  listen = { %s },
  authenticate = function(connection, register)
    register(connection, { id = connection.address })
  end,
}
]]

local FILES = {
  ["actions/address.lua"] = [[
    return function(connection, message)
      return message:respond("address", connection.address)
    end]],
  ["actions/tell.lua"] = [[
    local base = require "base"
    return function(_, message)
      base.broadcast("told", message.body)
    end]],
}

-- Options of a server that listens there.
local function listening_on(...)
  local places = {}
  for i, place in ipairs { ... } do places[i] = ("%q"):format(place) end
  local project = { ["base.lua"] = BASE_LUA:format(table.concat(places, ", ")) }
  for path, text in pairs(FILES) do project[path] = text end
  return { files = project, port = false }
end

local function has_ipv6()
  local tcp = socket.tcp6()
  local bound = tcp:bind("::1", 0)
  tcp:close()
  return bound ~= nil
end

local function address_seen(options)
  local peer = client.join(options)
  peer:send_message("address", nil, 1)
  local address = peer:receive_message()[2]
  peer:close()
  return address
end

-- The server must not start, and say why in one line.
local function assert_refused(options, ...)
  local base = server.launch(options)
  local _, log = base:wait_end(1)
  local _, lines = log:gsub("\n", "")
  assert.equal(1, lines, log)
  assert.is_nil(log:find "listening")
  for _, word in ipairs { ... } do
    assert.truthy(log:find(word, 1, true), log)
  end
end

describe("A server", function()
  local folder

  setup(function()
    folder = files.folder()
  end)

  teardown(function()
    files.remove(folder)
  end)

  it("listens at several places at once, for one and all", function()
    local path = folder .. "/several.sock"
    local places = { { port = server.free_port() }, { unix = path } }
    local options
    if has_ipv6() then
      places[3] = { host = "::1", port = server.free_port() }
      options = listening_on("127.0.0.1:" .. places[1].port,
        "unix:" .. path, ("[::1]:%d"):format(places[3].port))
    else
      options = listening_on("127.0.0.1:" .. places[1].port, "unix:" .. path)
    end
    local base <close> = server.start(options)
    base:wait_log("listening", 5, #places)

    local addresses = { "127.0.0.1", "unix", "::1" }
    local peers = {}
    for i, place in ipairs(places) do
      assert.equal(addresses[i], address_seen(place))
      peers[i] = client.join(place)
    end
    peers[1]:send_message("tell", "everybody")
    for _, peer in ipairs(peers) do
      assert.same({ "told", "everybody" }, peer:receive_message())
      peer:close()
    end
  end)

  it("listens on all addresses when it is told no other", function()
    local port = server.free_port()
    local base <close> = server.start(listening_on(":" .. port))
    assert.equal("127.0.0.1", address_seen { port = port })
    if has_ipv6() then
      assert.equal("::1", address_seen { port = port, host = "::1" })
    end
    base:stop()
  end)

  it("says in one line that the port is in use, and ends with 1", function()
    local other <close> = server.start {}
    local options = listening_on("127.0.0.1:" .. other.port)
    assert_refused(options, "127.0.0.1:" .. other.port, "another program")
  end)

  it("says in one line that an address is not of this machine", function()
    assert_refused(listening_on("192.0.2.1:" .. server.free_port()),
      "192.0.2.1", "has no such address")
  end)

  it("listens again at once where it has just ended", function()
    local port = server.free_port()
    for _ = 1, 2 do
      local base <close> = server.start { port = port }
      local peer = client.join(base)
      base:signal "KILL"
      assert.is_nil((peer:receive()))
      peer:close()
      base:wait_end(137)
    end
  end)

  it("makes a Unix socket for its group, and takes it away again", function()
    local path = folder .. "/base.sock"
    local base <close> = server.start(listening_on("unix:" .. path))
    assert.equal("660", files.run("stat -c %a " .. files.quote(path)))
    base:stop()
    assert.is_false(pcall(files.run, "test -e " .. files.quote(path)))
  end)

  it("replaces a Unix socket that a killed server left behind", function()
    local path = folder .. "/left.sock"
    local killed = server.start(listening_on("unix:" .. path))
    killed:signal "KILL"
    killed:wait_end(137)
    local base <close> = server.start(listening_on("unix:" .. path))
    assert.equal("unix", address_seen { unix = path })
    base:stop()
  end)

  it("leaves a Unix socket to who listens there already", function()
    local path = folder .. "/used.sock"
    local other <close> = server.start(listening_on("unix:" .. path))
    assert_refused(listening_on("unix:" .. path), path, "another program")
    assert.equal("unix", address_seen { unix = path })
    other:stop()
  end)

  it("leaves a Unix socket to who listens there and does not accept",
    function()
      local path = folder .. "/busy.sock"
      local busy = assert(require "socket.unix"())
      assert(busy:bind(path))
      assert(busy:listen(0))
      local waiting = {}
      repeat -- until no more fit in
        local peer = require "socket.unix"()
        peer:settimeout(0)
        waiting[#waiting + 1] = peer
      until not peer:connect(path)
      assert_refused(listening_on("unix:" .. path), path, "another program")
      for _, peer in ipairs(waiting) do peer:close() end
      busy:close()
    end)

  it("leaves a file that is no socket alone", function()
    local path = folder .. "/precious"
    files.write(path, "text")
    assert_refused(listening_on("unix:" .. path), path, "is not a socket")
    assert.equal("text", files.read(path))
  end)
end)

-- Descriptors are shared out: who speaks HTTP does not take them all, and a
-- reload shares them out anew.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"

-- 128 of these are kept: of the other 72 and 32, half are for HTTP.
local UNDER = { "prlimit", "--nofile=200" }
local HTTP_SHARE = 52
local SHARE_LINE = "their share of the descriptors"

-- Each is what strangers do who come to stay.
local KINDS = {
  { "say nothing", "" },
  { "drip a head", "GET / HTTP/1.1\r\nX-" },
  { "drip a body", http.head { method = "POST",
    headers = { ["Content-Length"] = 99 } } .. "x" },
  { "ask, and stay", http.head { path = "/" } },
  { "read no answer", http.head { path = "/large.txt" } },
}

local function start(options)
  return application.start {
    files = { ["public/large.txt"] = ("x"):rep(8 << 20) },
    settings = "limits = { handshake_time = 0 }," .. (options.settings or ""),
    under = UNDER,
  }
end

local function come(port, count, bytes)
  local crowd = {}
  for i = 1, count do
    crowd[i] = stream.connect { port = port, receive_buffer = 4096 }
    crowd[i]:send(bytes)
  end
  return crowd
end

local function leave(crowd)
  for _, other in ipairs(crowd) do other:close() end
end

local function ping(peer, body)
  peer:send_message("ping", body, 1)
  assert.same({ "pong", body, 1 }, peer:receive_message())
end

-- Whether it was ended, whatever came before.
local function is_ended(peer)
  local _, why = peer:read(1 << 30, socket.gettime() + 0.05)
  return why == "closed"
end

describe("Unauthenticated sockets that", function()
  for _, kind in ipairs(KINDS) do
    it(kind[1] .. " leave descriptors to WebSockets and the API", function()
      local base <close>, app = start {
        settings = "http = function() end,",
      }
      local before = client.join { port = base.port }
      local crowd = come(base.port, 150, kind[2])
      base:wait_log(SHARE_LINE)
      ping(before, "before")
      local late = {}
      for i = 1, 20 do
        late[i] = client.join { port = base.port, user = "late" .. i }
      end
      for i = 1, 20 do ping(late[i], i) end
      assert.equal(21, app:stats().connections)
      assert.equal(404, http.request({ port = base.port, path = "/no" }).status)
      leave(crowd)
      leave(late)
      before:close()
    end)
  end

  it("wait longest are closed for new ones, the idle first", function()
    local base <close> = start {}
    local silent = come(base.port, 10, "")
    local idle = come(base.port, 10, http.head { path = "/no" })
    for _, each in ipairs(idle) do
      assert.equal(404, http.read(each, socket.gettime() + 5).status)
    end
    local crowd = come(base.port, HTTP_SHARE - 20 + 5, "")
    base:wait_log(SHARE_LINE)
    for i, each in ipairs(idle) do
      assert.equal(i <= 5, is_ended(each), "idle " .. i)
    end
    for i, each in ipairs(come(base.port, 10, "")) do
      crowd[#crowd + 1] = each
      assert.is_false(is_ended(each), "new " .. i)
    end
    for i = 1, 10 do
      assert.equal(i <= 5, is_ended(silent[i]), "silent " .. i)
    end
    leave(crowd)
  end)

  it("hold back a PROXY header do not keep others out", function()
    local base <close>, app = start { settings = "proxy = true," }
    local crowd = come(base.port, 150, "PROXY ")
    base:wait_log(SHARE_LINE)
    local late = client.join { port = base.port, before = "PROXY UNKNOWN\r\n" }
    ping(late, "late")
    assert.equal(1, app:stats().connections)
    leave(crowd)
    late:close()
  end)

  it("reach the API leave descriptors to WebSockets and to it", function()
    local base <close>, app = start {}
    local before = client.join { port = base.port }
    local crowd = come(app.port, 150, "GET /stats HTTP/1.1\r\n")
    base:wait_log(SHARE_LINE)
    local late = client.join { port = base.port, user = "late" }
    ping(late, "late")
    ping(before, "before")
    assert.equal(2, app:stats().connections)
    leave(crowd)
    leave { before, late }
  end)
end)

describe("limits.connections", function()
  local function launch(connections, limit)
    return server.start {
      settings = ("limits = { connections = %d },"):format(connections),
      under = { "prlimit", "--nofile=" .. limit },
    }
  end

  local function reload(base, connections)
    local path = base.dir .. "/base.lua"
    local text = files.read(path)
    files.write(path, (text:gsub("connections = %d+", "connections = "
      .. connections)))
    base:reload()
  end

  -- How many come in, of so many.
  local function count_in(base, count)
    local crowd, is_in = {}, 0
    for i = 1, count do
      crowd[i] = assert(client.connect { port = base.port })
      if crowd[i]:receive_message()[1] == "authenticated" then
        is_in = is_in + 1
      end
    end
    leave(crowd)
    return is_in
  end

  it("is reduced, with a log line, where descriptors are few", function()
    local base <close> = launch(1000, 200)
    base:wait_log("warn only 72 connections can be open at once: "
      .. "limits.connections = 1000 needs 1192 descriptors, and 200 are "
      .. "available %(raise the limit of descriptors: ulimit %-n, or "
      .. "LimitNOFILE of the unit%)")
    assert.equal(72, count_in(base, 75))
  end)

  it("is not mentioned where there are enough descriptors", function()
    local base <close> = launch(72, "200:4000")
    local other <close> = launch(2000, "200:4000")
    local unlimited <close> = launch(0, 200)
    for _, each in ipairs { base, other, unlimited } do
      assert.is_nil(each:log():find "can be open at once")
    end
  end)

  it("may be raised and lowered by a reload", function()
    local base <close> = launch(20, "200:4000")
    reload(base, 150)
    assert.equal(150, count_in(base, 152))
    reload(base, 10)
    assert.equal(10, count_in(base, 12))
    reload(base, 0)
    assert.equal(152, count_in(base, 152))
    assert.is_nil(base:log():find "can be open at once")
  end)

  it("logs at a reload that it cannot be raised", function()
    local base <close> = launch(20, "200:200")
    reload(base, 500)
    base:wait_log "warn only 72 connections can be open at once: "
    assert.equal(72, count_in(base, 75))
  end)

  it("follows a limit of descriptors that was lowered meanwhile", function()
    local base <close> = launch(100, "400:400")
    assert.equal(100, count_in(base, 100))
    files.run(("prlimit --pid %d --nofile=200:200"):format(base.process.id))
    base:reload()
    base:wait_log "warn only 72 connections can be open at once: "
    assert.equal(72, count_in(base, 75))
  end)
end)

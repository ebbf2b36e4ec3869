-- Descriptors run out: who is there is served, who comes waits.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local preload = require "spec.support.faults.preload"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"
local stream = require "spec.support.peers.stream"
local upstream = require "spec.support.peers.upstream"

local COMPLAINT = "error cannot accept connections: [^\n]*ulimit %-n"

local ASK = [[
local http = require "base.http"
return function(_, message)
  local reply, why = http.get(message.body, { timeout = 3 })
  return message:respond("reply", reply and reply.status or why)
end
]]

local ECHO = [[
return function(_, message)
  return message:respond("echo", message.body)
end
]]

local SPARE = 8

-- Leaves a process SPARE descriptors above those that it has, and returns how
-- many are free by then: more when a high one was inherited.
local function limit_descriptors(id)
  local list = io.popen(("ls /proc/%d/fd"):format(id))
  local highest, count = 0, 0
  for name in list:lines() do
    highest, count = math.max(highest, tonumber(name)), count + 1
  end
  list:close()
  local limit = highest + 1 + SPARE
  files.run(("prlimit --pid %d --nofile=%d:"):format(id, limit))
  return limit - count
end

-- The processor time of a process so far, in seconds.
local function processor_time(id)
  local line = files.read(("/proc/%d/stat"):format(id))
  local user, system = line:match("%) " .. ("%S+ "):rep(11) .. "(%d+) (%d+)")
  return (user + system) / 100
end

-- Connects until nobody is accepted any more.
local function fill(base)
  local crowd = {}
  for i = 1, limit_descriptors(base.process.id) + 3 do
    crowd[i] = stream.connect { port = base.port }
  end
  base:wait_log(COMPLAINT)
  return crowd
end

local function leave(crowd)
  for _, other in ipairs(crowd) do other:close() end
end

describe("When descriptors run out", function()
  it("the server goes on, says so once, and accepts again", function()
    local base <close> = server.start {
      files = { ["actions/echo.lua"] = ECHO },
      settings = "http = function() return 200, 'served' end, "
        .. "limits = { handshake_time = 0 },",
    }
    local peer = client.join { port = base.port }
    local function converse(id)
      peer:send_message("echo", id, id)
      assert.same({ "echo", id, id }, peer:receive_message())
    end

    local crowd = fill(base)
    converse(1)
    local late = stream.connect { port = base.port }
    late:send(http.head { path = "/" })
    -- Longer than accepting pauses: it is tried again, and said no more.
    local before = processor_time(base.process.id)
    assert.same({ nil, "timeout" }, { late:read(1, socket.gettime() + 1) })
    local used = processor_time(base.process.id) - before
    assert.is_true(used < 0.3, ("%g s of processor time"):format(used))
    converse(2)
    local _, complaints = base:log():gsub("cannot accept", "")
    assert.equal(1, complaints)

    leave(crowd)
    local answer = assert(http.read(late, socket.gettime() + 5))
    assert.equal("served", answer.body)
    converse(3)
    late:close()
    peer:close()
  end)

  it("what needs one fails, and works again afterwards", function()
    local app <close> = upstream.start()
    local base <close> = server.start {
      files = { ["actions/echo.lua"] = ECHO, ["actions/ask.lua"] = ASK,
        ["public/page.txt"] = "a page" },
      settings = "limits = { handshake_time = 0 },",
    }
    local peer = client.join { port = base.port }
    local reader = stream.connect { port = base.port }
    local function get()
      reader:send(http.head { path = "/page.txt" })
      return http.read(reader, socket.gettime() + 5).status
    end
    local function ask()
      peer:send_message("ask", app:url "/hello", 1)
      return peer:receive_message()[2]
    end
    assert.equal(200, get())
    local crowd = fill(base)
    assert.equal(503, get())
    assert.equal("unreachable", ask())
    base:signal "HUP"
    base:wait_log "not reloaded: the old scripts stay"
    peer:send_message("echo", "here", 2)
    assert.same({ "echo", "here", 2 }, peer:receive_message())

    leave(crowd)
    client.join({ port = base.port }):close()
    assert.equal(200, get())
    assert.equal(200, ask())
    base:signal "HUP"
    base:wait_log "info reloaded"
    reader:close()
    peer:close()
  end)

  it("a reload keeps the old certificate", function()
    local folder = story.certificate()
    do
      local base <close> = server.start {
        files = { ["actions/echo.lua"] = ECHO },
        settings = ([[
          limits = { handshake_time = 0 },
          tls = { certificate = "%s/certificate.pem", key = "%s/key.pem" },
        ]]):format(folder, folder),
      }
      local peer = client.join { port = base.port, tls = true }
      local crowd = fill(base)
      base:signal "HUP"
      base:wait_log "tls: the certificate [^\n]* cannot be used"
      base:wait_log "not reloaded: [^\n]* and the old certificate"
      peer:send_message("echo", "here", 1)
      assert.same({ "echo", "here", 1 }, peer:receive_message())
      leave(crowd)
      client.join({ port = base.port, tls = true }):close()
      peer:close()
    end
    files.remove(folder)
  end)
end)

-- Numbers of Linux, with what is said of them, if it is.
local ECONNABORTED, EPERM, ENFILE, ENOMEM, EINVAL = 103, 1, 23, 12, 22
local STAYING = {
  [ENFILE] = "too many open files in system; %d+ sockets stay open %(raise the "
    .. "limit of descriptors, ulimit %-n",
  [ENOMEM] = "cannot allocate memory; %d+ sockets stay open %(raise the limit "
    .. "of descriptors, ulimit %-n",
  [EINVAL] = "invalid argument; %d+ sockets stay open\n",
}

describe("When accept fails", function()
  local folder, base, app

  before_each(function()
    folder = files.folder()
    files.write(folder .. "/errors", "")
    base, app = application.start {
      files = { ["actions/echo.lua"] = ECHO },
      env = {
        LD_PRELOAD = preload.compile("refusing_accept", folder),
        REFUSING_ACCEPT = folder .. "/errors",
      },
    }
  end)

  after_each(function()
    base:stop()
    files.remove(folder)
  end)

  local function fail_with(...)
    files.write(folder .. "/errors.new", table.concat({ ... }, " "))
    os.rename(folder .. "/errors.new", folder .. "/errors")
  end

  local function echo(peer, id)
    peer:send_message("echo", id, id)
    assert.same({ "echo", id, id }, peer:receive_message())
  end

  it("for one connection, others are still accepted", function()
    fail_with(ECONNABORTED, EPERM, 0)
    for i = 1, 20 do
      local peer = client.join { port = base.port }
      echo(peer, i)
      peer:close()
    end
    assert.is_nil(base:log():find "cannot accept")
  end)

  for number, words in pairs(STAYING) do
    it("repeatedly, it is tried again and logged once: " .. number,
      function()
        local peer = client.join { port = base.port }
        fail_with(number)
        local late = stream.connect { port = base.port }
        late:send(client.handshake { path = "/?user=late" })
        base:wait_log("error cannot accept connections: [^\n]*\n")
        assert.matches(words, base:log():lower())
        -- Longer than accepting pauses.
        local before = processor_time(base.process.id)
        assert.same({ nil, "timeout" }, { late:read(1, socket.gettime() + 1) })
        local used = processor_time(base.process.id) - before
        assert.is_true(used < 0.3, ("%g s of processor time"):format(used))
        echo(peer, 1)

        fail_with()
        assert.equal(101, http.read(late, socket.gettime() + 5).status)
        echo(peer, 2)
        local _, stats = app:get("GET", "/stats")
        assert.is_true(stats.limited.descriptors > 3)
        assert.equal(1, select(2, base:log():gsub("cannot accept", "")))
        late:close()
        peer:close()
      end)
  end
end)

describe("Any number of silent sockets", function()
  it("leave descriptors to scripts, files and a reload", function()
    local base <close> = server.start {
      files = {
        ["actions/read.lua"] = [[
          return function(_, message)
            local file <close>, why = io.open "public/page.txt"
            return message:respond("read", file and file:read "a" or why)
          end]],
        ["public/page.txt"] = "a page",
      },
      settings = "limits = { connections = 50, handshake_time = 0 },",
      under = { "prlimit", "--nofile=200" },
    }
    local peer = client.join { port = base.port }
    local crowd = {}
    for i = 1, 250 do crowd[i] = stream.connect { port = base.port } end
    base:wait_log "their share of the descriptors"
    local kept = stream.connect { port = base.port }
    peer:send_message("read", nil, 1)
    assert.same({ "read", "a page", 1 }, peer:receive_message())
    kept:send(http.head { path = "/page.txt" })
    assert.equal(200, http.read(kept, socket.gettime() + 5).status)
    base:reload()
    for _, other in ipairs(crowd) do other:close() end
    kept:close()
    peer:close()
  end)

  it("leave descriptors to the application", function()
    local base <close>, app = application.start {
      files = { ["public/page.txt"] = ("x"):rep(4 << 20) },
      settings = "limits = { connections = 50 },",
      under = { "prlimit", "--nofile=200" },
    }
    local readers = {}
    for i = 1, 120 do
      readers[i] = stream.connect { port = base.port }
      readers[i]:send(http.head { path = "/page.txt" })
    end
    base:wait_log "their share of the descriptors"
    for _ = 1, 5 do assert.equal(200, (app:get("GET", "/stats"))) end
    assert.is_true(
      select(2, app:get("GET", "/stats")).limited.http_sockets >= 1)
    assert.equal(1, select(2, base:log():gsub("their share", "")))
    client.join({ port = base.port }):close()
    for _, reader in ipairs(readers) do reader:close() end
  end)
end)

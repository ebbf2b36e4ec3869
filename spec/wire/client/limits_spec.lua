-- Requests that scripts make end: their number, their time, and what they leave
-- behind.
local socket = require "socket"

local asking = require "spec.support.asking"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local preload = require "spec.support.faults.preload"
local server = require "spec.support.server"
local upstream = require "spec.support.peers.upstream"
local wait = require "spec.support.wait"

local ask, project = asking.ask, asking.project

describe("A slow name lookup", function()
  it("blocks nothing, not even when it times out", function()
    local folder = files.folder()
    do
      local base <close> = server.start { files = project(), env = {
        LD_PRELOAD = preload.compile("slow_names", folder),
      } }
      local peer = client.join { port = base.port }
      local other = client.join { port = base.port }
      for _, options in ipairs { { timeout = 0.3 }, { connect_timeout = 0.3 } }
      do
        options.url = "http://slow.invalid/"
        local since = socket.gettime()
        peer:send_message("ask", options, 1)
        repeat
          local asked = socket.gettime()
          other:send_message("echo")
          other:receive_message()
          assert.is_true(socket.gettime() - asked < 1, "held up")
          local message = peer:receive_message(0.01)
        until message
        assert.is_true(socket.gettime() - since < 3, "not given up in time")
      end
      peer:close()
      other:close()
    end
    files.remove(folder)
  end)
end)

describe("Many slow name lookups", function()
  it("use no more threads than http_client.connections", function()
    local folder = files.folder()
    do
      local base <close> = server.start { files = project(),
        settings = "http_client = { connections = 4 },",
        env = { LD_PRELOAD = preload.compile("slow_names", folder) },
      }
      local peers = {}
      for i = 1, 60 do
        peers[i] = client.join { port = base.port, user = "user" .. i }
        peers[i]:send_message("ask",
          { url = "http://slow.invalid/", timeout = 0.1 }, 1)
        assert.same({ "no", "timeout", 1 }, peers[i]:receive_message())
      end
      local status = files.read(("/proc/%d/status"):format(base.process.id))
      local threads = tonumber(status:match "Threads:%s*(%d+)")
      assert.is_true(threads <= 1 + 2 * 4, threads .. " threads")
      for _, peer in ipairs(peers) do peer:close() end
    end
    files.remove(folder)
  end)
end)

describe("http_client.queue", function()
  it("counts towards a request's timeout", function()
    local app <close> = upstream.start()
    local base <close> = server.start { files = project(),
      settings = "http_client = { connections = 1 }," }
    local first = client.join { port = base.port, user = "ada" }
    local second = client.join { port = base.port, user = "bob" }
    first:send_message("ask", { url = app:url "/never", timeout = 1 }, 1)
    app:wait_count("/never", 1)
    local hello = app:url "/hello"
    assert.equal("timeout", (ask(second, { url = hello, timeout = 0.2 })))
    assert.equal(0, app:count "/hello")
    assert.equal("hello", ask(second, { url = hello }).body)
    assert.equal("timeout", first:receive_message()[2])
    first:close()
    second:close()
  end)
end)

describe("http_client.connections", function()
  it("limits all requests, and a reload changes it at once", function()
    local app <close> = upstream.start()
    local settings = "http_client = { connections = %d },"
    local base <close> = server.start { files = project(),
      settings = settings:format(2) }
    local peers = {}
    for i = 1, 6 do
      peers[i] = client.join { port = base.port, user = "user" .. i }
      peers[i]:send_message("ask", { url = app:url "/never", timeout = 60 }, 1)
    end
    app:wait_count("/never", 2)
    local path = base.dir .. "/base.lua"
    local text = files.read(path)
    assert.equal(2, app:count "/never")
    files.write(path, (text:gsub("connections = 2", "connections = 4")))
    base:reload()
    app:wait_count("/never", 4)
    peers[1]:send_message("echo")
    files.write(path, (text:gsub("connections = 2", "connections = 6")))
    base:reload()
    app:wait_count("/never", 6)
    for _, peer in ipairs(peers) do peer:close() end
    base:signal "TERM"
    base:signal "TERM"
    base:wait_end()
  end)
end)

describe("A request in flight", function()
  it("is ended by action_time", function()
    local app <close> = upstream.start()
    local base <close> = server.start { files = project(),
      settings = "limits = { action_time = 0.5 }," }
    local peer = client.join { port = base.port }
    peer:send_message("ask", { url = app:url "/never", timeout = 60 }, 7)
    local message = peer:receive_message()
    assert.same({ "error", "timeout", 7 },
      { message[1], message[2].code, message[3] })
    app:wait_closed(5)
    peer:close()
  end)

  it("is ended with the server, once drain has passed", function()
    local app <close> = upstream.start()
    local base = server.start { files = project(), settings = "drain = 0.5," }
    local peers = {}
    for i = 1, 20 do
      peers[i] = client.join { port = base.port }
      peers[i]:send_message("ask", { url = app:url "/never", timeout = 60 }, 1)
    end
    app:wait_count("/never", 20)
    local since = socket.gettime()
    base:signal "TERM"
    for _, peer in ipairs(peers) do
      assert.equal("reconnect", peer:receive_message()[1])
      assert.equal(1012, (peer:expect_close()))
    end
    base:wait_end()
    assert.is_true(socket.gettime() - since < 4, "it took too long")
    app:wait_closed(5)
  end)

  it("finishes before the server ends, within drain", function()
    local app <close> = upstream.start()
    local base = server.start { files = project() }
    local peer = client.join { port = base.port }
    peer:send_message("ask", { url = app:url "/slow/1" }, 1)
    app:wait_count("/slow/1", 1)
    base:signal "TERM"
    assert.equal("at last", peer:receive_message()[2].body)
    assert.equal("reconnect", peer:receive_message()[1])
    assert.equal(1012, (peer:expect_close()))
    base:wait_end()
  end)
end)

describe("A thousand requests that mostly fail", function()
  local MIX = [[
    local base = require "base"
    local http = require "base.http"
    local paths = { "/hello", "/drop", "/half", "/garbage", "/bad_gzip",
      "/endless", "/announced/1073741824", "/packed/3000000", "/loop",
      "/never", "/status/500" }
    return function(_, message)
      local url, count = message.body.url, message.body.count
      local words, left = {}, 20
      for first = 1, 20 do
        base.spawn(function()
          for i = first, count, 20 do
            local path = paths[i % #paths + 1]
            local reply, why = http.get(url .. path,
              { timeout = path == "/never" and 0.05 or 10, redirects = 3 })
            local word = reply and tostring(reply.status) or why
            words[word] = (words[word] or 0) + 1
          end
          left = left - 1
        end)
      end
      repeat base.sleep(0.01) until left == 0
      return message:respond("words", words)
    end]]

  it("leak no descriptor", function()
    local app <close> = upstream.start()
    local base <close> = server.start {
      files = project { ["actions/mix.lua"] = MIX },
      settings = "http_client = { keep_alive = 1 },",
    }
    local peer = client.join { port = base.port }

    local function descriptors()
      return tonumber(files.run(("ls /proc/%d/fd | wc -l")
        :format(base.process.id)))
    end

    local function mix(count)
      peer:send_message("mix", { url = app:url "", count = count }, 1)
      return assert(peer:receive_message(60))[2]
    end

    mix(40)
    local before = descriptors()
    local words = mix(1000)
    -- What is kept open for the next request is all that may differ.
    assert.is_true(descriptors() <= before + 20)
    local names, sum = {}, 0
    for word, count in pairs(words) do
      names[#names + 1] = word
      sum = sum + count
    end
    table.sort(names)
    assert.equal(1000, sum)
    assert.same({ "200", "500", "closed", "invalid", "redirects", "timeout",
      "too_large" }, names)
    app:wait_closed(5) -- after keep_alive nothing is kept at all
    wait.for_(5, "the descriptors to be closed", function()
      return descriptors() < before
    end)
    peer:close()
  end)
end)

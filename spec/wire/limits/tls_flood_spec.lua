-- One who speaks TLS and says nothing in it: records that bring no data, as
-- fast as they come. He is ended, and nobody waits for him.
local asking = require "spec.support.asking"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local SAY = [[
return function(connection)
  require "base".log.info("heard " .. connection.user.id)
end]]

describe("TLS records without data", function()
  local folder, pair

  setup(function()
    folder = files.folder()
    local path = files.quote(folder .. "/pair")
    files.run(("openssl req -x509 -newkey ec -pkeyopt "
      .. "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
      .. "-keyout %s.key -out %s.pem"):format(path, path))
    pair = { folder .. "/pair.pem", folder .. "/pair.key" }
  end)

  teardown(function()
    files.remove(folder)
  end)

  local function start()
    return server.start {
      files = { ["actions/say.lua"] = SAY },
      settings = ("tls = { certificate = %q, key = %q }, "
        .. "limits = { handshake_time = 60, rate = 0 },"
        .. "http = function(request) "
        .. "base.log.info('asked for ' .. request.path) "
        .. " return 204 end,"):format(pair[1], pair[2]),
    }
  end

  local function flood(...)
    return process.start { server.program "base-tls-flood", ... }
  end

  -- The last line that it has written.
  local function last_word(peer)
    assert.equal(0, peer:wait_end(30), peer:log())
    peer:remove()
    return peer:log():match "(%w+)\n$"
  end

  local function assert_served(base)
    local peer = client.join { port = base.port, tls = true }
    peer:send_message("ping", "still there", 1)
    assert.same({ "pong", "still there", 1 }, peer:receive_message())
    peer:close()
  end

  for _, kind in ipairs {
    "updates", "asking-updates", "updates:33", "asking-updates:33", "hellos",
    "hellos:33", "empty-and-hellos", "pieces",
  } do
    it("from a client are limited: " .. kind, function()
      local base <close> = start()
      local peer = flood(kind, "client", base.port)
      assert.equal("ended", last_word(peer))
      base:wait_log("warn closed %(TLS records without data%) "
        .. "address=127.0.0.1\n")
      assert_served(base)
    end)
  end

  for _, kind in ipairs { "alerts", "empty", "pieces-and-alerts" } do
    it("from a client close its connection: " .. kind, function()
      local base <close> = start()
      assert.equal("ended", last_word(flood(kind, "client", base.port)))
      assert_served(base)
    end)
  end

  it("are allowed between data", function()
    local base <close> = start()
    assert.equal("ended",
      last_word(flood("updates-between:54", "client", base.port)))
    base:wait_log "info asked for /\n"
    assert_served(base)
    assert.is_nil(base:log():find("TLS records", 1, true))
  end)

  -- How many messages of one who has sent a thousand were heard before the
  -- one of another, when both lay there.
  local function heard_before(base, round)
    local function join(user)
      return client.join { port = base.port, user = user .. round, tls = true }
    end
    local many, one = join "many", join "one"
    base:signal "STOP"
    for _ = 1, 1000 do many:send_message "say" end
    one:send_message "say"
    base:signal "CONT"
    base:wait_log("heard many" .. round, 20, 1000)
    base:wait_log("heard one" .. round)
    many:close()
    one:close()
    local before = base:log():match("^(.*)heard one" .. round)
    return select(2, before:gsub("heard many" .. round, ""))
  end

  it("small records are read a few per turn", function()
    local base <close> = start()
    for round = 1, 5 do
      assert.is_true(heard_before(base, round) < 130)
    end
  end)

  describe("from an upstream", function()
    local base, peer

    setup(function()
      base = server.start { files = asking.project() }
      peer = client.join { port = base.port }
    end)

    teardown(function()
      peer:close()
      base:stop()
    end)

    for kind, word in pairs {
      updates = "closed", ["asking-updates"] = "closed", tickets = "closed",
      hellos = "closed", ["updates:33"] = "closed", empty = "closed",
      ["empty-and-hellos"] = "closed", alerts = "closed",
      pieces = "tls", ["pieces-and-alerts"] = "tls", requests = "tls",
    } do
      it("are limited: " .. kind, function()
        local app = flood(kind, "server", 0, table.unpack(pair))
        local port = wait.for_(5, "it to listen", function()
          return app:log():match "ready (%d+)"
        end)
        local reply, how = asking.ask(peer, {
          url = ("https://127.0.0.1:%d/"):format(port), verify = false,
          timeout = 14,
        })
        assert.same({ word, "no" }, { reply, how })
        assert.equal("ended", last_word(app))
        peer:send_message("echo", "still there", 2)
        assert.same({ "echo", "still there", 2 }, peer:receive_message())
      end)
    end
  end)
end)

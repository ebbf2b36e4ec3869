-- What becomes of others while a script holds the loop, and of those that give
-- it back.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"
local socket = require "socket"
local stream = require "spec.support.peers.stream"
local upstream = require "spec.support.peers.upstream"
local wait = require "spec.support.wait"

local HELD = 1.5 -- seconds, longer than every time that is measured meanwhile
local SHORT = 1 -- second, which passes while the loop is held

-- The action `hold` holds the loop, and makes a file before it does.
local HOLD = [[
  return function(_, message)
    os.execute("touch '" .. message.body .. "'; sleep %g")
    return message:respond "held"
  end]]

describe("What arrived while a script blocked the event loop", function()
  local folder, app

  setup(function() app = upstream.start() end)
  teardown(function() app:__close() end)
  before_each(function() folder = files.folder() end)
  after_each(function() files.remove(folder) end)

  local function start(settings, more)
    local all = { ["actions/hold.lua"] = HOLD:format(HELD) }
    for path, text in pairs(more or {}) do all[path] = text end
    return server.start { settings = settings, files = all }
  end

  -- Runs `during` while the loop is held.
  local function hold(base, during)
    local holder = client.join { port = base.port, user = "holder" }
    local mark = folder .. "/held"
    holder:send_message("hold", mark)
    wait.for_(5, "the loop to be held", function() return files.read(mark) end)
    during()
    assert.equal("held", holder:receive_message(HELD + 5)[1])
    holder:close()
  end

  it("counts as an answer to a ping", function()
    local base <close> = start [[
      heartbeat = { interval = 0.3, timeout = 0.3 },
      limits = { run_time = 0 },]]
    local peer = client.join { port = base.port, user = "peer" }
    assert.equal(frame.PING, (peer:receive()))
    hold(base, function() peer:send_frame { opcode = frame.PONG } end)
    peer:send_message("ping", "still there")
    local text
    repeat
      local opcode, payload = assert(peer:receive())
      text = opcode == frame.TEXT and payload
    until text
    assert.equal('["pong","still there"]', text)
    peer:close()
  end)

  it("counts as an answer to connection:call", function()
    local base <close> = start("limits = { run_time = 0 },", {
      ["actions/ask.lua"] = [[
        return function(connection, message)
          return message:respond("told",
            { connection:call("what", nil, message.body) })
        end]],
    })
    local peer = client.join { port = base.port, user = "peer" }
    peer:send_message("ask", SHORT)
    local question = peer:receive_message()
    hold(base, function()
      peer:send_message("it", "an answer", question[3])
    end)
    assert.same({ "told", { "an answer" } }, peer:receive_message())
    base:wait_log("action hold blocked the event loop for 1%.%d+ s "
      .. "%(limits.slow_run%) connection=%d+ user=holder "
      .. "function=actions/hold.lua:1")
    peer:close()
  end)

  it("answers an action whose time has passed meanwhile", function()
    local base <close> = start(
      ("limits = { run_time = 0, action_time = %g },"):format(SHORT), {
        ["actions/ask.lua"] = [[
          return function(connection, message)
            return message:respond("told", connection:call "what")
          end]],
      })
    local peer = client.join { port = base.port, user = "peer" }
    peer:send_message "ask"
    local question = peer:receive_message()
    hold(base, function()
      peer:send_message("it", "an answer", question[3])
    end)
    assert.same({ "told", "an answer" }, peer:receive_message())
    peer:close()
  end)

  it("answers an authenticate whose time has passed meanwhile", function()
    local base <close> = start(nil, {
      ["base.lua"] = ([[
        return {
          limits = { run_time = 0, authenticate_time = %g },
          authenticate = function(connection, register)
            local user = connection.request.query.user
            register(connection,
              { id = user, answer = user == "peer" and connection:call "it" })
          end,
          welcome = function(user) return user.answer end,
        }]]):format(SHORT),
    })
    local peer = client.connect { port = base.port, user = "peer" }
    local question = peer:receive_message()
    hold(base, function()
      peer:send_message("it", "an answer", question[3])
    end)
    assert.same({ "authenticated", "an answer" }, peer:receive_message())
    peer:close()
  end)

  it("completes a handshake", function()
    local base <close> = start(
      ("limits = { run_time = 0, handshake_time = %g },"):format(SHORT))
    local slow = stream.connect(base)
    local head = http.head { path = "/nothing" }
    slow:send(head:sub(1, 10))
    hold(base, function() slow:send(head:sub(11)) end)
    assert.equal(404, http.read(slow, socket.gettime() + 5).status)
    slow:close()
  end)

  it("is the response to a request of base.http", function()
    local base <close> = start("limits = { run_time = 0 },", {
      ["actions/ask.lua"] = ([[
        local http = require "base.http"
        return function(_, message)
          -- The second one finds a connection, and has no timer of libcurl's.
          http.get %q
          local reply, why = http.get(%q, {
            timeout = %g, headers = { cookie = "session=ada" } })
          return message:respond("told", reply and reply.body or why)
        end]]):format(app:url "/hello", app:url "/slow_me", SHORT),
    })
    local peer = client.join { port = base.port, user = "peer" }
    peer:send_message "ask"
    app:wait_count("/slow_me", 1)
    hold(base, function() end)
    assert.same({ "told", '{"id": "ada"}' }, peer:receive_message())
    peer:close()
  end)
end)

describe("A base.http connection made while the loop was blocked", function()
  it("does not time out", function()
    local folder = files.folder()
    files.run(("cd %s && openssl req -x509 -newkey ec -nodes -days 2 "
      .. "-pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost "
      .. "-keyout key.pem -out cert.pem"):format(files.quote(folder)))
    local app <close> = upstream.start { certificate = folder .. "/cert.pem",
      key = folder .. "/key.pem" }
    local base <close> = server.start {
      settings = "limits = { run_time = 0 },",
      files = {
        ["actions/hold.lua"] = HOLD:format(HELD),
        ["actions/ask.lua"] = ([[
          local http = require "base.http"
          return function(_, message)
            local reply, why = http.get(%q, { verify = false,
              timeout = 20, connect_timeout = %g })
            return message:respond("told", reply and reply.body or why)
          end]]):format(app:url "/hello", SHORT),
      },
    }
    local peer = client.join { port = base.port, user = "peer" }
    local holder = client.join { port = base.port, user = "holder" }
    app.process:signal "STOP" -- the kernel takes connections all the same
    peer:send_message "ask"
    peer:send_message("ping", "after it")
    assert.equal("pong", peer:receive_message()[1])
    holder:send_message("hold", folder .. "/held")
    wait.for_(5, "the loop to be held", function()
      return files.read(folder .. "/held")
    end)
    app.process:signal "CONT"
    assert.same({ "told", "hello" }, peer:receive_message(20))
    holder:close()
    peer:close()
    files.remove(folder)
  end)
end)

describe("A script that sleeps for 0 seconds in a loop", function()
  it("lets other connections be served in between", function()
    local base <close> = server.start { files = {
      ["actions/spin.lua"] = [[
        local base = require "base"
        return function(_, message)
          local turns = 0
          while not base.state.is_enough do
            base.sleep(0)
            turns = turns + 1
          end
          return message:respond("turns", turns)
        end]],
      ["actions/enough.lua"] = [[
        local base = require "base"
        return function(_, message)
          base.state.is_enough = true
          return message:respond "ok"
        end]],
    } }
    local spinning = client.join { port = base.port, user = "spinning" }
    local other = client.join { port = base.port, user = "other" }
    spinning:send_message("spin", nil, 1)
    for i = 1, 3 do
      other:send_message("ping", i)
      assert.same({ "pong", i }, other:receive_message())
    end
    other:send_message("enough", nil, 2)
    assert.equal("ok", other:receive_message()[1])
    local answer = spinning:receive_message()
    assert.equal("turns", answer[1])
    assert.is_true(answer[2] > 0)
    spinning:close()
    other:close()
  end)
end)

-- What base.lua names, in a server in which it loops when it is told to.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local mischief = require "spec.support.mischief"
local stream = require "spec.support.peers.stream"

local action, count = mischief.action, mischief.count
local echo = mischief.echo
local ECHO, PATIENCE = mischief.ECHO, mischief.PATIENCE

describe("Scripts that never end:", function()
  local BASE_LUA = [[
    local function loop_if(is_so)
      while is_so do end
    end
    return {
      %s
      address = "127.0.0.1",
      limits = { run_time = 0.2, rate = 0 },
      authenticate = function(connection, register)
        local user = connection.request.query.user
        loop_if(user == "authenticate")
        register(connection, { id = user })
      end,
      welcome = function(user)
        loop_if(user.id == "welcome")
        return { id = user.id }
      end,
      actions = { resolver = function(command)
        loop_if(command == "resolver")
      end },
      http = function(request)
        loop_if(request.path == "/loop")
        return 200, "here"
      end,
      on = {
        error = function(err) loop_if(err == "on.error") end,
        %s
      },
    }]]

  local LINE = "limits.run_time has passed"

  local function start(hooks)
    return application.start {
      base_lua = BASE_LUA:format("%s", hooks or ""),
      files = {
        ["actions/echo.lua"] = ECHO,
        ["actions/fail.lua"] = action [[error("on.error", 0)]],
      },
    }
  end

  -- Sends bytes, has another one served at once, and returns the connection.
  local function attack(base, bytes, serve)
    local to = stream.connect { port = base.port }
    to:send(bytes)
    local began = socket.gettime()
    serve()
    local took = socket.gettime() - began
    assert.is_true(took < PATIENCE, took)
    base:wait_log(LINE)
    assert.equal(1, count(base:log(), LINE), base:log())
    serve()
    return to
  end

  local function said(user, ...)
    local bytes = { client.handshake { path = "/?user=" .. user } }
    for i, text in ipairs { ... } do
      bytes[i + 1] = frame.print { payload = text }
    end
    return table.concat(bytes)
  end

  for name, bytes in pairs {
    authenticate = said "authenticate",
    welcome = said "welcome",
    ["actions.resolver"] = said("eve", '["resolver",null,1]'),
    ["on.error"] = said("eve", '["fail",null,1]'),
    http = http.head { path = "/loop" },
  } do
    it("the others are served all the same: " .. name, function()
      local base <close> = start()
      local bystander = client.join { port = base.port, user = "bystander" }
      local to = attack(base, bytes, function() echo(bystander, 1) end)
      if name == "http" then
        local answer = http.read(to, socket.gettime() + 5)
        assert.equal(500, answer.status)
      end
      to:close()
      bystander:close()
    end)
  end

  local RAW = [[
    text = function(connection, text)
      loop_if(text == "loop")
      connection:send_text(text)
    end,
    binary = function(connection, bytes)
      loop_if(bytes == "loop")
      connection:send_binary(bytes)
    end,
  ]]

  for name, opcode in pairs { text = frame.TEXT, binary = frame.BINARY } do
    it("the others are served all the same: on." .. name, function()
      local base <close> = start(RAW)
      local bystander = client.connect { port = base.port, user = "bystander" }
      local bytes = said "eve"
        .. frame.print { opcode = opcode, payload = "loop" }
      attack(base, bytes, function()
        bystander:send_frame { opcode = opcode, payload = "here" }
        assert.same({ opcode, "here" }, { bystander:receive(30) })
      end):close()
      bystander:close()
    end)
  end

  it("authenticate closes with 1011, and others connect", function()
    local base <close> = start()
    local looping = client.connect { port = base.port, user = "authenticate" }
    assert.equal(1011, (looping:expect_close(5)))
    base:wait_log "limits.run_time has passed"
    client.join({ port = base.port, user = "ada" }):close()
  end)
end)

-- public/base.js, the client that a page uses, against the real server.
local files = require "spec.support.files"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"

local CLIENT = { "node", "spec/support/peers/base_js.mjs" }

local function project()
  local function action(body)
    return 'local base = require "base" '
      .. "return function(connection, message)\n" .. body .. "\nend"
  end
  return {
    ["base.lua"] = [[
      return {
        address = "127.0.0.1",
        authenticate = function(connection, register)
          local name = connection.request.query.user
          register(connection, name and { id = name } or false)
        end,
        limits = { connections_per_user = 2, on_exceed = "close_oldest" },
      }]],
    ["actions/hello.lua"] =
      action [[return message:respond("alert", "Hello, "
        .. message.body .. "!")]],
    ["actions/tell.lua"] = action [[connection:send("news", message.body)]],
    ["actions/raw.lua"] = action [[connection:send_text(message.body)]],
    ["actions/fail.lua"] = action [[error "secret"]],
    ["actions/refuse.lua"] = action [[
      error { code = "no", message = "I will not.", data = message.body }]],
    ["actions/slow.lua"] = action [[
      base.sleep(0.3)
      return message:respond("ok", "done")]],
    ["actions/wait.lua"] = action [[
      base.sleep(message.body)
      return message:respond("ok")]],
    ["actions/turn.lua"] = action [[
      local value, why =
        connection:call(message.body.command, message.body.body, 5)
      if value == nil and not why then why = "no value" end
      return message:respond("ok", { value = value, why = why })]],
    ["actions/renew.lua"] = action [[
      local options = ({
        short = { expires = 0.05 },
        fresh = { expires = 3600 },
        none = { expires = 0.05, grace = 0 },
      })[message.body]
      local user = { id = connection.user.id }
      local ok = connection:register(user, options)
      return message:respond("ok", ok)]],
    ["actions/leave.lua"] = action [[connection:close(4100, "as you wish")]],
  }
end

describe("base.js", function()
  describe("with a running server", function()
    local base

    setup(function()
      base = server.start { files = project() }
    end)

    teardown(function()
      base:stop()
    end)

    it("asks, and gets the answer to each question", function()
      story.play(CLIENT, "asks", base)
    end)

    it("hears what it listens for, until it stops", function()
      story.play(CLIENT, "hears", base)
    end)

    it("goes on after a handler that throws, and a frame that is no message",
      function()
        story.play(CLIENT, "mistakes", base)
      end)

    it("rejects with code, message, data and the ref in the log", function()
      local told = story.start(CLIENT, "errors", base)
      told:finish()
      local ref = told.process:log():match "ref (%w+)"
      assert.matches("secret", base:log():match("[^\n]*" .. ref .. "[^\n]*"))
    end)

    it("hears of an error that it did not ask for", function()
      story.play(CLIENT, "unasked", base)
    end)

    it("answers the server's questions, and declines them", function()
      story.play(CLIENT, "answers", base)
    end)

    it("stays away when it is nobody", function()
      story.play(CLIENT, "stranger", base)
    end)

    it("hears that its time has passed, and asks for more", function()
      story.play(CLIENT, "expires", base)
    end)

    it("stays away when it is one too many", function()
      story.play(CLIENT, "surplus", base)
    end)

    it("tells who waits the code and the reason of the close", function()
      story.play(CLIENT, "reasons", base)
    end)

    it("stays away when a script says so, until it is told", function()
      story.play(CLIENT, "sentAway", base)
    end)
  end)

  it("comes back after every code but a verdict", function()
    story.play(CLIENT, "codes", { port = 0 })
  end)

  it("comes back to a proxy that closes in words of its own", function()
    story.play(CLIENT, "proxied", { port = 0 })
  end)

  it("notices by itself that a connection is dead", function()
    local base <close> = server.start { files = project() }
    local told = story.start(CLIENT, "silence", base)
    told:reach "joined"
    base:signal "STOP"
    told:reach "lost"
    base:signal "CONT"
    told:finish()
  end)

  it("comes back after a restart, and has lost nothing", function()
    local base = server.start { files = project() }
    local told = story.start(CLIENT, "comesBack", base)
    told:reach "joined"
    base:stop()
    local again <close> =
      server.start { files = project(), port = base.port }
    told:finish()
    assert.equal(base.port, again.port)
  end)

  it("says what was lost when the server dies, and comes back", function()
    local base = server.start { files = project() }
    local told = story.start(CLIENT, "lost", base)
    told:reach "joined"
    base:remove()
    local again <close> =
      server.start { files = project(), port = base.port }
    told:finish()
    assert.equal(base.port, again.port)
  end)

  it("notices nothing of a reload but the new answers", function()
    local base <close> = server.start { files = project() }
    local told = story.start(CLIENT, "reload", base)
    told:reach "before"
    files.write(base.dir .. "/actions/hello.lua", [[
      return function(_, message)
        return message:respond("alert", "Good day, " .. message.body .. ".")
      end]])
    base:reload()
    told:finish()
  end)
end)

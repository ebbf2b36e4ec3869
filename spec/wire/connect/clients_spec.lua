-- Clients that other people wrote find in Base what they expect of a server.
local files = require "spec.support.files"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"

local BASE_LUA = [[
return {
  address = "127.0.0.1",
  authenticate = function(connection, register)
    local name = connection.request.query.user
    register(connection, name and { id = name } or false)
  end,
  limits = { message_size = 4 << 20, queue_size = 8 << 20, rate = 0 },
  %s
}
]]

local function start(settings)
  return server.start {
    files = {
      ["base.lua"] = BASE_LUA:format(settings or ""),
      ["actions/echo.lua"] = [[
        return function(_, message)
          return message:respond("echo", message.body)
        end]],
      ["actions/leave.lua"] = [[
        return function(connection)
          connection:close(4100, "as you wish")
        end]],
    },
  }
end

local STORIES = {
  { "gets back the text that it sent", "text" },
  { "sends and gets big messages", "big" },
  { "deflates what it sends and gets", "deflate" },
  { "finds its 64-bit ids in the answers, to the last digit", "ids" },
  { "has its pings answered, of the protocol and as messages", "ping" },
  { "is given the subprotocol base.v1, which it offers", "subprotocol" },
  { "closes and is closed with a code", "closing" },
  { "is told 4001 when it is nobody", "stranger" },
  { "has many messages in flight, answered in order", "many" },
}

local CLIENTS = {
  ["ws of Node"] = { "node", "spec/support/peers/ws_client.mjs" },
  ["websockets of Python"] =
    { "/usr/bin/python3", "spec/support/peers/websockets_client.py" },
}

for client, program in pairs(CLIENTS) do
  describe(client, function()
    local base

    setup(function()
      base = start()
    end)

    teardown(function()
      base:stop()
    end)

    for _, case in ipairs(STORIES) do
      it(case[1], function()
        story.play(program, case[2], base)
      end)
    end

    it("is told to come back, and 1012, when the server restarts", function()
      local ending = start()
      local told = story.start(program, "restart", ending)
      told:reach "joined"
      ending:stop()
      told:finish()
    end)

    it("speaks TLS, when it trusts the certificate", function()
      local folder = story.certificate()
      finally(function()
        files.remove(folder)
      end)
      local certificate = folder .. "/certificate.pem"
      local secure <close> = start(
        ("tls = { certificate = %q, key = %q },"):format(certificate,
          folder .. "/key.pem"))
      story.play(program, "tls", secure, { CERTIFICATE = certificate })
    end)
  end)
end

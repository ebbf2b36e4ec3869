-- os.exit ends the server in order.
local cjson = require "cjson"

local client = require "spec.support.peers.client"
local mischief = require "spec.support.mischief"
local server = require "spec.support.server"

local action = mischief.action

describe("os.exit", function()
  for name, body in pairs {
    ["in an action"] = "os.exit(3)",
    ["in a pcall of a coroutine"] =
      "coroutine.wrap(function() pcall(os.exit, 3) end)()",
  } do
    it("ends the server with its status, after what runs: " .. name, function()
      local base = server.start { files = {
        ["actions/exit.lua"] = action(body),
        ["actions/slow.lua"] = action [[
          connection:send "begun"
          base.sleep(0.3)
          return message:respond "done"
        ]],
      } }
      local other = client.join { port = base.port, user = "other" }
      local peer = client.join { port = base.port }
      other:send_message("slow", nil, 1)
      assert.same({ "begun" }, other:receive_message())
      peer:send_message("exit", nil, 1)
      assert.equal("reconnect", peer:receive_message()[1])
      assert.same({ "done", cjson.null, 1 }, other:receive_message())
      assert.equal("reconnect", other:receive_message()[1])
      assert.equal(1012, (other:expect_close()))
      base:wait_end(3)
      peer:close()
    end)
  end
end)

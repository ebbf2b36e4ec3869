-- What becomes of others while a script holds the loop, and of those that give
-- it back.
local client = require "spec.support.client"
local server = require "spec.support.server"

describe("A script that sleeps for 0 seconds in a loop", function()
  it("lets everybody else be served in between", function()
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

-- The scripts' memory is used up: those who are there are served.
local cjson = require "cjson"

local client = require "spec.support.peers.client"
local mischief = require "spec.support.mischief"
local server = require "spec.support.server"

local action, count = mischief.action, mischief.count
local echo = mischief.echo
local ECHO, PATIENCE = mischief.ECHO, mischief.PATIENCE

describe("When the scripts' memory is used up", function()
  it("open connections are served, new ones get 1013",
    function()
      local base <close> = server.start {
        files = {
          ["actions/echo.lua"] = ECHO,
          ["actions/fill.lua"] = action [[
            base.state.list = base.state.list or {}
            local list = base.state.list
            for _ = 1, 500 do list[#list + 1] = ("x"):rep(1000) .. #list end
            return message:respond "filled"
          ]],
          ["actions/empty.lua"] = action [[
            base.state.list = nil
            collectgarbage()
            return message:respond "emptied"
          ]],
        },
        settings = "limits = { memory = 16 << 20, rate = 0, run_time = 5 },",
      }
      local filler = client.join { port = base.port, user = "filler" }
      local bystander = client.join { port = base.port, user = "bystander" }
      local refused = 0
      for i = 1, 200 do
        filler:send_message("fill", nil, i)
        assert.is_true(echo(bystander, i) < PATIENCE)
        local answer = filler:receive_message()
        if answer[1] == "error" then
          assert.equal("failed", answer[2].code)
          refused = refused + 1
        end
      end
      assert.is_true(refused > 100)
      local log = base:log()
      assert.matches("limits.memory is used up", log, 1, true)
      assert.equal(1, count(log, "memory is short"))

      local late = client.connect { port = base.port, user = "late" }
      assert.equal("reconnect", late:receive_message()[1])
      assert.equal(1013, (late:expect_close()))

      filler:send_message("empty", nil, 1)
      assert.same({ "emptied", cjson.null, 1 }, filler:receive_message())
      client.join({ port = base.port, user = "late" }):close()
      assert.is_true(echo(bystander, 1) < 1)
      filler:close()
      bystander:close()
    end)

  it("one run may take only part of what is left",
    function()
      local base <close> = server.start {
        files = {
          ["actions/modest.lua"] = action [[
            return message:respond("done", #(("x"):rep(20000) .. "y"))
          ]],
          ["actions/fill.lua"] = action [[
            for _ = 1, 500 do
              base.state.chain = { base.state.chain, ("x"):rep(1000) .. 1 }
            end
            return message:respond "filled"
          ]],
          ["actions/greedy.lua"] = action [[
            while true do base.state.chain = { base.state.chain } end
          ]],
        },
        settings = "limits = { memory = 16 << 20, rate = 0, run_time = 5 },",
      }
      local greedy = client.join { port = base.port, user = "greedy" }
      local bystander = client.join { port = base.port, user = "bystander" }
      local function ask(command)
        greedy:send_message(command, nil, 1)
        return greedy:receive_message(30)[1]
      end
      while ask "fill" == "filled" do end
      for i = 1, 5 do
        assert.equal("error", ask "greedy")
        bystander:send_message("modest", nil, i)
        assert.same({ "done", 20001, i }, bystander:receive_message(30))
      end
      greedy:close()
      bystander:close()
    end)
end)

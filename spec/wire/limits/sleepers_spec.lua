-- A hundred thousand runs that wait at once.
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local mischief = require "spec.support.mischief"
local wait = require "spec.support.wait"

local action, count = mischief.action, mischief.count
local echo, resident = mischief.echo, mischief.resident
local ECHO, ENV = mischief.ECHO, mischief.ENV

describe("A hundred thousand sleeping runs", function()
  local MOST, AT_ONCE = 100000, 5000
  local LATE = 3 -- seconds for the bystander, while all of them are woken
  local base, app, attacker, bystander

  setup(function()
    base, app = application.start {
      files = {
        ["actions/echo.lua"] = ECHO,
        ["actions/sleep.lua"] = action [[
          local function count(what)
            base.state[what] = (base.state[what] or 0) + 1
          end
          local function sleep(till)
            count "asleep"
            base.sleep(till - base.now())
            count "awake"
          end
          local body = message.body
          for _ = 1, body.count do base.spawn(sleep, body.till) end
          return message:respond "asleep"
        ]],
        ["actions/nap.lua"] = action [[
          base.sleep(0.01)
          return message:respond "rested"
        ]],
        ["actions/count.lua"] = action [[
          return message:respond("count", base.state[message.body])
        ]],
        ["actions/collect.lua"] = action [[
          collectgarbage()
          return message:respond "collected"
        ]],
      },
      settings = ([[limits = { coroutines = %d, rate = 0, run_time = 5,
        memory = 1 << 30 },]]):format(MOST),
      env = ENV,
    }
    attacker = client.join { port = base.port, user = "attacker" }
    bystander = client.join { port = base.port, user = "bystander" }
  end)

  teardown(function()
    attacker:close()
    bystander:close()
    base:stop()
  end)

  local function ask(command, body)
    attacker:send_message(command, body, 1)
    assert.is_true(echo(bystander, 1) < LATE)
    return attacker:receive_message(30)
  end

  -- Returns how many seconds it took.
  local function send_to_sleep(till)
    local began = socket.gettime()
    local body = { count = AT_ONCE, till = till }
    assert.equal("asleep", ask("sleep", body)[1])
    return socket.gettime() - began
  end

  local function wait_count(what, number)
    wait.for_(60, "all of them to be " .. what, function()
      return ask("count", what)[2] == number
    end)
  end

  -- Returns the heap's size afterwards, and what the system had given when all
  -- of them slept. Before, so many have slept.
  local function fill_and_wait(pause, before)
    local till = socket.gettime() + 4 + 3 * pause * MOST // AT_ONCE
    for _ = 1, MOST // AT_ONCE do send_to_sleep(till) end
    wait_count("asleep", before + MOST)
    local most = resident(base.process.id)
    assert.equal("busy", ask("nap")[2].code)
    wait_count("awake", before + MOST)
    assert.equal("rested", ask("nap")[1])
    local heap, last
    repeat
      last = heap
      ask "collect"
      heap = select(2, app:get("GET", "/stats")).memory.lua
    until last and heap >= last
    return heap, most
  end

  it("end at limits.coroutines, and leave room for as many",
    function()
      local pause = send_to_sleep(socket.gettime() + 0.5)
      wait_count("awake", AT_ONCE)
      local heap, most = fill_and_wait(pause, AT_ONCE)
      local heap_then, most_then = fill_and_wait(pause, AT_ONCE + MOST)
      local more, more_at_most = heap_then - heap, most_then - most
      assert.is_true(more < 1 << 20, more .. " bytes more of the heap")
      assert.is_true(more_at_most < 16 << 20, more_at_most .. " bytes more")
      assert.equal(2, count(base:log(), "limits.coroutines: "), base:log())
    end)
end)

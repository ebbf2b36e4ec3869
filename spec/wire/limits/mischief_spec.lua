-- Scripts misbehave, and a bystander's echo is answered all the same.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local mischief = require "spec.support.mischief"
local wait = require "spec.support.wait"

local action, count = mischief.action, mischief.count
local echo, resident = mischief.echo, mischief.resident
local ECHO, ENV, PATIENCE = mischief.ECHO, mischief.ENV, mischief.PATIENCE

local ROUNDS = 4 -- of everything, after which memory has come back
local SLACK, HEAP_SLACK = 6 << 20, 50000 -- bytes, for all of them

local SETTINGS = [[
  limits = { run_time = 0.2, run_memory = 1 << 20, timers = 5000,
    coroutines = 2000, rate = 0 },
  heartbeat = { interval = 3600, timeout = 3600 },
]]

-- Name -> what the action does, and what the log says of it, at which line.
local ATTACKS = {
  loop = { "while true do end", "run_time has passed", 2 },
  coroutine = {
    "coroutine.wrap(function() while true do end end)()",
    "run_time has passed", 2,
  },
  pcall = {
    "while true do pcall(function() while true do end end) end",
    "run_time has passed", 2,
  },
  nested = {
    [[local function nest(level)
        while true do
          coroutine.resume(coroutine.create(nest), level + 1)
        end
      end
      nest(1)]],
    "run_time has passed",
  },
  index = {
    "return setmetatable({}, { __index = function() while true do end end }).x",
    "run_time has passed", 2,
  },
  close = {
    [[local _ <close> = setmetatable({}, { __close = function()
        while true do end
      end })
      while true do end]],
    "run_time has passed", 5,
  },
  sort = {
    "table.sort({ 3, 2, 1 }, function() while true do end end)",
    "run_time has passed", 2,
  },
  doubling = {
    "local text = 'x' while true do text = text .. text end",
    "run_memory has passed", 2,
  },
  listing = {
    "local list = {} while true do list = { list, ('x'):rep(9999) .. 1 } end",
    "run_memory has passed", 2,
  },
  timers = {
    "for _ = 1, 1000000 do base.after(0.001, os.time) end",
    "limits.timers: ", 2, "busy",
  },
  pattern = {
    "local found = (('a'):rep(26)):find(('a-'):rep(8) .. 'b') return found",
    "run_time has passed: the event loop was blocked", 2,
  },
  recursion = {
    "local function f() return 1 + f() end return f()",
    "run_memory has passed", 2,
  },
  raising_nil = { "error(nil)", "nil" },
  raising_a_table = { "error({})", "error {} " },
  sorting_asleep = {
    "table.sort({ 3, 2, 1 }, function() base.sleep(1) end)",
    "cannot wait inside a callback", 2,
  },
  replacing_asleep = {
    "return ('x'):gsub('x', function() base.sleep(1) end)",
    "cannot wait inside a callback", 2,
  },
  collecting = {
    "setmetatable({}, { __gc = function() while true do end end })",
    "__gc is not available to a project's files", 2,
  },
}

local function project()
  local texts = { ["actions/echo.lua"] = ECHO }
  texts["actions/collect.lua"] = action [[
    collectgarbage()
    return message:respond "collected"
  ]]
  texts["actions/last.lua"] = action [[
    connection:send(message:respond "done")
    return (('a'):rep(26)):find(('a-'):rep(8) .. 'b')
  ]]
  texts["actions/sleep.lua"] = action [[
    if message.id then base.sleep(0.1) end
    for _ = 1, 2000 do base.spawn(base.sleep, 1) end
    base.spawn(function() connection:send "full" end)
  ]]
  for name, attack in pairs(ATTACKS) do
    texts["actions/" .. name .. ".lua"] = action(attack[1])
  end
  return texts
end

-- The line of the log that has the text.
local function line_with(log, what)
  for line in log:gmatch "[^\n]+" do
    if line:find(what, 1, true) then return line end
  end
end

-- A row of the table that MISCHIEF_TABLE names, if it does: the attack, what
-- became of it, the bystander's answer, and the memory before and after.
local function tell(name, what, took, before, after)
  local path = os.getenv "MISCHIEF_TABLE"
  if not path then return end
  local file <close> = assert(io.open(path, "a"))
  file:write(("| %s | %s | %.0f ms | %.1f, %.1f MB |\n"):format(name, what,
    took * 1000, before / 1e6, after / 1e6))
end

local function descriptors(id)
  local list <close> = io.popen(("ls /proc/%d/fd | wc -l"):format(id))
  return list:read "n"
end

describe("While a script misbehaves", function()
  local base, app, bystander, attacker

  setup(function()
    base, app = application.start {
      files = project(), settings = SETTINGS, env = ENV,
    }
    bystander = client.join { port = base.port, user = "bystander" }
    attacker = client.join { port = base.port, user = "attacker" }
  end)

  teardown(function()
    bystander:close()
    attacker:close()
    base:stop()
  end)

  for name, attack in pairs(ATTACKS) do
    it("the others are served: " .. name, function()
      local what, line, code = attack[2], attack[3], attack[4] or "failed"
      local before, memory = #base:log(), resident(base.process.id)
      attacker:send_message(name, nil, 1)
      local took = echo(bystander, name)
      -- A function of C is reported, not bounded.
      if name ~= "pattern" then assert.is_true(took < PATIENCE, took) end
      local answer = attacker:receive_message(30)
      assert.same({ "error", code, 1 }, { answer[1], answer[2].code,
        answer[3] })
      base:wait_log(what:gsub("%p", "%%%0"))
      local log = base:log():sub(before + 1)
      assert.equal(1, count(log, "command=" .. name), log)
      local told = line_with(log, "command=" .. name)
      assert.matches(what, told, 1, true)
      if line then
        assert.matches(("actions/%s.lua:%d: "):format(name, line), told, 1,
          true)
      end
      assert.is_true(echo(bystander, 2) < 1)
      assert.is_true(echo(attacker, 3) < 1)
      tell(name, what, took, memory, resident(base.process.id))
    end)
  end

  it("an action that ends late by itself is only logged", function()
    attacker:send_message("last", nil, 1)
    assert.equal("done", attacker:receive_message(30)[1])
    base:wait_log "actions/last.lua:3: limits.run_time has passed: the event"
    assert.is_true(echo(attacker, 1) < 1)
  end)

  it("at most limits.coroutines runs wait", function()
    attacker:send_message "sleep"
    assert.same({ "full" }, attacker:receive_message())
    assert.is_true(echo(bystander, 1) < 1)
    attacker:send_message("sleep", nil, 1)
    local answer = attacker:receive_message()
    assert.same({ "error", "busy", 1 }, { answer[1], answer[2].code,
      answer[3] })
    base:wait_log "actions/sleep.lua:2: limits.coroutines: "
  end)

  it("memory and descriptors come back, however often", function()
    local id = base.process.id
    local function collect()
      attacker:send_message("collect", nil, 1)
      assert.equal("collected", attacker:receive_message(30)[1])
    end
    local function heap()
      collect()
      return select(2, app:get("GET", "/stats")).memory.lua
    end
    local function all(times)
      for _ = 1, times do
        for name, attack in pairs(ATTACKS) do
          attacker:send_message(name, nil, 1)
          assert.equal(attack[4] or "failed", attacker:receive_message(30)[2]
            .code)
        end
      end
    end
    all(1)
    local before = heap()
    wait.for_(10, "the heap to be as small as it was", function()
      local last = before
      before = heap()
      return before >= last
    end)
    local memory, open = resident(id), descriptors(id)
    all(ROUNDS)
    wait.for_(10, "the heap to be as small as it was", function()
      return heap() - before < HEAP_SLACK
    end)
    wait.for_(30, "the memory to be given back", function()
      collect()
      return resident(id) - memory < SLACK
    end)
    wait.for_(5, "the descriptors to be given back", function()
      return descriptors(id) <= open
    end)
  end)
end)

-- Scripts misbehave, and a bystander's echo is answered all the same.
local cjson = require "cjson"
local socket = require "socket"

local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"
local stream = require "spec.support.peers.stream"
local wait = require "spec.support.wait"

local RUN_TIME = 0.2
local PATIENCE = RUN_TIME + 1 -- seconds for the bystander's echo
local ROUNDS = 4 -- of everything, after which memory has come back
local SLACK, HEAP_SLACK = 6 << 20, 50000 -- bytes, for all of them

local SETTINGS = [[
  limits = { run_time = 0.2, run_memory = 1 << 20, timers = 5000,
    coroutines = 2000, rate = 0 },
  heartbeat = { interval = 3600, timeout = 3600 },
]]

-- Freed memory goes back to the system, so that it can be told whether it was.
local ENV = {
  ASAN_OPTIONS = "quarantine_size_mb=1:allocator_release_to_os_interval_ms=99",
}

local function action(body)
  return 'local base = require "base" '
    .. "return function(connection, message)\n" .. body .. "\nend\n"
end

local ECHO = action [[return message:respond("echo", message.body)]]

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

local function count(text, what)
  local found, from = 0, 1
  while true do
    from = text:find(what, from, true)
    if not from then return found end
    found, from = found + 1, from + 1
  end
end

-- The line of the log that has the text.
local function line_with(log, what)
  for line in log:gmatch "[^\n]+" do
    if line:find(what, 1, true) then return line end
  end
end

-- Echoes, and returns how many seconds that took.
local function echo(peer, id)
  local began = socket.gettime()
  peer:send_message("echo", id, id)
  assert.same({ "echo", id, id }, peer:receive_message(30))
  return socket.gettime() - began
end

local function resident(id)
  local status = files.read(("/proc/%d/status"):format(id))
  return tonumber(status:match "VmRSS:%s*(%d+)") * 1024
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

describe("A file that does not end", function()
  local ENDLESS = "\nwhile true do end"

  it("is ended by base check", function()
    local folder = files.folder()
    files.write(folder .. "/base.lua",
      "return { limits = { run_time = 0.1 }, authenticate = print }")
    files.write(folder .. "/actions/endless.lua", ENDLESS)
    files.write(folder .. "/actions/other.lua", ENDLESS)
    local check = process.start({ server.program(), "check", folder })
    assert.equal(1, check:wait_end(10))
    for _, name in ipairs { "endless", "other" } do
      assert.matches(("actions/%s.lua:2: limits.run_time has passed"):format(
        name), check:log(), 1, true)
    end
    check:remove()
    files.remove(folder)
  end)

  it("is ended and named by base check in a folder of actions", function()
    local folder = files.folder()
    files.write(folder .. "/base.lua",
      "return { limits = { run_time = 0.02 }, authenticate = print }")
    files.run(("mkdir -p %s/actions && cd %s && for i in $(seq 20); do "
      .. "mkdir $i; ln -s ../$((i + 1)) $i/a; ln -s ../$((i + 1)) $i/b; done; "
      .. "mkdir 21; ln -s ../1 actions/many"):format(folder, folder))
    local check = process.start({ server.program(), "check", folder })
    assert.equal(1, check:wait_end(10))
    assert.matches("actions/many[^ ]*: limits.run_time has passed", check:log())
    check:remove()
    files.remove(folder)
  end)

  it("does not start, even as base.lua", function()
    local base = server.launch { files = { ["base.lua"] = ENDLESS } }
    local _, log = base:wait_end(1)
    assert.matches("base.lua:2: limits.run_time has passed", log, 1, true)
  end)

  it("is not loaded on SIGHUP, and the old project stays", function()
    local base <close> = server.start {
      files = { ["actions/echo.lua"] = ECHO }, settings = SETTINGS,
    }
    local peer = client.join { port = base.port }
    files.write(base.dir .. "/actions/endless.lua", ENDLESS)
    base:signal "HUP"
    assert.is_true(echo(peer, 1) < PATIENCE)
    base:wait_log "not reloaded"
    assert.matches("actions/endless.lua:2: limits.run_time has passed",
      base:log(), 1, true)
    assert.is_true(echo(peer, 2) < 1)
    peer:close()
  end)
end)

-- What base.lua names, in a server in which it loops when it is told to.
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

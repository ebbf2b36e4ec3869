-- The load generator of the benchmark trusts no answer.
local cjson = require "cjson"

local server = require "spec.support.server"

local FILES = {
  ["actions/echo.lua"] = [[
    return function(_, message)
      return message:respond("echo", message.body)
    end]],
  -- Once in a while another byte at the end of a long text.
  ["actions/slip.lua"] = [[
    local count = 0
    return function(_, message)
      count = count + 1
      local body = message.body
      if count == 300 then body = body:sub(1, -2) .. "!" end
      return message:respond("slip", body)
    end]],
  ["actions/silent.lua"] = [[
    local base = require "base"
    return function() base.spawn(function() end) end -- may answer
  ]],
  ["actions/twice.lua"] = [[
    return function(connection, message)
      connection:send(message:respond("twice", message.body))
      return message:respond("twice", message.body)
    end]],
  ["actions/leave.lua"] = [[
    return function(connection) connection:close(4100, "enough") end]],
  ["actions/tell.lua"] = [[
    local base = require "base"
    return function(_, message)
      base.broadcast("told", message.body)
      return message:respond("ok")
    end]],
  ["actions/tell_most.lua"] = [[
    local base = require "base"
    return function(connection, message)
      base.broadcast("told", message.body, { except = connection })
      return message:respond("ok")
    end]],
  ["base.lua"] = [[
    return {
      address = "127.0.0.1",
      authenticate = function(connection, register)
        register(connection, { id = connection.request.query.id })
      end,
      channels = {
        ["room:*"] = { send = true, presence = true },
        ["plain:*"] = { send = true },
        ["kept:*"] = { send = true, history = { size = 200 } },
        ["short:*"] = { send = true, history = { size = 2 } },
        ["slip:*"] = { send = function(_, message)
          return require "base".Message("said", message.body .. "!")
        end },
        ["lost:*"] = { send = function(connection, _, channel)
          channel:leave(connection)
          return true
        end },
      },
      offline_after = 0,
      limits = { rate = 0 },
    }]],
}

local PROGRAM = server.program():gsub("[^/]*$", "") .. "base-load"

describe("The load generator", function()
  local base

  setup(function() base = server.start { files = FILES } end)
  teardown(function() base:stop() end)

  local function load(arguments)
    local pipe = io.popen(("%s --warmup 0 --seconds 0.2 %s 127.0.0.1:%d 2>&1")
      :format(PROGRAM, arguments, base.port))
    local text = pipe:read "a"
    local _, _, status = pipe:close()
    return status, text
  end

  local function succeeds(arguments)
    local status, text = load(arguments)
    assert.equal(0, status, text)
    return cjson.decode(text)
  end

  local function fails(arguments, words)
    local status, text = load(arguments)
    assert.equal(1, status, text)
    assert.matches("^base%-load: [^\n]*\n$", text)
    assert.is_truthy(text:find(words, 1, true), text)
  end

  it("counts answers that are right", function()
    local got = succeeds "--connections 3 --in-flight 4 --size 1000"
    assert.is_true(got.done > 0)
    assert.is_true(got.p50_us > 0 and got.p50_us <= got.p99_us)
    assert.is_true(got.p99_us <= got.p999_us and got.p999_us <= got.max_us)
    assert.is_true(got.bytes_in > 1000 * got.done)
  end)

  it("reads the CPU and the memory of the server", function()
    local got = succeeds("--connections 9 --in-flight 16 --seconds 0.5 --pid "
      .. base.process.id)
    assert.is_true(got.server_cpu > 0)
    assert.is_true(got.memory_before > 1e6)
  end)

  it("keeps a rate", function()
    local got = succeeds "--work open --rate 500 --connections 5 --seconds 1"
    assert.is_true(got.done >= 400 and got.done <= 600, got.done)
  end)

  it("opens and closes", function()
    assert.is_true(succeeds("--work connect --connections 3").done > 0)
  end)

  it("counts each who was told", function()
    local got = succeeds("--work tell --connections 20 --command tell "
      .. "--body '\"#\"' --answer ok --answer-body null --told told")
    assert.is_true(got.done >= 20)
  end)

  it("counts each who heard what was said to its channel", function()
    local said = "--work say --told-body '\"#\"' --connections 20 --channels 3"
    for _, kind in ipairs { "plain:", "kept: --keeps" } do
      assert.is_true(succeeds(said .. " --channel " .. kind).done >= 20)
    end
  end)

  it("joins and leaves, one by one and at once, beside a bystander", function()
    local got = succeeds "--work join --connections 5 --channel plain:"
    assert.is_true(got.done > 0)
    got = succeeds "--work storm --connections 50 --bystander --seconds 0.5"
    assert.is_true(got.done >= 50)
    assert.is_true(got.bystander_p99_us > 0)
    assert.is_true(got.bystander_p99_us <= got.bystander_max_us)
  end)

  it("recovers what it missed", function()
    local got = succeeds("--work recover --told-body '\"#\"' --channel kept:r "
      .. "--connections 9 --missed 20 --bystander --pid " .. base.process.id)
    assert.is_true(got.done >= 3 * 8 and got.done % 8 == 0, got.done)
    assert.is_true(got.seconds < 1 and got.server_cpu > 0)
  end)

  it("finds what is not as it was said, or was not heard, or is lost",
    function()
      fails("--work say --told-body '\"#\"' --channel slip:",
        "is not the answer of a channel that was expected")
      fails("--work say --told-body '\"#\"' --channel kept:",
        "is not the $joined that was expected")
      fails("--work say --told-body '\"#\"' --channel lost:",
        "is not the answer of a channel that was expected")
      fails("--work recover --told-body '\"#\"' --channel short: --missed 20 "
        .. "--connections 5", "is not the recovery that was expected")
      fails("--work join --channel nowhere:",
        "is not the $joined that was expected")
    end)

  it("finds one wrong byte among many answers", function()
    fails("--connections 4 --in-flight 4 --size 5000 --command slip",
      "is not the answer that was expected")
  end)

  it("finds an answer too many", function()
    fails("--command twice", "is not the answer that was expected")
  end)

  it("finds somebody who was not told", function()
    fails("--work tell --connections 20 --command tell_most --body '\"#\"' "
      .. "--answer ok --answer-body null --told told --seconds 9 "
      .. "--patience 0.5", "was silent for 0.5 s")
  end)

  it("does not wait for ever", function()
    fails("--command silent --seconds 9 --patience 0.5", "was silent for 0.5 s")
    fails("--command silent", "nothing was answered in 0.2 s")
  end)

  it("says what the server closed with", function()
    fails("--command leave", "the server closed it with 4100 enough")
  end)

  it("says what is wrong with its arguments", function()
    fails("--connections none", "--connections is a number from 1 to 60000")
    fails("--work hard", "--work is one of ask, open, tell, connect, idle, "
      .. "say, join, storm, recover")
  end)

  it("says when there is no server", function()
    local port = server.free_port()
    local pipe = io.popen(("%s 127.0.0.1:%d 2>&1"):format(PROGRAM, port))
    assert.equal("base-load: no connection: Connection refused\n",
      pipe:read "a")
    pipe:close()
  end)
end)

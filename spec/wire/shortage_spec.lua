-- Descriptors run out: who is there is served, who comes waits.
local socket = require "socket"

local client = require "spec.support.client"
local files = require "spec.support.files"
local http = require "spec.support.http"
local server = require "spec.support.server"
local stream = require "spec.support.stream"

local COMPLAINT = "error cannot accept: [^\n]*ulimit %-n"

local ECHO = [[
return function(_, message)
  return message:respond("echo", message.body)
end
]]

local SPARE = 8

-- Leaves a process SPARE descriptors above those that it has, and returns how
-- many are free by then: more when a high one was inherited.
local function limit_descriptors(id)
  local list = io.popen(("ls /proc/%d/fd"):format(id))
  local highest, count = 0, 0
  for name in list:lines() do
    highest, count = math.max(highest, tonumber(name)), count + 1
  end
  list:close()
  local limit = highest + 1 + SPARE
  files.run(("prlimit --pid %d --nofile=%d:"):format(id, limit))
  return limit - count
end

describe("Without descriptors", function()
  it("the server goes on, says so once, and accepts again", function()
    local base <close> = server.start {
      files = { ["actions/echo.lua"] = ECHO },
      settings = "http = function() return 200, 'served' end, "
        .. "limits = { handshake_time = 0 },",
    }
    local peer = client.join { port = base.port }
    local function converse(id)
      peer:send_message("echo", id, id)
      assert.same({ "echo", id, id }, peer:receive_message())
    end

    local room = limit_descriptors(base.process.id)
    local crowd = {}
    for i = 1, room + 3 do crowd[i] = stream.connect { port = base.port } end
    base:wait_log(COMPLAINT)
    converse(1)
    local late = stream.connect { port = base.port }
    late:send(http.head { path = "/" })
    -- Longer than accepting pauses: it is tried again, and said no more.
    assert.same({ nil, "timeout" }, { late:read(1, socket.gettime() + 0.5) })
    converse(2)
    local _, complaints = base:log():gsub("cannot accept", "")
    assert.equal(1, complaints)

    for _, other in ipairs(crowd) do other:close() end
    local answer = assert(http.read(late, socket.gettime() + 5))
    assert.equal("served", answer.body)
    converse(3)
    late:close()
    peer:close()
  end)
end)

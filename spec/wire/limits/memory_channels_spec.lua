-- Memory runs out in the middle of what channels do, at one allocation after
-- another: a member gets each message or is disconnected, and nobody waits for
-- ever.
local cjson = require "cjson"
local socket = require "socket"

local client = require "spec.support.peers.client"
local failing = require "spec.support.faults.failing"
local frame = require "spec.support.peers.frame"

local PATIENCE = 4 -- seconds

local FILES = {
  ["actions/echo.lua"] = [[
return function(_, message) return message:respond("echo", message.body) end
]],
  ["actions/script.lua"] = [[
local base = require "base"
return function(connection, message)
  local room = base.channel "room:script"
  room:join(connection, { name = "Ada" })
  connection.user:join("room:user", { n = 1 })
  connection.user:leave "room:user"
  room:leave(connection, "done")
  return message:respond "done"
end
]],
  ["actions/read.lua"] = [[
local base = require "base"
return function(connection, message)
  local room = base.channel "room:read"
  room:send("said", message.body)
  local list = room:history { limit = 2 }
  local members, users = room:members(), room:count()
  room:clear()
  return message:respond("done", { list and #list, members and users })
end
]],
}

-- The second message of a channel takes the place of the first, and a few more
-- are over limits.history_memory.
local SETTINGS = [[
offline_after = 0.1,
limits = { rate = 0, history_memory = 1000, authenticate_time = 3 },
channels = {
  ["room:*"] = { send = true, presence = true,
    join = function(connection) return true, { id = connection.id } end,
    history = { size = 1, seconds = 1 },
    occupied = function() end, vacated = function() end },
},
]]

-- Says what has an id, and takes messages until that is answered or the
-- connection is at its end.
local function ask(peer, command, body, id, channel)
  local deadline = socket.gettime() + PATIENCE
  peer:send_text(cjson.encode { command, body, id, channel })
  while true do
    local opcode, payload = peer:receive(deadline - socket.gettime())
    if not opcode then
      if payload == "timeout" then error("it waits in vain", 2) end
      return nil
    elseif opcode == frame.CLOSE then
      peer:send_close(1000)
    elseif opcode == frame.TEXT then
      local message = cjson.decode(payload)
      if message[1] == "reconnect" then return nil end
      if message[3] == id then return message end
    end
  end
end

local users = 0

-- Each is another user: the script may have let one in for ever.
local function join(base)
  users = users + 1
  return client.join { port = base.port, user = "u" .. users }
end

describe("When memory runs out while", function()
  local server

  setup(function()
    server = failing.start { files = FILES, settings = SETTINGS }
  end)

  teardown(function() server:stop() end)

  -- Once it is gone for one allocation, once from there on.
  local function play(tell)
    for _, lasting in ipairs { false, true } do
      local number = 0
      local count = server:play(join, function(_, peer)
        number = number + 1
        tell(peer, number)
        peer:close()
      end, lasting)
      assert.is_true(count > 0, "no allocation failed")
    end
  end

  it("a client joins, and leaves", function()
    play(function(peer, number)
      local name = "room:" .. number % 7
      if ask(peer, "$join", { last = 5 }, 1, name) then
        ask(peer, "$leave", cjson.null, 2, name)
      end
    end)
  end)

  it("members say something, and read the history", function()
    play(function(peer, number)
      local name = "room:" .. number % 7
      for id, command in ipairs { "$join", "said", "said", "$history" } do
        local body = command == "said" and ("x"):rep(200) or cjson.null
        if not ask(peer, command, body, id, name) then return end
      end
    end)
  end)

  it("a member is lost", function()
    play(function(peer)
      ask(peer, "$join", cjson.null, 1, "room:lost")
      peer:close(true)
    end)
  end)

  it("a script joins, and puts out", function()
    play(function(peer) ask(peer, "script", "hi", 1) end)
  end)

  it("a script sends, reads and clears", function()
    play(function(peer) ask(peer, "read", "hi", 1) end)
  end)

  it("members see each other's messages in order, or are gone", function()
    local positions = 0
    play(function(peer, number)
      local name = "room:order"
      local answer = ask(peer, "$join", cjson.null, 1, name)
      if not answer or answer[1] ~= "$joined" then return end
      local sent = ask(peer, "said", number, 2, name)
      if not sent or sent[1] ~= "$sent" then return end
      assert.is_true(sent[2].position > answer[5])
      positions = positions + 1
    end)
    assert.is_true(positions > 0)
  end)
end)

-- Channels over real sockets: members over tabs and losses, what was missed
-- after a cut and a reload, a member that does not read, and a crowd.
local cjson = require "cjson"
local socket = require "socket"

local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"

local CROWD = 1000
local PATIENCE = 10 -- seconds

local SETTINGS = [[
offline_after = 0.3,
limits = { rate = 0, queue_size = 200000, members_listed = 500, %s },
channels = {
  ["room:*"] = { send = true, presence = true, history = { size = 100 } },
  ["crowd:*"] = { send = true, presence = true },
  ["quiet:*"] = { send = true },
},
]]

local function join_as(base, user)
  return client.join { port = base.port, user = user }
end

-- Takes messages until one has the command, which is returned.
local function await(peer, command, id)
  local deadline = socket.gettime() + PATIENCE
  while socket.gettime() < deadline do
    local message = assert(peer:receive_message(PATIENCE))
    if message[1] == command and (not id or message[3] == id) then
      return message
    end
  end
  error("no " .. command, 2)
end

local function ask(peer, command, body, channel)
  local id = socket.gettime() * 1000 // 1
  peer:send_text(cjson.encode { command, body or cjson.null, id, channel })
  return await(peer, command == "$join" and "$joined" or "$sent", id)
end

describe("Members of a channel", function()
  local base

  setup(function() base = server.start { settings = SETTINGS:format "" } end)

  teardown(function() base:stop() end)

  it("see each other over tabs and losses, and what is said", function()
    local bob <close> = join_as(base, "bob")
    ask(bob, "$join", nil, "room:1")
    local ada, tab = join_as(base, "ada"), join_as(base, "ada")
    assert.same({ ada = {}, bob = {} },
      ask(ada, "$join", nil, "room:1")[2].members)
    assert.same({ came = { ada = {} }, count = 2 }, await(bob, "$members")[2])
    ask(tab, "$join", nil, "room:1")
    ada:close(true)
    ask(tab, "said", "still here", "room:1")
    local message = bob:receive_message()
    assert.same({ "said", "still here", cjson.null, "room:1", 1 }, message)
    tab:close(true)
    assert.same({ went = { "ada" }, count = 1 }, await(bob, "$members")[2])
  end)

  it("get what they missed after a cut, over a reload", function()
    local bob <close> = join_as(base, "bob")
    local ada = join_as(base, "ada")
    local joined = ask(ada, "$join", nil, "room:2")
    ask(bob, "$join", nil, "room:2")
    ask(bob, "said", 1, "room:2")
    assert.equal(1, await(ada, "said")[5])
    ada:close(true)
    ask(bob, "said", 2, "room:2")
    base:reload()
    ask(bob, "said", 3, "room:2")
    local back <close> = join_as(base, "ada")
    local again = ask(back, "$join",
      { since = 1, epoch = joined[2].epoch }, "room:2")
    assert.is_true(again[2].recovered)
    assert.same({ { "said", 2, 2 }, { "said", 3, 3 } }, again[2].missed)
    assert.equal(3, again[5])
    ask(bob, "said", 4, "room:2")
    assert.equal(4, await(back, "said")[5])
  end)

  it("go on where one does not read, who is sent away", function()
    local slow, bob = join_as(base, "slow"), join_as(base, "bob")
    local eve = join_as(base, "eve")
    for _, each in ipairs { slow, bob, eve } do
      ask(each, "$join", nil, "quiet:1")
    end
    local text = ("x"):rep(50000)
    for _ = 1, 200 do -- more than the sockets' buffers and the queue hold
      ask(bob, "said", text, "quiet:1")
      assert.equal(text, await(eve, "said")[2])
    end
    base:wait_log "reads too slowly"
    local opcode, payload
    repeat opcode, payload = slow:receive(PATIENCE) until opcode ~= frame.TEXT
    assert.equal(frame.CLOSE, opcode)
    assert.equal(4008, (client.read_close(payload)))
    for _, each in ipairs { slow, bob, eve } do each:close() end
  end)

  it("may be a thousand: each gets each message once", function()
    local crowd = {}
    for i = 1, CROWD do
      crowd[i] = join_as(base, "u" .. i)
      crowd[i]:send_text '["$join",null,1,"crowd:1"]'
    end
    for i = 1, CROWD do
      local body = await(crowd[i], "$joined", 1)[2]
      assert.equal(i, body.count)
      assert.equal(i > 500, body.listed == false)
    end
    for n = 1, 3 do
      crowd[n]:send_text(('["said",%d,null,"crowd:1"]'):format(n))
    end
    for i = 1, CROWD do
      local seen = {}
      for _ = 1, 3 do seen[#seen + 1] = await(crowd[i], "said")[2] end
      table.sort(seen)
      assert.same({ 1, 2, 3 }, seen)
    end
    for i = 1, CROWD do crowd[i]:close(true) end
    local last <close> = join_as(base, "last")
    local body = ask(last, "$join", nil, "crowd:1")[2]
    repeat body = body.count == 1 and body or await(last, "$members")[2]
    until body.count == 1
  end)
end)

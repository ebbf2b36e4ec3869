-- What a reload does to channels that exist: nobody is thrown out, and all that
-- comes obeys the new rules.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"

local BASE_LUA = [[
local base = require "base"
return {
  address = "127.0.0.1",
  offline_after = 0,
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.user or "ada" })
  end,
  channels = {%s},
}]]

-- Sends to the room, whatever the rules say.
local TELL = [[
local base = require "base"
return function(_, message)
  base.channel "room":send("told", message.body)
end]]

local OPEN = 'room = { send = true },'
local CLOSED = 'room = { join = function() return false end },'
local KEPT = 'room = { send = true, history = { size = 9 } },'

describe("A reload, to a channel with members,", function()
  local base, peers

  before_each(function() peers = {} end)
  after_each(function()
    for _, peer in ipairs(peers) do peer:close() end
    base:stop()
  end)

  local function start(rules)
    base = server.start { files = { ["base.lua"] = BASE_LUA:format(rules),
      ["actions/tell.lua"] = TELL } }
  end

  local function write(rules)
    files.write(base.dir .. "/base.lua", BASE_LUA:format(rules))
  end

  local function reload(rules)
    write(rules)
    base:reload()
  end

  local function enter(user)
    local peer = client.join { port = base.port, user = user }
    peers[#peers + 1] = peer
    return peer
  end

  -- What comes next: its command (of an error the code), body and position.
  local function hear(peer)
    local message = peer:receive_message()
    local body = message[2]
    return message[1] == "error" and body.code or message[1], body, message[5]
  end

  local function ask(peer, text)
    peer:send_text(text)
    return hear(peer)
  end

  local function join(peer, body)
    return ask(peer, ('["$join",%s,1,"room"]'):format(body or "null"))
  end

  it("leaves them there, and lets nobody in whom the new rule refuses",
    function()
      start(OPEN)
      local ada, eve = enter "ada", enter "eve"
      assert.equal("$joined", (join(ada)))
      reload(CLOSED)
      assert.equal("forbidden", (join(eve)))
      ada:send_message("tell", "hi")
      assert.same({ "told", "hi" }, { hear(ada) })
      assert.equal("forbidden", (ask(ada, '["said","x",2,"room"]')))
      assert.equal("$left", (ask(ada, '["$leave",null,3,"room"]')))
      assert.equal("forbidden", (join(ada)))
    end)

  it("leaves them there where no rule fits any more", function()
    start(OPEN)
    local ada = enter "ada"
    join(ada)
    reload ""
    ada:send_message("tell", "hi")
    assert.same({ "told", "hi" }, { hear(ada) })
    assert.equal("forbidden", (join(enter "eve")))
  end)

  it("lets those in whom the old rule refused", function()
    start(CLOSED)
    local eve = enter "eve"
    assert.equal("forbidden", (join(eve)))
    reload '["ro*"] = {},'
    assert.equal("$joined", (join(eve)))
  end)

  it("begins a history, ends it, and begins another one", function()
    start(OPEN)
    local ada = enter "ada"
    assert.is_nil(select(2, join(ada)).epoch)
    reload(KEPT)
    ada:send_text '["said",1,null,"room"]'
    assert.same({ "said", 1, 1 }, { hear(ada) })
    local _, before, position = join(ada, '{"last":9}')
    assert.same({ 1, { { "said", 1, 1 } } }, { position, before.missed })
    reload(OPEN)
    ada:send_text '["said",2,null,"room"]'
    assert.same({ "said", 2 }, { hear(ada) })
    reload(KEPT)
    ada:send_text '["said",3,null,"room"]'
    hear(ada)
    local since = ('{"since":1,"epoch":"%s"}'):format(before.epoch)
    local _, after = join(ada, since)
    assert.same({ false, {} }, { after.recovered, after.missed })
    assert.are_not.equal(before.epoch, after.epoch)
  end)

  it("keeps a history that the new rule has too", function()
    start(KEPT)
    local ada = enter "ada"
    local _, before = join(ada)
    ada:send_text '["said",1,null,"room"]'
    ada:send_text '["said",2,null,"room"]'
    hear(ada)
    hear(ada)
    reload('["*"] = { send = true, history = { size = 2 } },')
    ada:send_text '["said",3,null,"room"]'
    assert.same({ "said", 3, 3 }, { hear(ada) })
    local since = '{"since":%d,"epoch":"%s"}'
    local _, after = join(ada, since:format(1, before.epoch))
    assert.is_true(after.recovered)
    assert.same({ { "said", 2, 2 }, { "said", 3, 3 } }, after.missed)
    _, after = join(ada, since:format(0, before.epoch))
    assert.is_false(after.recovered)
  end)

  it("tells the members of each other from then on, or no longer", function()
    start(OPEN)
    local ada = enter "ada"
    join(ada)
    reload 'room = { presence = true },'
    local eve = enter "eve"
    join(eve)
    local members = {}
    repeat
      local command, body = hear(ada)
      assert.equal("$members", command)
      for _, part in ipairs { body.members or {}, body.came or {} } do
        for id in pairs(part) do members[id] = true end
      end
    until members.ada and members.eve
    reload(OPEN)
    join(enter "bob")
    ada:send_message("tell", "hi")
    assert.same({ "told", "hi" }, { hear(ada) })
  end)

  it("gives a waiting join to the rule that began it", function()
    start [[ room = { join = function(connection)
      connection:send "asked"
      return connection:call "may" == true
    end },]]
    local ada = enter "ada"
    ada:send_text '["$join",null,1,"room"]'
    assert.equal("asked", (hear(ada)))
    local question = ada:receive_message()
    reload(CLOSED)
    ada:send_text(('["ok",true,"%s"]'):format(question[3]))
    assert.equal("$joined", (hear(ada)))
    assert.equal("forbidden", (join(enter "eve")))
  end)

  it("calls the hooks of the new rule", function()
    start 'room = { vacated = function() print "old" end },'
    local ada = enter "ada"
    join(ada)
    reload 'room = { vacated = function() print "new" end },'
    ask(ada, '["$leave",null,2,"room"]')
    base:wait_log "info new"
    assert.is_nil(base:log():find "info old")
  end)

  it("changes nothing when it fails, and says why", function()
    start(OPEN)
    local ada = enter "ada"
    write 'room = { sned = true },'
    base:signal "HUP"
    base:wait_log "did you mean 'channels%[\"room\"%].send'"
    join(ada)
    ada:send_text '["said","hi",null,"room"]'
    assert.same({ "said", "hi" }, { hear(ada) })
  end)
end)

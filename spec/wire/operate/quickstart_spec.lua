-- The quickstart's server, as clients of its page meet it.
local client = require "spec.support.peers.client"
local quickstart = require "spec.support.quickstart"
local server = require "spec.support.server"

describe("The quickstart", function()
  local base

  before_each(function()
    base = server.start { files = quickstart.files() }
  end)

  after_each(function()
    base:stop()
  end)

  local function guest()
    return assert(client.connect { port = base.port })
  end

  -- Somebody whose browser has the cookie of a name.
  local function named(cookie)
    return assert(client.connect {
      port = base.port, headers = { Cookie = "name=" .. cookie },
    })
  end

  -- Takes messages until one has a command.
  local function hear(peer, command)
    repeat
      local message = assert(peer:receive_message())
      if message[1] == command then return message end
    until false
  end

  local function enter(name)
    local peer = named(name)
    hear(peer, "authenticated")
    return peer
  end

  it("says hello to a guest", function()
    local peer = guest()
    peer:send_message("hello", "stranger", 1)
    assert.same({ "alert", "Hello, stranger!", 1 }, peer:receive_message())
    peer:close()
  end)

  it("sends a guest away who wants more", function()
    local peer = guest()
    peer:send_message("quiz", nil, 1)
    assert.equal(4001, (peer:expect_close()))
  end)

  it("knows a name by its cookie, in any language", function()
    local peer = named "Gr%C3%BC%C3%9Fe%20%F0%9F%8C%8D"
    local name = "Grüße 🌍"
    assert.same({ "authenticated", { id = name, name = name } },
      peer:receive_message())
    peer:close()
  end)

  it("takes no name that is none", function()
    for _, cookie in ipairs { "", "%0A", "%FF", ("x"):rep(33) } do
      local peer = named(cookie)
      assert.equal(4001, (peer:expect_close()))
    end
  end)

  local function join(peer, room)
    peer:send_text(('["$join",{"last":20},"join","room:%s"]'):format(room))
    return hear(peer, "$joined")
  end

  it("tells those in a room who comes, and who goes", function()
    local ada, bob = enter "Ada", enter "Bob"
    assert.same({ Ada = { name = "Ada" } }, join(ada, "lobby")[2].members)
    assert.same({ Ada = { name = "Ada" }, Bob = { name = "Bob" } },
      join(bob, "lobby")[2].members)
    assert.same({ came = { Bob = { name = "Bob" } }, count = 2 },
      hear(ada, "$members")[2])
    bob:close()
    local opcode = ada:receive(0.2)
    assert.is_nil(opcode, "he may come back before anybody notices")
    local gone = assert(ada:receive_message(10))
    assert.same({ "$members", { went = { "Bob" }, count = 1 } },
      { gone[1], gone[2] })
    ada:close()
  end)

  it("tells a room what somebody says in it, and no other room", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    join(ada, "lobby")
    join(bob, "lobby")
    join(eve, "garden")
    ada:send_text '["said","hi",null,"room:lobby"]'
    local said = { from = "Ada", text = "hi" }
    assert.same(said, hear(bob, "said")[2])
    eve:send_message("hello", "me", 1)
    assert.same({ "alert", "Hello, me!", 1 }, eve:receive_message())
    assert.same({ { "said", said, 1 } }, join(eve, "lobby")[2].missed)
    for _, peer in ipairs { ada, bob, eve } do peer:close() end
  end)

  it("whispers to all tabs of one user, and to nobody else", function()
    local ada, eve = enter "Ada", enter "Eve"
    local tabs = { enter "Bob", enter "Bob" }
    ada:send_message("whisper", { to = "Bob", text = "psst" }, 7)
    assert.same({ "ok", { tabs = 2 }, 7 }, hear(ada, "ok"))
    for _, tab in ipairs(tabs) do
      assert.same({ from = "Ada", text = "psst" }, hear(tab, "whispered")[2])
      tab:close()
    end
    eve:send_message("hello", "me", 1)
    assert.same({ "alert", "Hello, me!", 1 }, eve:receive_message())
    ada:close()
    eve:close()
  end)

  it("says that somebody is not here", function()
    local ada = enter "Ada"
    ada:send_message("whisper", { to = "Nobody", text = "psst" }, 8)
    local answer = hear(ada, "error")
    assert.same({ code = "offline", message = "Nobody is not here." },
      answer[2])
    assert.equal(8, answer[3])
    ada:close()
  end)

  it("asks, and waits for the answer while others wait", function()
    local ada = enter "Ada"
    ada:send_message("quiz", nil, 9)
    ada:send_message("hello", "later", 10)
    local question = hear(ada, "question")
    local a, b = question[2]:match "(%d+) × (%d+)"
    assert.matches("^%$", question[3])
    ada:send_message("ok", a * b, question[3])
    assert.same({ "alert", "That is right!", 9 }, hear(ada, "alert"))
    assert.same({ "alert", "Hello, later!", 10 }, hear(ada, "alert"))

    ada:send_message("quiz", nil, 11)
    ada:send_message("error", { code = "passed" }, hear(ada, "question")[3])
    assert.same({ "alert", "No answer (passed).", 11 }, hear(ada, "alert"))
    ada:close()
  end)

  it("fails with a ref, and nothing of the mistake", function()
    local ada = enter "Ada"
    ada:send_message("oops", nil, 12)
    local answer = hear(ada, "error")
    assert.equal(12, answer[3])
    assert.equal("failed", answer[2].code)
    assert.is_nil(answer[2].message:find "oops.lua")
    local ref = assert(answer[2].ref)
    assert.matches("actions/oops.lua:4",
      base:log():match("[^\n]*ref=" .. ref .. "[^\n]*"))
    ada:send_message("hello", "again", 13)
    assert.same({ "alert", "Hello, again!", 13 }, hear(ada, "alert"))
    ada:close()
  end)
end)

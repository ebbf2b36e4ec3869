-- authenticate asks the application, and what a crowd of clients makes of that.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"
local upstream = require "spec.support.peers.upstream"

describe("The authenticate of docs/how-to/log-in.md", function()
  it("runs as it stands there", function()
    local app <close> = upstream.start()
    local example = files.read("docs/how-to/log-in.md")
      :match("```lua\n(%-%- base.lua\nlocal http = .-)```")
      :gsub("127%.0%.0%.1:8000", "127.0.0.1:" .. app.port)
      :gsub("\n  api = [^\n]*", "")
    local base <close> = server.start { files = { ["base.lua"] = example } }
    local peer = client.join { port = base.port,
      headers = { Cookie = "session=ada" } }
    assert.same({ id = "ada" }, peer.authenticated)
    peer:close()
    local guest = client.connect { port = base.port }
    assert.equal(4001, (guest:expect_close()))
    assert.equal(2, app:count "/me")
  end)
end)

local AUTHENTICATE = [[
  local http = require "base.http"
  return {
    address = "127.0.0.1",
    %s
    authenticate = function(connection, register)
      local reply, why = http.get(%q, {
        headers = { cookie = connection.request.headers.cookie },
        timeout = 2, cache = 30, single_flight = true,
      })
      if not reply then return register(connection, nil, why) end
      register(connection, reply.status == 200 and reply:json())
    end,
  }]]

describe("authenticate", function()
  local app

  setup(function()
    app = upstream.start()
  end)

  teardown(function()
    app.process:remove()
  end)

  local function start(path, settings)
    return server.start { files = {
      ["base.lua"] = AUTHENTICATE:format(settings or "", app:url(path)),
    } }
  end

  local function open(base, session)
    return client.connect { port = base.port,
      headers = { Cookie = session and "session=" .. session } }
  end

  it("asks the application once for 200 tabs that come at once", function()
    local base <close> = start "/slow_me"
    local peers = {}
    for i = 1, 200 do peers[i] = open(base, "ada") end
    for _, peer in ipairs(peers) do
      assert.same({ "authenticated", { id = "ada" } }, peer:receive_message())
      peer:close()
    end
    assert.equal(1, app:count "/slow_me")
    local late = open(base, "ada")
    assert.same({ "authenticated", { id = "ada" } }, late:receive_message())
    late:close()
    assert.equal(1, app:count "/slow_me")
  end)

  it("asks once for each of 50 users, and mixes nobody up", function()
    local base <close> = start "/slow_me"
    local before = app:count "/slow_me"
    local peers = {}
    for i = 1, 200 do peers[i] = open(base, "user" .. i % 50) end
    for i, peer in ipairs(peers) do
      assert.same({ "authenticated", { id = "user" .. i % 50 } },
        peer:receive_message())
      peer:close()
    end
    assert.equal(before + 50, app:count "/slow_me")
  end)

  it("takes no answer that came before it was asked for", function()
    local base <close> = start "/stray_me"
    for i = 1, 6, 2 do
      local guest = client.connect { port = base.port,
        headers = { Cookie = "guest=" .. i } }
      assert.equal(4001, (guest:expect_close()))
      app:wait_count("/stray", i)
      local user = open(base, "user" .. i)
      assert.same({ "authenticated", { id = "user" .. i } },
        user:receive_message())
      user:close()
      app:wait_count("/stray", i + 1)
    end
  end)

  it("lets no guest in, and has all come back when nobody answers", function()
    local base <close> = start "/me"
    assert.equal(4001, (open(base):expect_close()))
    local away <close> = start "/drop"
    local peer = open(away, "ada")
    assert.equal("reconnect", peer:receive_message()[1])
    assert.equal(1013, (peer:expect_close()))
  end)

  it("has those come back for whom there is no room", function()
    local base <close> = start("/slow_me",
      "http_client = { connections = 1, queue = 1 },")
    local peers = {}
    for i, name in ipairs { "ada", "bob", "eve" } do
      peers[i] = open(base, name .. i)
    end
    base:wait_log "why=busy"
    local ends = { {}, {} }
    for i, peer in ipairs(peers) do
      local message = peer:receive_message()
      table.insert(ends[message[1] == "authenticated" and 1 or 2], i)
      peer:close()
    end
    assert.same({ 2, 1 }, { #ends[1], #ends[2] })
  end)
end)

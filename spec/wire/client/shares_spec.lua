-- Requests on behalf of strangers and those of who is in have each their share.
local asking = require "spec.support.asking"
local client = require "spec.support.peers.client"
local server = require "spec.support.server"
local upstream = require "spec.support.peers.upstream"

local ask = asking.ask

-- Who comes with a target has the application asked for it at first.
local BASE_LUA = [[
  local http = require "base.http"
  return {
    address = "127.0.0.1",
    drain = 0.1,
    http_client = { connections = %d, queue = %d },
    limits = { authenticate_time = 60 },
    authenticate = function(connection, register)
      local query = connection.request.query
      if query.asks then
        local reply, why = http.get(%q .. query.asks, { timeout = 60 })
        if not reply then return register(connection, nil, why) end
      end
      register(connection, { id = query.user })
    end,
  }]]

describe("Requests", function()
  local app

  before_each(function()
    app = upstream.start()
  end)

  after_each(function()
    app.process:remove()
  end)

  local function start(connections, queue)
    return server.start { files = asking.project {
      ["base.lua"] = BASE_LUA:format(connections, queue, app:url "/"),
    } }
  end

  local function come(base, count, asks)
    local crowd = {}
    for i = 1, count do
      crowd[i] = assert(client.connect { port = base.port,
        path = ("/?user=user%d&asks=%s"):format(i, asks) })
    end
    return crowd
  end

  local function leave(crowd)
    for _, peer in ipairs(crowd) do peer:close() end
  end

  local function answered_without_user(crowd, code)
    for _, peer in ipairs(crowd) do
      if peer:receive_message(0.1) then
        return assert.equal(code, (peer:expect_close()))
      end
    end
    error "all wait"
  end

  it("of guests leave a share to registered users", function()
    local base <close> = start(4, 8)
    local ada = client.join { port = base.port, path = "/?user=ada" }
    local crowd = come(base, 3 + 6 + 1, "never")
    app:wait_count("/never", 3)
    answered_without_user(crowd, 1013) -- the one behind the strangers' queue
    for _ = 1, 3 do
      assert.equal("hello", ask(ada, { url = app:url "/hello" }).body)
    end
    assert.equal(3, app:count "/never")
    -- A stranger who leaves makes room for the next one only.
    for _, peer in ipairs(crowd) do peer:close() end
    ada:close()
  end)

  it("of registered users leave a share to guests", function()
    local base <close> = start(8, 8)
    local crowd = {}
    for i = 1, 7 + 7 + 1 do
      crowd[i] = client.join { port = base.port, path = "/?user=member" .. i }
      crowd[i]:send_message("ask", { url = app:url "/never", timeout = 60 }, 1)
    end
    assert.same({ "no", "busy", 1 }, crowd[15]:receive_message())
    local ada = client.join { port = base.port, path = "/?user=ada&asks=hello" }
    assert.equal(7, app:count "/never")
    leave(crowd)
    ada:close()
  end)

  for _, connections in ipairs { 1, 2 } do
    it(("take turns with %d connections"):format(connections),
      function()
        local base <close> = start(connections, 100)
        local ada = client.join { port = base.port, path = "/?user=ada" }
        local crowd = come(base, 20, "slow_me")
        app:wait_count("/slow_me", connections)
        assert.equal("hello", ask(ada, { url = app:url "/hello" }).body)
        local count = app:count "/slow_me"
        assert.is_true(count <= 3 * connections, count .. " went before")
        leave(crowd)
        ada:close()
      end)

    it(("leave guests a share of %d connections")
      :format(connections), function()
        local base <close> = start(connections, 100)
        local crowd = {}
        for i = 1, 20 do
          crowd[i] = client.join { port = base.port,
            path = "/?user=member" .. i }
          crowd[i]:send_message("ask", { url = app:url "/slow_me" }, 1)
        end
        app:wait_count("/slow_me", connections)
        local ada = client.join { port = base.port,
          path = "/?user=ada&asks=hello" }
        local count = app:count "/slow_me"
        assert.is_true(count <= 3 * connections, count .. " went before")
        leave(crowd)
        ada:close()
      end)
  end
end)

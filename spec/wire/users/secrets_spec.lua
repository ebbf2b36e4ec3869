-- What a client, the application or base.lua keeps for itself stands in no log,
-- at no level, in no error to a client, and in no number that is told.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local server = require "spec.support.server"

-- Each is found wherever it goes, whole or in part.
local SECRETS = {
  cookie = "s3cret-cookie-9137", authorization = "s3cret-bearer-5521",
  query = "s3cret-query-8843", body = "s3cret-body-7716",
  login = "s3cret-login-4402", token = "s3cret-token-6635",
  wrong = "s3cret-wrong-key-2218", form = "s3cret-form-1190",
}

local FILES = {
  ["actions/echo.lua"] = [[
    return function(_, message) return message:respond("ok") end]],
  ["actions/raise.lua"] = [[
    return function(_, message) error { code = "no", data = {} } end]],
  ["actions/boom.lua"] = "return function(_, message) message.body.x.y = 1 end",
  ["actions/ask.lua"] = [[
    local http = require "base.http"
    return function(_, message)
      local reply, why = http.get("http://ada:s3cret-login-4402@127.0.0.1:1"
        .. "/me?token=s3cret-token-6635", { timeout = 1, headers = {
          Cookie = message.body, Authorization = "Bearer s3cret-token-6635" } })
      return message:respond("reply", why)
    end]],
  ["actions/misuse.lua"] = [[
    local http = require "base.http"
    return function()
      return http.get("gopher://ada:s3cret-login-4402@x/?s3cret-token-6635")
    end]],
}

local SETTINGS = [[
  log = { level = "debug", format = "%s" },
  limits = { rate = 20, burst = 20, message_size = 2000, http_body = 2000 },
  http = function(request)
    if request.path == "/boom" then error "the handler raised" end
    return 200, "ok"
  end,
]]

local HEADERS = {
  Cookie = "session=" .. SECRETS.cookie,
  Authorization = "Bearer " .. SECRETS.authorization,
}

local function path_with(path)
  return path .. "?token=" .. SECRETS.query
end

local function headers_with(more)
  local all = {}
  for name, value in pairs(HEADERS) do all[name] = value end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

-- Everything that comes back until the connection is quiet.
local function speak(peer, told)
  local body = SECRETS.body
  for i, command in ipairs { "echo", "raise", "boom", "unknown", "ask" } do
    peer:send_message(command, body, i)
    told[#told + 1] = peer:receive_text()
  end
  peer:send_message("misuse", nil, 9)
  told[#told + 1] = peer:receive_text()
  peer:send_text('["' .. body .. '"')
  told[#told + 1] = peer:receive_text()
  for _ = 1, 40 do peer:send_message("echo", body) end
  peer:send_text('["echo","' .. body .. ("x"):rep(3000) .. '"]')
  local opcode, payload
  repeat
    opcode, payload = peer:receive()
    told[#told + 1] = payload
  until not opcode or opcode == 8
  peer:close()
end

-- Each request with the status that it is answered with.
local function refuse(base, told)
  local foreign = client.handshake { path = path_with "/",
    headers = headers_with { Origin = "https://elsewhere.example" } }
  local requests = {
    [403] = { raw = foreign },
    [500] = { path = path_with "/boom", headers = headers_with() },
    [400] = { path = path_with "/" .. SECRETS.form, headers = headers_with {
      ["Content-Length"] = "x" .. SECRETS.form } },
    [200] = { method = "POST", path = path_with "/", body = SECRETS.form,
      headers = headers_with { ["Content-Length"] = #SECRETS.form } },
    [413] = { method = "POST", path = path_with "/", headers = headers_with {
      ["Content-Length"] = 9999 }, body = SECRETS.form },
    [431] = { path = path_with "/" .. ("x"):rep(20000),
      headers = headers_with() },
  }
  for status, request in pairs(requests) do
    request.port = base.port
    local answer = http.request(request)
    assert.equal(status, answer.status)
    -- The handler's own "ok" apart, what is told is an error.
    told[#told + 1] = answer.body
  end
end

local function administrate(app, told)
  local wrong = { Authorization = "Bearer " .. SECRETS.wrong }
  told[#told + 1] = app:ask("GET", "/stats", nil, wrong).body
  told[#told + 1] = app:ask("POST", "/users/ada/send", '{"a":"'
    .. SECRETS.body).body
  told[#told + 1] = app:ask("POST", "/users/ada/send", { SECRETS.body }).body
  for _, path in ipairs { "/stats", "/metrics", "/health" } do
    told[#told + 1] = app:ask("GET", path).body
  end
end

-- Base.lua with a mistake beside its key, and back.
local function reload(base)
  local path = base.dir .. "/base.lua"
  local text = files.read(path)
  files.write(path, (text:gsub("limits = {", "limits = { raet = 1,")))
  base:signal "HUP"
  base:wait_log "not reloaded"
  files.write(path, text)
  base:reload()
end

local function assert_silent(text)
  local function check(name, secret)
    local at = text:find(secret, 1, true)
    if at then
      error(("%s is told: %s"):format(name, text:sub(at - 300, at + 100)), 0)
    end
  end
  for name, secret in pairs(SECRETS) do check(name, secret) end
  check("the key of the API", application.key)
end

describe("A secret", function()
  for _, format in ipairs { "text", "json" } do
    it("is never shown, with a log as " .. format, function()
      local base, app = application.start {
        settings = SETTINGS:format(format), files = FILES,
      }
      local told = {}
      speak(client.join { port = base.port, path = path_with "/",
        headers = headers_with() }, told)
      refuse(base, told)
      administrate(app, told)
      reload(base)
      local _, log = base:stop()
      assert.is_true(#told > 15 and #log > 500)
      assert_silent(table.concat(told, "\n"))
      assert_silent(log)
    end)
  end

  it("is not shown when base.lua does not load", function()
    local base = server.launch { settings = ([[
      api = { listen = "127.0.0.1:1", key = "%s", kee = "%s" },
    ]]):format(application.key, SECRETS.token) }
    local _, log = base:wait_end(1)
    assert.truthy(log:find("kee", 1, true), log)
    assert_silent(log)
  end)
end)

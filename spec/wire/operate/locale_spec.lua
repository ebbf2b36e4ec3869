-- A script sets a locale: it gets what it asked for, and what Base writes stays
-- as it was.
local application = require "spec.support.peers.application"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local upstream = require "spec.support.peers.upstream"

-- Their decimal point is a comma; a letter more is one in the second, and in
-- the third `I` is the capital of another letter.
local LOCALES = {
  { "de_DE", "UTF-8" }, { "de_DE", "ISO-8859-1" }, { "tr_TR", "UTF-8" },
}

local SETTINGS = [[
  log = { format = "json" },
  http = function(request, response)
    if request.path == "/number" then return 200, 1.5, { ["X-N"] = 2.5 } end
    response.headers["CONTENT-TYPE"] = "text/plain"
    response:json { 1.5 }
  end,]]

local ACTIONS = {
  ["actions/set.lua"] = [[
    return function(_, message)
      assert(os.setlocale(message.body))
      return message:respond("set", { ("%.1f"):format(1.5), tostring(1.5) })
    end]],
  ["actions/echo.lua"] = [[
    return function(_, message)
      return message:respond("echo", message.body)
    end]],
  ["actions/log.lua"] = [[
    local base = require "base"
    return function(_, message)
      base.log.info("logged", { x = 1.5, large = 1e300, third = 1 / 3 })
      base.log.info(2.5)
      print("printed", 3.5)
      return message:respond "ok"
    end]],
  ["actions/ask.lua"] = [[
    local http = require "base.http"
    return function(_, message)
      local reply = http.get(message.body, {
        query = { x = 1.5, ["\xe4"] = "\xe4" },
        headers = { ["X-ID"] = 2.5 },
      })
      return message:respond("asked", reply:json())
    end]],
  ["actions/fail.lua"] = [[
    return function() require "base".users[0.5]:send "x" end]],
}

for _, locale in ipairs(LOCALES) do
  local name = table.concat(locale, ".")

  describe("Under the locale " .. name .. " of a script", function()
    local folder, app, base, api, peer

    setup(function()
      folder = files.folder()
      files.run(("localedef -i %s -f %s %s/%s"):format(locale[1], locale[2],
        folder, name))
      app = upstream.start()
      base, api = application.start { settings = SETTINGS, files = ACTIONS,
        -- What LOCPATH was split into is never freed by the C library.
        env = { LOCPATH = folder, ASAN_OPTIONS = "detect_leaks=0" } }
      peer = client.join { port = base.port }
      peer:send_message("set", name)
      assert.same({ "set", { "1,5", "1,5" } }, peer:receive_message())
    end)

    teardown(function()
      peer:close()
      base:stop()
      app:__close()
      files.remove(folder)
    end)

    it("the metrics are Prometheus'", function()
      local text = api:ask("GET", "/metrics").body
      local count = 0
      for line in text:gmatch "[^\n]+" do
        if not line:find "^#" then
          assert.matches('^[a-z_]+ [-+0-9.e]+$', (line:gsub('{.-}', "")))
          assert.is_nil(line:find('le="%d+,'), line)
          count = count + 1
        end
      end
      assert.is_true(count > 50)
      assert.matches('le="0.005"', text, 1, true)
    end)

    it("the wire has points", function()
      peer:send_text '["echo",[1.5,1e300,-0.001]]'
      assert.equal('["echo",[1.5,1e+300,-0.001]]', peer:receive_text())
    end)

    it("the log has points", function()
      peer:send_message "log"
      assert.equal("ok", peer:receive_message()[1])
      local log = base:log()
      assert.matches('"large":1e+300,"third":0.3333333333333333,"x":1.5', log,
        1, true)
      assert.matches('"message":"2.5"', log, 1, true)
      assert.matches('"message":"printed 3.5"', log, 1, true)
    end)

    it("what Base says of a mistake has points", function()
      peer:send_message "fail"
      assert.equal("failed", peer:receive_message()[2].code)
      base:wait_log "must be whole, not 0%.5"
    end)

    it("answers of HTTP do, and names are the same in capitals", function()
      local answer = http.request { port = base.port, path = "/number" }
      assert.same({ "1.5", "2.5" }, { answer.body, answer.headers["x-n"] })
      answer = http.request { port = base.port, path = "/json" }
      assert.same({ "[1.5]", "text/plain" },
        { answer.body, answer.headers["content-type"] })
    end)

    it("so do requests of scripts", function()
      peer:send_message("ask", app:url "/mirror")
      local said = peer:receive_message()[2]
      assert.equal("/mirror?%E4=%E4&x=1.5", said[2])
      assert.equal("2.5", said[3]["x-id"])
    end)
  end)
end

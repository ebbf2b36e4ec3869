--- The application beside a server: what it asks over the API.
local cjson = require "cjson"

local http = require "spec.support.peers.http"
local server = require "spec.support.server"

local application = {}

local Application = {}
Application.__index = Application

application.key = "0123456789abcdef"

--- Starts a server with an API on a port of its own.
-- @param options table as server.start has it; `settings` go beside `api`, to
--   the place of %s in `base_lua` where there is such a text; `tls`: whether
--   the settings have it speak TLS
-- @return server, application
function application.start(options)
  options = options or {}
  local self = application.at(server.free_port(), options.tls)
  local all = {}
  for name, value in pairs(options) do all[name] = value end
  all.settings = ('api = { listen = "127.0.0.1:%d", key = "%s" },\n%s')
    :format(self.port, application.key, all.settings or "")
  if all.base_lua then
    all.files = { ["base.lua"] = all.base_lua:format(all.settings) }
    for path, text in pairs(options.files or {}) do all.files[path] = text end
  end
  local base = server.start(all)
  base:wait_log 'for"?[=:]"?api' -- as text or as JSON
  return base, self
end

--- The application of a server that was started otherwise.
-- @param port number of its API, whose key is application.key
-- @param tls boolean or nil whether the server speaks TLS
function application.at(port, tls)
  return setmetatable({ port = port, tls = tls }, Application)
end

--- Asks on a connection of its own.
-- @param method string
-- @param path string
-- @param body any, made JSON unless it is a string; or nil
-- @param headers table or nil: more of them; `Authorization = false` for none
-- @return table as http.request
function Application:ask(method, path, body, headers)
  local text = body
  if body ~= nil and type(body) ~= "string" then text = cjson.encode(body) end
  local all = {
    Authorization = "Bearer " .. application.key,
    ["Content-Length"] = text and #text or false,
  }
  for name, value in pairs(headers or {}) do all[name] = value end
  return http.request { port = self.port, tls = self.tls, method = method,
    path = path, body = text, headers = all }
end

--- The same; returns the status and the decoded body.
function Application:get(...)
  local answer = self:ask(...)
  return answer.status, cjson.decode(answer.body)
end

--- Numbers from /stats.
-- @return table
function Application:stats()
  local _, stats = self:get("GET", "/stats")
  return stats
end

--- Numbers from /metrics.
-- @return table from a sample's name, with its labels, to its value
-- @usage app:metrics()['base_errors_total{code="busy"}']
function Application:metrics()
  local samples = {}
  for line in self:ask("GET", "/metrics").body:gmatch "[^\n]+" do
    local name, value = line:match "^(base_%S+) (%S+)$"
    if name then samples[name] = tonumber(value) end
  end
  return samples
end

return application

--- The application behind Base, on a free port of 127.0.0.1: http_upstream.py.
--
--   local app <close> = upstream.start()
--   app:url "/hello" --> "http://127.0.0.1:40123/hello"
local cjson = require "cjson"

local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local upstream = {}

local Upstream = {}
Upstream.__index = Upstream

--- Starts it and waits until it listens.
-- @param options table or nil: `certificate` and `key`, paths; `unix`, a path;
--   `port`, in place of a free one
-- @return upstream with `port` or `unix`
function upstream.start(options)
  options = options or {}
  local self = setmetatable({
    port = not options.unix and (options.port or server.free_port()) or nil,
    unix = options.unix,
    scheme = options.certificate and "https" or "http",
  }, Upstream)
  self.process = process.start {
    "python3", "spec/support/peers/http_upstream.py",
    self.unix and "unix:" .. self.unix or self.port,
    options.certificate, options.key,
  }
  wait.for_(10, "the application to listen", function()
    return self.process:log():find "ready"
  end)
  return self
end

--- A URL of it.
function Upstream:url(path, host)
  return ("%s://%s:%d%s"):format(self.scheme, host or "127.0.0.1", self.port,
    path)
end

--- What it has seen so far: `requests`, a table from target to count; `opened`
-- and `open`, connections, of which this question's is one.
function Upstream:seen()
  return cjson.decode(http.request { port = self.port, unix = self.unix,
    path = "/seen" }.body)
end

--- How often it was asked for a target.
function Upstream:count(target)
  return self:seen().requests[target] or 0
end

--- Waits until all of Base's connections to it are closed.
function Upstream:wait_closed(seconds)
  wait.for_(seconds, "the connections to end", function()
    return self:seen().open == 1
  end)
end

--- Waits until a target was asked for so often.
function Upstream:wait_count(target, count)
  wait.for_(5, target .. " to be asked for", function()
    return self:count(target) >= count
  end)
end

function Upstream:__close()
  self.process:remove()
end

return upstream

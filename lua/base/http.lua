--- HTTP requests: the script waits, and the server goes on.
-- @usage
-- local http = require "base.http"
-- local reply, why = http.get("http://127.0.0.1:8000/me", { timeout = 2 })
-- if reply and reply.status == 200 then print(reply:json().name) end
local Cache = require "base.cache"
local core = require "base.core"
local options = require "base.http_options"
local repeats = require "base.repeats"
local without_mark = require "base.without_mark"

local json = core.json
local http = {}

local SHORT = 1 -- seconds for which a "no" is kept
local OVERHEAD = 500 -- bytes that an entry takes beside its texts
local LONGEST_SOURCE = 200 -- bytes of a URL in the log
local LONGEST_TYPE = 60 -- and of a Content-Type
local TOLD = 3 -- a minute of each host's replies that are no JSON

local kept = Cache.new(4096, 16 << 20)
local pending_by_key = setmetatable({}, { __mode = "v" })
local began = setmetatable({}, { __mode = "k" }) -- a pending request -> when
local sources = setmetatable({}, { __mode = "k" }) -- reply -> "GET http://…"

local Response = {}
Response.__index = Response

-- The part of a URL that may be logged: the query, and a name and password
-- before the host, may be secret.
local function printable_source(source)
  local plain = source:match "^[^?#]*":gsub("://[^/]*@", "://")
  return plain:gsub("[^\33-\126 ]", "?"):sub(1, LONGEST_SOURCE)
end

local function printable_type(headers)
  local kind = headers["content-type"]
  if type(kind) ~= "string" then return nil end
  return (kind:sub(1, LONGEST_TYPE):gsub("[^%w/+.;=_ -]", "?"))
end

-- Logs that a body is not JSON. Nothing of the body is logged.
local function tell_of_no_json(reply, byte)
  local source = printable_source(sources[reply] or "a reply")
  local host = source:match "https?://[^/]*" or source
  local what = "replies from " .. host .. " that are not JSON"
  if not repeats.count(what, TOLD) then return end
  core.log("warn", ("%s: the reply is not valid JSON: error at byte %d of %d")
    :format(source, byte, #reply.body), {
    status = reply.status, content_type = printable_type(reply.headers),
  })
end

--- Reads the body as JSON, with or without a byte order mark. If it is not
-- JSON, the log says so now and then.
-- @return any the value, nil for null; or nil, "invalid"
function Response:json()
  local text, taken = without_mark(self.body)
  local ok, value = pcall(json.decode, text)
  if not ok then
    local byte = tostring(value):match "invalid JSON at byte (%d+)$"
    if byte then tell_of_no_json(self, tonumber(byte) + taken) end
    return nil, "invalid"
  end
  if value == json.null then return nil end
  return value
end

-- Name in lower case -> value; Set-Cookie, whose values cannot be joined, is a
-- list.
local function read_head(head)
  local headers = {}
  for line in head:gmatch "[^\r\n]+" do
    local name, value = line:match "^([^:%s]+)[ \t]*:[ \t]*(.*)$"
    if name then
      name = core.lower(name)
      headers[name] = headers[name] or {}
      table.insert(headers[name], value:match "^.*[^ \t]" or "")
    end
  end
  for name, values in pairs(headers) do
    if name ~= "set-cookie" then headers[name] = table.concat(values, ", ") end
  end
  return headers
end

-- Makes a new reply for each caller. The body is decompressed, so headers about
-- the compressed one are left out.
local function new_response(request, status, head, body)
  local headers = read_head(head)
  if headers["content-encoding"] and request.method ~= "HEAD" then
    headers["content-encoding"], headers["content-length"] = nil, nil
  end
  local reply = setmetatable(
    { status = status, headers = headers, body = body }, Response)
  sources[reply] = request.method .. " " .. request.url
  return reply
end

-- Only a successful answer is kept for the whole time. A refusal is kept
-- briefly: a user who has just logged in must not get an old one for long.
local function lifetime(status, seconds)
  if status >= 200 and status <= 299 then return seconds end
  return status >= 300 and status <= 499 and math.min(SHORT, seconds) or 0
end

-- The caller says how old an answer may be.
local function find_kept(request)
  local answer = request.cache and kept:get(request.key)
  if not answer then return nil end
  local age = core.clock() - answer.at
  if age >= answer.lifetime then
    kept:remove(request.key)
  elseif age < request.cache then
    return answer
  end
  return nil
end

local function keep(request, status, head, body)
  local seconds = request.cache and lifetime(status, request.cache) or 0
  if seconds == 0 or find_kept(request) then return end
  kept:put(request.key, {
    status = status, head = head, body = body,
    at = core.clock(), lifetime = seconds,
  }, #request.key + #head + #body + OVERHEAD)
end

-- Whether another caller may still join the request: a request that was lost
-- would otherwise block all callers as long as new ones join.
local function is_young(pending, request)
  return core.http_is_pending(pending)
    and core.clock() - began[pending] < request.timeout
end

-- The request that another caller began, or a new one; or nil and a word.
local function find_pending(request)
  local key = request.single_flight and request.key
  local pending = key and pending_by_key[key]
  if pending and is_young(pending, request) then return pending end
  local word
  pending, word = core.http_start(request)
  if pending and key then
    pending_by_key[key], began[pending] = pending, core.clock()
  end
  return pending, word
end

local function ask(request)
  local pending, word = find_pending(request)
  if not pending then return nil, word end
  local status, head, body = core.http_wait(pending, request.timeout)
  if request.single_flight and not core.http_is_pending(pending)
    and pending_by_key[request.key] == pending then
    pending_by_key[request.key] = nil
  end
  return status, head, body
end

-- A tail call of the functions below: on the stack it takes their place, so
-- level 2 is the script.
local function perform(...)
  local ok, request = pcall(options.read, ...)
  if not ok then error(request, 2) end
  local may_wait, why = pcall(core.check_wait)
  if not may_wait then error(why, 2) end
  local answer = find_kept(request)
  if answer then
    return new_response(request, answer.status, answer.head, answer.body)
  end
  local status, head, body = ask(request)
  if status then
    keep(request, status, head, body)
    return new_response(request, status, head, body)
  elseif head == "url" then
    error("'url' is not a valid URL", 2)
  elseif head == "memory" then
    error("out of memory", 2)
  end
  return nil, head
end

--- Gets a URL.
-- @param url string
-- @param given table or nil the options: types/base/http.lua has them
-- @return table `status`, `headers` (names in lower case), `body`, `:json()`;
--   or nil and a word: "timeout", "busy", "resolve", "unreachable", "tls",
--   "closed", "too_large", "redirects", "invalid"
-- Raises for an invalid request, and where a script may not wait.
-- @usage local reply, why = http.get("https://example.com/", { timeout = 2 })
function http.get(url, given)
  return perform(given, "GET", url)
end

--- Posts a body to a URL.
-- @param url string
-- @param body string or nil where the options have `json`
-- @param given table or nil the options
-- @return as http.get
-- @usage http.post("http://127.0.0.1:8000/seen", nil, { json = { id = 42 } })
function http.post(url, body, given)
  return perform(given, "POST", url, body)
end

--- Makes any request.
-- @param given table the options, with `url`, and `method` and `body`
-- @return as http.get
-- @usage http.request { method = "DELETE", url = "http://127.0.0.1:8000/me" }
function http.request(given)
  return perform(given)
end

return http

--- The HTTP API for the application: checks the key, finds the route that
-- serves a request, and answers it.
local core = require "base.core"
local batch = require "base.api.batch"
local channels = require "base.api.channels"
local fault = require "base.api.fault"
local keys = require "base.api.keys"
local metrics = require "base.api.metrics"
local once = require "base.api.once"
local router = require "base.api.router"
local users = require "base.api.users"
local without_mark = require "base.without_mark"
local json = core.json

local api = {}

-- `takes`: "json" if the request must have a body, "any" if it may have one;
-- `is_once`: obeys an Idempotency-Key; `is_keyless`: refuses one;
-- `is_open`: needs no key; `is_alone`: not allowed in a batch.
local function route(method, path, handler, options)
  local self = options or {}
  self.method, self.path, self.handler = method, path, handler
  return self
end

local routes, respond

local function run_batch(call)
  return batch.run(call.body, respond)
end

--- Every route, in the order of docs/reference/http-api.md.
api.routes = {
  route("POST", "/users/{id}/send", users.send,
    { takes = "json", is_once = true }),
  route("POST", "/connections/{id}/send", users.send_to_connection,
    { takes = "json", is_once = true }),
  route("POST", "/broadcast", users.broadcast,
    { takes = "json", is_once = true }),
  route("POST", "/users/{id}/call", users.call,
    { takes = "json", is_alone = true, is_keyless = true }),
  route("POST", "/users/{id}/disconnect", users.disconnect,
    { takes = "any" }),
  route("PATCH", "/users/{id}", users.update, { takes = "json" }),
  route("GET", "/users/{id}", users.show),
  route("GET", "/users", users.list),
  route("POST", "/users/{id}/join", channels.join_user, { takes = "json" }),
  route("POST", "/users/{id}/leave", channels.leave_user, { takes = "json" }),
  route("POST", "/channels/{name}/send", channels.send,
    { takes = "json", is_once = true }),
  route("GET", "/channels", channels.list),
  route("GET", "/channels/{name}", channels.show),
  route("GET", "/channels/{name}/history", channels.history),
  route("DELETE", "/channels/{name}/history", channels.clear),
  route("GET", "/stats", metrics.stats),
  route("GET", "/metrics", metrics.text, { is_alone = true }),
  route("GET", "/health", metrics.health, { is_open = true }),
  route("POST", "/batch", run_batch,
    { takes = "json", is_alone = true, is_keyless = true }),
}
routes = router.new(api.routes)

local JSON = { ["Content-Type"] = "application/json" }
local UNAUTHORIZED = {
  ["Content-Type"] = "application/json",
  ["WWW-Authenticate"] = "Bearer",
}

local function answer(exchange, status, body, headers)
  if type(body) ~= "string" then body = json.encode(body) end
  core.answer(exchange, status, headers or JSON, body)
end

-- The answer where no route was found.
local function unserved(status, allow)
  if status == 405 then
    local headers = { ["Content-Type"] = "application/json", Allow = allow }
    local code, body =
      fault(405, "method", "The allowed methods are: " .. allow .. ".")
    return code, body, headers
  elseif status == 400 then
    return fault(400, "path", "The path is not percent-encoded correctly.")
  end
  return fault(404, "unknown", "This path does not exist.")
end

-- Runs a route's handler; with a key, only once.
local function run(found, call, key)
  if key ~= nil and found.is_keyless then
    return fault(422, "key", "This request takes no Idempotency-Key. In a "
      .. 'batch, each request has its own: "key".')
  elseif key ~= nil and found.is_once then
    return once.serve(key, found, call)
  end
  return found.handler(call)
end

--- Serves one request inside of a batch.
function respond(method, path, query, item)
  local found, id, allow = routes:find(method, path)
  if not found then
    local status, why = unserved(id, allow)
    return status, why
  end
  if found.is_alone then
    return fault(422, "alone", "This request is not allowed in a batch.")
  end
  local key = item.key
  if key == json.null then key = nil end
  return run(found, { id = id, query = query, body = item.body }, key)
end

-- Returns true and the value, or nothing if there is no body; else false and
-- the fault.
local function read_body(found, request)
  if not found.takes then return true end
  local coding = request.headers["content-encoding"] or "identity"
  if core.lower(coding) ~= "identity" then
    return false, fault(415, "coding", "The body must not be compressed.")
  end
  if request.body == "" and found.takes == "any" then return true end
  local ok, value = pcall(json.decode, (without_mark(request.body)))
  if ok then return true, value end
  return false, fault(400, "json", "The body is not JSON: " .. value .. ".")
end

local function serve(found, id, request)
  local is_right, body, complaint = read_body(found, request)
  if not is_right then return body, complaint end
  return run(found, { id = id, query = request.query, body = body },
    request.headers["idempotency-key"])
end

local function refuse_stranger(exchange)
  local status, body = fault(401, "unauthorized",
    "Authorization: Bearer KEY is missing, or the key is wrong.")
  answer(exchange, status, body, UNAUTHORIZED)
end

--- Answers one request. Without a key the answer does not tell which paths
-- exist.
-- @param exchange integer its id
-- @param request table as the handler `http` has it
function api.serve(exchange, request)
  local found, id, allow = routes:find(request.method, request.path)
  local is_open = found and found.is_open
  if not is_open and not keys.admit(exchange, request) then
    refuse_stranger(exchange)
  elseif found then
    answer(exchange, serve(found, id, request))
  else
    answer(exchange, unserved(id, allow))
  end
end

return api

--- The routes about users and connections. Each takes a call, with `id`,
-- `query` and `body`, and returns a status and a body.
local core = require "base.core"
local fault = require "base.api.fault"
local forms = require "base.api.forms"
local json = core.json

local MOST_IDS = 1000

local users = {}

local function told(count)
  return 200, { connections = count }
end

-- Makes a handler that gets the user, or nil if there is none with that id.
local function of_user(handler)
  return function(call)
    local id, why = forms.user_id(call.id)
    if not id then return fault(400, "id", why) end
    return handler(call, core.find_user(id))
  end
end

-- Makes a handler that also gets the message in the body.
local function with_message(handler)
  return function(call, receiver)
    local command, body = forms.message(call.body)
    if not command then return fault(422, "message", body) end
    return handler(call, receiver, command, body)
  end
end

--- POST /users/{id}/send
users.send = of_user(with_message(function(_, user, command, body)
  return told(user and user:send(command, body) or 0)
end))

--- POST /broadcast
users.broadcast = with_message(function(_, _, command, body)
  return told(core.broadcast(command, body))
end)

local send_to = with_message(function(_, connection, command, body)
  return told(connection and connection:send(command, body) and 1 or 0)
end)

--- POST /connections/{id}/send
function users.send_to_connection(call)
  local id, why = forms.connection_id(call.id)
  if not id then return fault(400, "id", why) end
  return send_to(call, core.connections[id])
end

-- The fault for a call without an answer.
local function unanswered(word)
  if word == "timeout" then
    return fault(504, "timeout", "The client did not answer in time.")
  elseif core.is_ending() then
    return fault(503, "ending", "The server is shutting down.")
  elseif word == "offline" or word == "closed" then
    return fault(409, "offline", "The user is not connected.")
  end
  return fault(409, "declined", "The client declined.", word)
end

--- POST /users/{id}/call?timeout=10
users.call = of_user(with_message(function(call, user, command, body)
  local seconds, why = forms.timeout(call.query.timeout)
  if not seconds then return fault(422, "timeout", why) end
  if not user then return unanswered "offline" end
  local answer, word = user:call(command, body, seconds)
  if answer == nil and word then return unanswered(word) end
  if answer == nil then answer = json.null end
  return 200, { body = answer }
end))

--- POST /users/{id}/disconnect
users.disconnect = of_user(function(call)
  local is_right, code, reason = forms.closing(call.body)
  if not is_right then return fault(422, "closing", code) end
  return told(core.disconnect(call.id, code, reason))
end)

local function connection_ids(user)
  local ids = {}
  for id in pairs(user and user.connections or {}) do ids[#ids + 1] = id end
  table.sort(ids)
  return setmetatable(ids, json.array_mt)
end

-- The fields may contain the user's own id, and no other one.
local function are_of(fields, id)
  local said = fields.id
  if type(said) == "number" then
    said = tostring(math.tointeger(said) or said)
  end
  return said == nil or said == id
end

--- PATCH /users/{id}
users.update = of_user(function(call, user)
  if not forms.is_map(call.body) then
    return fault(422, "fields", "The body must be an object of fields.")
  end
  if not are_of(call.body, call.id) then
    return fault(422, "fields", "The 'id' in the body is another user's.")
  end
  if user then user:update(call.body) end
  return 200, { id = user and user.id or call.id,
    connections = #connection_ids(user) }
end)

local function show(id, user)
  return { id = user and user.id or id, online = user ~= nil,
    connections = connection_ids(user) }
end

--- GET /users/{id}
users.show = of_user(function(call, user)
  return 200, show(call.id, user)
end)

--- GET /users?ids=1,2,3
function users.list(call)
  local ids, why = forms.user_ids(call.query.ids, MOST_IDS)
  if not ids then return fault(422, "ids", why) end
  local list = {}
  for i, id in ipairs(ids) do list[i] = show(id, core.find_user(id)) end
  return 200, { users = list }
end

return users

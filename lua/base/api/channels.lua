--- The routes about channels. Each takes a call, with `id` (a channel or a
-- user), `query` and `body`, and returns a status and a body.
local core = require "base.core"
local fault = require "base.api.fault"
local forms = require "base.api.forms"
local json = core.json

local channels = {}

local MOST_NAMES = 1000
local MOST_READ = 1000

-- The fault where the bus does not answer.
local function unavailable(word)
  return fault(503, word, "The channels cannot be reached now.")
end

-- Makes a handler that gets the channel.
local function of_channel(handler)
  return function(call)
    local name, why = forms.channel(call.id)
    if not name then return fault(400, "channel", why) end
    return handler(call, core.channel(name))
  end
end

--- POST /channels/{name}/send?keep=false
channels.send = of_channel(function(call, channel)
  local command, body = forms.message(call.body)
  if not command then return fault(422, "message", body) end
  local keep, why = forms.flag(call.query, "keep", true)
  if keep == nil then return fault(422, "query", why) end
  local position, word = channel:send(command, body, { keep = keep })
  if not position then return unavailable(word) end
  return 200, { position = position ~= true and position or nil }
end)

--- GET /channels?prefix=&after=&limit=
function channels.list(call)
  local limit, why = forms.count(call.query, "limit", MOST_NAMES)
  if not limit then return fault(422, "query", why) end
  local names = core.channels(call.query.prefix or "")
  table.sort(names)
  local after, list = call.query.after or "", {}
  for _, name in ipairs(names) do
    if name > after then list[#list + 1] = name end
    if #list == limit then break end
  end
  return 200, { channels = setmetatable(list, json.array_mt), total = #names }
end

--- GET /channels/{name}
channels.show = of_channel(function(_, channel)
  local members, word = channel:members()
  if not members then return unavailable(word) end
  local users, connections = channel:count()
  if not users then return unavailable(connections) end
  local kept, epoch, position = channel:history { limit = 1 }
  if not kept then return unavailable(epoch) end
  return 200, {
    name = channel.name, members = members, users = users,
    connections = connections, epoch = epoch,
    position = epoch and position or nil,
  }
end)

--- GET /channels/{name}/history?after=&before=&limit=
channels.history = of_channel(function(call, channel)
  local query, options = call.query, {}
  for _, name in ipairs { "after", "before" } do
    local position, why = forms.position(query, name)
    if why then return fault(422, "query", why) end
    options[name] = position
  end
  local why
  options.limit, why = forms.count(query, "limit", MOST_READ, 100)
  if not options.limit then return fault(422, "query", why) end
  local kept, epoch, position = channel:history(options)
  if not kept then return unavailable(epoch) end
  local list = {}
  for i, message in ipairs(kept) do
    local body = message.body
    if body == nil then body = json.null end
    list[i] = { message.command, body, message.position }
  end
  return 200, { epoch = epoch, position = epoch and position or nil,
    messages = setmetatable(list, json.array_mt) }
end)

--- DELETE /channels/{name}/history
channels.clear = of_channel(function(_, channel)
  local cleared, word = channel:clear()
  if not cleared then return unavailable(word) end
  return 200, {}
end)

-- Makes a handler that gets the user, or nil, and what the body says.
local function of_user(handler)
  return function(call)
    local id, why = forms.user_id(call.id)
    if not id then return fault(400, "id", why) end
    local wish, complaint = forms.joining(call.body)
    if not wish then return fault(422, "channel", complaint) end
    return handler(core.find_user(id), wish)
  end
end

-- How many connections of the user there are for the channel.
local function told(user)
  local count = 0
  for _ in pairs(user and user.connections or {}) do count = count + 1 end
  return 200, { connections = count }
end

--- POST /users/{id}/join
channels.join_user = of_user(function(user, wish)
  if user then user:join(wish.channel, wish.info) end
  return told(user)
end)

--- POST /users/{id}/leave
channels.leave_user = of_user(function(user, wish)
  if user then user:leave(wish.channel, wish.reason) end
  return told(user)
end)

return channels

--- The routes about channels. Each takes a call, with `id` (a channel or a
-- user), `query` and `body`, and returns a status and a body. Bodies with
-- members or messages are texts of JSON.
local core = require "base.core"
local fault = require "base.api.fault"
local forms = require "base.api.forms"
local json = core.json
local encode = json.encode

local channels = {}

local MOST_NAMES = 1000
local MOST_READ = 1000

-- The fault where the bus does not do what it was asked for.
local function unavailable(word)
  return fault(503, word, word == "timeout"
    and "The channels did not answer in time; it may have been done."
    or "The channels cannot be reached now; nothing was done.")
end

-- Makes a handler that gets the name of the channel.
local function of_channel(handler)
  return function(call)
    local name, why = forms.channel(call.id)
    if not name then return fault(400, "channel", why) end
    return handler(call, name)
  end
end

--- POST /channels/{name}/send?keep=false
channels.send = of_channel(function(call, name)
  local command, body = forms.message(call.body)
  if not command then return fault(422, "message", body) end
  local keep, why = forms.flag(call.query, "keep", true)
  if keep == nil then return fault(422, "query", why) end
  local position, word =
    core.channel(name):send(command, body, { keep = keep })
  if not position then return unavailable(word) end
  return 200, { position = position ~= true and position or nil }
end)

--- GET /channels?prefix=&after=&limit=
function channels.list(call)
  local query = call.query
  local limit, why = forms.count(query, "limit", MOST_NAMES)
  if not limit then return fault(422, "query", why) end
  for _, name in ipairs { "prefix", "after" } do
    if not utf8.len(query[name] or "") then
      return fault(422, "query", name .. " must be valid UTF-8.")
    end
  end
  local names, total = core.channels(query.prefix, query.after, limit)
  return 200, { channels = setmetatable(names, json.array_mt), total = total }
end

-- `"epoch":…,"position":…` of a channel with a history.
local function print_place(epoch, position)
  if not epoch then return "" end
  return (',"epoch":%s,"position":%d'):format(encode(epoch), position)
end

--- GET /channels/{name}
channels.show = of_channel(function(_, name)
  local users, connections, members = core.channel_who(name)
  if not users then return unavailable(connections) end
  local none, epoch, position =
    core.channel_page(name, 1, math.maxinteger)
  if not none then return unavailable(epoch) end
  return 200, ('{"name":%s,%s,"count":{"users":%d,"connections":%d}%s}')
    :format(encode(name), members and '"members":' .. members
      or '"listed":false', users, connections, print_place(epoch, position))
end)

--- GET /channels/{name}/history?after=&before=&limit=
channels.history = of_channel(function(call, name)
  local query = call.query
  local after, complaint = forms.position(query, "after")
  local before, limit
  if not complaint then before, complaint = forms.position(query, "before") end
  if not complaint then
    limit, complaint = forms.count(query, "limit", MOST_READ, 100)
  end
  if complaint then return fault(422, "query", complaint) end
  local messages, epoch, position =
    core.channel_page(name, limit, after, before)
  if not messages then return unavailable(epoch) end
  return 200, ('{"messages":%s%s}'):format(messages,
    print_place(epoch, position))
end)

--- DELETE /channels/{name}/history
channels.clear = of_channel(function(_, name)
  local cleared, word = core.channel(name):clear()
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

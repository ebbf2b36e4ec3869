--- What scripts can reach in the running VM, found by asking it: fields and
-- methods of each class that types/ documents.
local core = require "base.core"
local types = require "spec.support.types"
local world = require "spec.helper"

local bound = {}

local function add_names(set, values)
  for name in pairs(values) do
    if type(name) == "string" and not name:find "^__" then set[name] = true end
  end
end

-- A set of the names in these tables.
local function names_of(...)
  local set = {}
  for _, values in ipairs { ... } do add_names(set, values) end
  return set
end

-- Finds a local of the file that a function comes from, which the function, or
-- one that it calls, uses.
local function find_local(f, name, seen)
  seen = seen or {}
  if seen[f] then return nil end
  seen[f] = true
  for i = 1, math.huge do
    local found, value = debug.getupvalue(f, i)
    if not found then return nil end
    if found == name then return value end
    local inner = type(value) == "function" and not debug.getinfo(value, "S")
      .what:find "C" and find_local(value, name, seen)
    if inner then return inner end
  end
end

-- Connections hide their metatable; its __index has two tables beside it.
local function connection_names(connection)
  local index = debug.getmetatable(connection).__index
  local _, methods = debug.getupvalue(index, 1)
  local _, getters = debug.getupvalue(index, 2)
  return names_of(methods, getters)
end

-- The two that C itself answers are no entries of a table.
local function user_names(user)
  local set = names_of(debug.getmetatable(user).methods)
  for _, name in ipairs { "id", "connections" } do
    set[name] = user[name] ~= nil or nil
  end
  return set
end

local function channel_names(channel)
  local index = debug.getmetatable(channel).__index
  local set = names_of((select(2, debug.getupvalue(index, 1))))
  set.name = channel.name ~= nil or nil
  return set
end

local function kept_names(channel)
  channel:send("a", 1)
  return names_of(channel:history()[1])
end

-- What the setting `http` is given, and what base.http returns.
local function ask_over_http()
  world.project { ["base.lua"] = world.settings [[
    http = function(request, response)
      seen.request, seen.response = request, response
      seen.reply = require "base.http".get "http://127.0.0.1/"
      return 200
    end,
  ]] }
  world.request "GET / HTTP/1.1"
  local waiting = world.driver.http_requests()
  world.driver.http_answer(waiting[1][1], 200, "", "{}")
  return world.seen.request, world.seen.response, world.seen.reply
end

local function setting_names(group)
  local set = {}
  for _, row in ipairs(require "base.settings") do
    if row.group == group then set[row.key] = true end
  end
  return set
end

local function option_names()
  return names_of(find_local(require "base.http_options".read, "rows"))
end

-- Fields of ours that no script is meant to use.
local function without(set, ...)
  for _, name in ipairs { ... } do set[name] = nil end
  return set
end

local function difference(set, taken)
  for name in pairs(taken) do set[name] = nil end
  return set
end

--- The bound names of every class of types/ that stands for something bound.
-- @return table from the class to a set of names
function bound.names()
  world.project { ["base.lua"] = world.settings
    [[ channels = { kept = { history = { size = 1 } } }, ]] }
  local base, json, http = require "base", core.json, require "base.http"
  local kept = kept_names(base.channel "kept")
  local ada = world.user "ada"
  local request, response, reply = ask_over_http()
  local timer = base.after(1, print)
  local message = base.Message("a", 1)
  message.id, message.channel = 1, "room"
  local handshake = names_of(ada.connection.request)
  local own = { url = true, method = true, body = true }
  local names = {
    ["base"] = names_of(base),
    ["base.Users"] = { count = base.users.count and true },
    ["base.Connections"] = { count = base.connections.count and true },
    ["base.Log"] = names_of(base.log),
    ["base.Timer"] = names_of(debug.getmetatable(timer).__index),
    ["base.Connection"] = connection_names(ada.connection),
    ["base.User"] = user_names(ada.connection.user),
    ["base.Channel"] = channel_names(base.channel "room"),
    ["base.KeptMessage"] = kept,
    ["base.Message"] = names_of(message, base.Message),
    ["base.Request"] = handshake,
    ["base.HttpRequest"] = difference(names_of(request), handshake),
    ["base.HttpResponse"] = without(
      names_of(response, getmetatable(response)), "exchange", "answered"),
    ["base.json"] = names_of(json),
    ["base.http"] = names_of(http),
    ["base.http.Reply"] = names_of(reply, getmetatable(reply)),
    ["base.http.Options"] = difference(option_names(), own),
    ["base.http.Request"] = own,
    ["base.test"] = names_of((require "base.test")),
    ["base.Settings"] = setting_names(nil),
  }
  for class, group in pairs(types.groups) do
    names[class] = setting_names(group)
  end
  timer:cancel()
  return names
end

return bound

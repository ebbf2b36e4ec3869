--- What clients say to channels: `$join`, `$leave`, `$history`, and what they
-- send to one. The rules of base.lua decide.
local core = require "base.core"

local channels = {}

local project

local MOST_READ = 1000 -- messages of one $history, or of `last`
local DEFAULT_READ = 100

--- Sets the project whose rules are used from here on.
-- @param loaded table from base.project
function channels.use(loaded)
  project = loaded
end

-- Answers a message with an error, which carries its id and its channel.
local function refuse(connection, message, code, text)
  core.count_error(code)
  core.reply(connection, "error", { code = code, message = text },
    message.id, message.channel)
end

-- Answers what was asked; who gave no id wants no answer.
local function answer(connection, message, command, body)
  if message.id == nil then return end
  core.reply(connection, command, body, message.id, message.channel)
end

-- What each word of the core means for a client.
local WORDS = {
  forbidden = "put out of the channel while the join was under way",
  limit = "a connection can be in no more channels (limits.channels)",
  busy = "a join of this channel is under way",
  cluster = "the cluster does not answer",
  timeout = "the cluster does not answer in time",
}

local function refuse_word(connection, message, word)
  if word == "closed" then return end
  if word == "memory" then
    return refuse(connection, message, "busy", "the server is short of memory")
  end
  if word == "left" then word = "forbidden" end
  refuse(connection, message, word, WORDS[word] or word)
end

-- The rule of a channel, or nil.
local function rule_of(name)
  local number = core.channel_rule(name)
  return number and project.channels[number]
end

-- The whole number in a field of the body; nil where it is absent. Returns
-- false and the complaint when it is none.
local function whole(body, name, least)
  local value = body[name]
  if value == nil or value == core.json.null then return nil end
  if math.type(value) == "integer" and value >= least then return value end
  return false, ("%s must be a whole number, at least %d"):format(name, least)
end

-- The body of a `$` message as a table; nil and the complaint otherwise.
local function read_body(message)
  local body = message.body
  if body == nil then return {} end
  if type(body) == "table" and getmetatable(body) == nil then return body end
  return nil, ("the body of %s must be an object"):format(message.command)
end

-- What the client wants to have of the history: `since` and `epoch`, or `last`.
local function read_wish(body)
  local since, complaint = whole(body, "since", 0)
  if complaint then return nil, complaint end
  local epoch = body.epoch
  if epoch == core.json.null then epoch = nil end
  if since and type(epoch) ~= "string" then
    return nil, "since needs the epoch that $joined has told"
  end
  local last
  last, complaint = whole(body, "last", 0)
  if complaint then return nil, complaint end
  if since then return { since = since, epoch = epoch } end
  return { last = math.min(last or 0, MOST_READ) }
end

-- Asks the rule. Returns whether the connection may join, and its info.
local function may_join(rule, connection, channel, body)
  local join = rule.join
  if not connection.user and not rule.public then return false end
  if not join then return true end
  core.note(join)
  return join(connection, channel, body)
end

local commands = {}

commands["$join"] = function(connection, message, rule)
  local name = message.channel
  local body, complaint = read_body(message)
  local wish
  if body then wish, complaint = read_wish(body) end
  if not wish then return refuse(connection, message, "invalid", complaint) end
  local user = connection.user
  local inner = body.body
  if inner == core.json.null then inner = nil end
  local may, info
  if rule then
    may, info = may_join(rule, connection, core.channel(name), inner)
  end
  -- The rule has answered for the user who asked.
  if not may or connection.user ~= user then
    return refuse(connection, message, "forbidden", "not allowed")
  end
  if info == nil then info = {} end
  local joined, word =
    core.join_channel(connection, name, info, wish, message.id)
  if not joined then refuse_word(connection, message, word) end
end

commands["$leave"] = function(connection, message)
  core.leave_channel(connection, message.channel)
  answer(connection, message, "$left")
end

commands["$history"] = function(connection, message)
  local name = message.channel
  local body, complaint = read_body(message)
  local before, limit
  if body then before, complaint = whole(body, "before", 1) end
  if not complaint then limit, complaint = whole(body, "limit", 1) end
  if complaint then return refuse(connection, message, "invalid", complaint) end
  if not core.is_in_channel(connection, name) then
    return refuse(connection, message, "forbidden",
      "only members read the history")
  end
  limit = math.min(limit or DEFAULT_READ, MOST_READ)
  local text, word = core.read_channel(name, before, limit)
  if not text then return refuse_word(connection, message, word) end
  core.send_history(connection, name, text, message.id)
end

-- What the rule makes of a message: it itself, another one, or nil for no.
local function pass(rule, connection, message, channel)
  local send = rule.send
  if send == true then return message end
  if not send then return nil end
  core.note(send)
  local passed = send(connection, message, channel)
  if passed == true then return message end
  if passed and not core.is_message(passed) then
    error(("the rule's send must return true, false or a message, not %s")
      :format(type(passed)), 0)
  end
  return passed
end

-- Clients that do not know channels take these for the server's word.
local RESERVED = {
  authenticated = true, error = true, expired = true, pong = true,
  reconnect = true,
}

-- Whether a connection may send to a channel at all.
local function may_send(rule, connection, name)
  return rule and (rule.public or core.is_in_channel(connection, name))
end

-- Publishes what a client sends to a channel.
local function publish(connection, message, rule)
  local name, user = message.channel, connection.user
  if not may_send(rule, connection, name) then
    return refuse(connection, message, "forbidden", "not a member")
  elseif RESERVED[message.command] then
    return refuse(connection, message, "invalid",
      message.command .. " is a command of the server")
  end
  local channel = core.channel(name)
  local passed = pass(rule, connection, message, channel)
  -- While the rule waited, the connection may have been put out.
  if not passed or connection.user ~= user
    or not may_send(rule, connection, name) then
    return refuse(connection, message, "forbidden", "not allowed")
  end
  local position, word = channel:send(passed)
  if not position then return refuse_word(connection, message, word) end
  answer(connection, message, "$sent",
    { position = position ~= true and position or nil })
end

--- Serves one message for a channel.
-- @param connection connection
-- @param message Message
function channels.run(connection, message)
  local name, command = message.channel, message.command
  local is_ours = command:find "^%$" ~= nil
  if is_ours and not commands[command] then
    return refuse(connection, message, "unknown",
      "Base has no command of this name")
  elseif not name then
    return refuse(connection, message, "invalid",
      command .. " needs a channel, the 4th element")
  end
  local serve = is_ours and commands[command] or publish
  return serve(connection, message, rule_of(name))
end

return channels

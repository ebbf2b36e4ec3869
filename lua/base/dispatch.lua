--- Runs the action of a message when C does not call it directly: the hook
-- `before` comes first, no file serves the command, the message is for a
-- channel, or the protocol is raw.
local channels = require "base.channels"
local core = require "base.core"

local dispatch = {}

local deliver, is_owed = core.deliver, core.is_owed

local MOST_TOLD = 1000 -- a resolver may make actions without end

local project -- what is loaded now
local told, told_count -- its actions of which the log has said that they do not
  -- answer

--- Sets the project that serves from here on.
-- @param loaded table from base.project
function dispatch.use(loaded)
  project = loaded
  told, told_count = {}, 0
end

-- The function for a command that no file serves, or nil.
local function resolve(resolver, command)
  core.note(resolver)
  local action = resolver and resolver(command)
  if action ~= nil and type(action) ~= "function" then
    error("actions.resolver must return an action or nil, not "
      .. type(action), 0)
  end
  return action
end

local function refuse(connection, message, code, text)
  core.count_error(code)
  connection:send(message:respond("error", { code = code, message = text }))
end

-- Whether the action may run: `before` returned a true value, or no value. An
-- explicit nil is a no: `connection.user.admin` is nil for most users.
local function lets_run(...)
  return select("#", ...) == 0 or not not (...)
end

-- Whether a message is for a channel: it has one, or its command begins with
-- $.
local function is_for_channel(message)
  local command = message.command
  return message.channel ~= nil
    or type(command) == "string" and command:sub(1, 1) == "$"
end

--- Runs one message of a connection, as a coroutine of its own.
-- @param connection connection
-- @param message Message
function dispatch.run(connection, message)
  local current, id = project, message.id
  local before = current.before
  -- A guest may say to a channel what it may not say to an action: nothing that
  -- `before` makes of the message leads it to one.
  local was_for_channel = is_for_channel(message)
  if before then core.note(before) end
  if before and not lets_run(before(connection, message)) then
    return refuse(connection, message, "forbidden", "not allowed")
  end
  if was_for_channel or is_for_channel(message) then
    return channels.run(connection, message)
  end
  local command = message.command
  local action = current.actions[command]
    or resolve(current.resolver, command)
  if not action then
    core.log("debug", "unknown command", { command = command }, connection)
    return refuse(connection, message, "unknown",
      "no action has this name")
  end
  core.note(action)
  local returned = action(connection, message)
  if returned ~= nil then deliver(connection, returned) end
  if is_owed(connection) then
    dispatch.unanswered(connection, action, id, returned)
  end
end

-- Describes what an action did that sent no answer.
local function describe(returned)
  if returned == nil then
    return "ended without answering a message that has an id"
  elseif core.is_message(returned) then
    return "returned a message without the id of the message that it answers"
  end
  return ("returned a %s, which is not a message"):format(type(returned))
end

--- Tells a client that its action has ended without an answer.
-- @param connection connection
-- @param action function
-- @param id string or integer of the message
-- @param returned any what the action returned
function dispatch.unanswered(connection, action, id, returned)
  local answer = core.Message("error",
    { code = "no_answer", message = "the action ended without an answer" })
  answer.id = id
  core.count_error "no_answer"
  connection:send(answer)
  local info = debug.getinfo(action, "S")
  local place = ("%s:%d"):format(info.short_src, info.linedefined)
  if told[place] or told_count == MOST_TOLD then return end
  told[place], told_count = true, told_count + 1
  core.log("warn", ("%s: the action %s: return message:respond(...)")
    :format(place, describe(returned)), nil, connection)
end

--- Gives a raw message to its hook.
-- @param connection connection
-- @param raw table {"text" or "binary", bytes}
function dispatch.receive(connection, raw)
  local hook = project.on[raw[1]] -- a reload may have taken it away
  core.note(hook)
  if hook then hook(connection, raw[2]) end
end

return dispatch

--- From a message to its action.
local core = require "base.core"

local dispatch = {}

local project -- what is loaded now
local message_class = getmetatable(core.Message("message"))

--- Says which project serves from here on.
-- @param loaded table from base.project
function dispatch.use(loaded)
  project = loaded
end

local function find(current, command)
  local action = current.actions[command]
  local resolver = current.resolver
  if action or not resolver then return action end
  action = resolver(command)
  if action ~= nil and type(action) ~= "function" then
    error("actions.resolver must return an action or nil, not "
      .. type(action), 0)
  end
  return action
end

local function refuse(connection, message, code, text)
  connection:send(message:respond("error", { code = code, message = text }))
end

--- Runs one message of a connection, as a coroutine of its own.
-- @param connection connection
-- @param message table a message, or {kind, bytes} for the hooks `text` and
--   `binary`
function dispatch.run(connection, message)
  local current = project
  if getmetatable(message) ~= message_class then
    local hook = current.on[message[1]] -- a reload may have taken it away
    return hook and hook(connection, message[2])
  end
  local before = current.on.before
  if before and before(connection, message) == false then
    return refuse(connection, message, "forbidden", "not allowed")
  end
  local action = find(current, message.command)
  if not action then
    return refuse(connection, message, "unknown",
      "there is no action of this name")
  end
  local answer = action(connection, message)
  if type(answer) == "table" and getmetatable(answer) == message_class then
    connection:send(answer)
  end
end

return dispatch

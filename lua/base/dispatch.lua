--- From a message to its action, wherever it is not simply called: the hook
-- `before` comes first, no file serves the command, or the protocol is raw.
local core = require "base.core"

local dispatch = {}

local deliver = core.deliver

local project -- what is loaded now

--- Says which project serves from here on.
-- @param loaded table from base.project
function dispatch.use(loaded)
  project = loaded
end

-- What serves a command that no file serves, or nil.
local function resolve(resolver, command)
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

-- What `before` returned lets the action run: something true, or nothing.
-- A nil is not nothing: it is the `connection.user.admin` of whoever is none.
local function lets_run(...)
  return select("#", ...) == 0 or not not (...)
end

--- Runs one message of a connection, as a coroutine of its own.
-- @param connection connection
-- @param message Message
function dispatch.run(connection, message)
  local current = project
  local before = current.before
  if before and not lets_run(before(connection, message)) then
    return refuse(connection, message, "forbidden", "not allowed")
  end
  local command = message.command
  local action = current.actions[command]
    or resolve(current.resolver, command)
  if not action then
    return refuse(connection, message, "unknown",
      "there is no action of this name")
  end
  local returned = action(connection, message)
  if returned ~= nil then deliver(connection, returned) end
end

--- Hands what came outside of the protocol to its hook.
-- @param connection connection
-- @param raw table {"text" or "binary", bytes}
function dispatch.receive(connection, raw)
  local hook = project.on[raw[1]] -- a reload may have taken it away
  if hook then hook(connection, raw[2]) end
end

return dispatch

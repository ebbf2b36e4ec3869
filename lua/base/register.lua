--- Who a connection belongs to: `authenticate` and `register`.
local core = require "base.core"

local registration = {}

local project

--- Says whose `authenticate` and `welcome` count from here on.
-- @param loaded table from base.project
function registration.use(loaded)
  project = loaded
end

-- Calls a function of C so that its errors blame the script that called us.
local function blame(f, ...)
  local ok, result, word = pcall(f, ...)
  if ok then return result, word end
  error((tostring(result):gsub("^[^:\n]+:%d+: ", "")), 3)
end

-- Half registered is worse than gone: a `welcome` that raises ends the
-- connection.
local function welcome(connection, user)
  if project.on.text then return connection:is_open() end
  local ok, sent = pcall(function()
    return connection:send("authenticated", project.welcome(user))
  end)
  if ok then return sent end
  core.fail(connection)
  error(sent, 0)
end

--- Registers a connection as one of a user, or says that it is nobody's.
-- @param connection connection
-- @param user table with an `id` (integer or string), whose fields are copied;
--   false closes with 4001; nil means that nobody can tell now: the client is
--   told to come back, and closed with 1013
-- @param why string or nil with nil: the reason, for the log
-- @return true, or nil and a word when the connection is gone
-- Raises when the user has no id that may be one.
-- @usage register(connection, { id = 42, name = "Ada" })
function registration.register(connection, user, why)
  if not core.is_connection(connection) then
    error("register(connection, user): the first is no connection", 2)
  end
  if user == false then return core.refuse(connection) end
  if user == nil then
    core.log("warn", "nobody can be authenticated now",
      { why = why and tostring(why) }, connection)
    return core.send_away(connection)
  end
  if type(user) ~= "table" then
    error("a user is a table with an id, not " .. type(user), 2)
  end
  local joined, word = blame(core.join, connection, user)
  if not joined then return nil, word end
  local ok, closed = welcome(connection, joined)
  if not ok then return nil, closed or "closed" end
  return core.admit(connection)
end

--- Runs the project's `authenticate` for a new connection.
-- @param connection connection
function registration.authenticate(connection)
  project.authenticate(connection, registration.register)
end

return registration

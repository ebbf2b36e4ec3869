--- Who a connection belongs to: `authenticate` and `register`.
local core = require "base.core"
local repeats = require "base.repeats"

local registration = {}

local project

local GRACE = 10 -- seconds
local UNIX = 1000000000 -- from here on `expires` is a Unix time
local LATEST = 100 * UNIX -- beyond it are milliseconds

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

-- Half registered is worse than gone: a `welcome` that raises, or that a limit
-- ends, ends the connection. At the server's end everybody goes, otherwise.
local unwelcome = { __close = function(self)
  if not self.is_welcome and not core.is_ending() then
    core.fail(self.connection, "authentication failed")
  end
end }

local function welcome(connection, user)
  if project.on.text then return connection:is_open() end
  local guard <close> = setmetatable({ connection = connection }, unwelcome)
  local sent = connection:send("authenticated", project.welcome(user))
  guard.is_welcome = true
  return sent
end

local function check_option(options, name, least, most, meaning)
  local value = options[name]
  if value == nil then return nil end
  local kind = type(value)
  if kind == "number" and value >= least and value < most then return value end
  error(("%s must be %s, not %s"):format(name, meaning,
    kind == "number" and tostring(value) or kind), 4)
end

-- The options of `register`; raises at the line of its caller.
local function read_options(options)
  if options == nil then return nil, GRACE end
  if type(options) ~= "table" then
    error("the options of register are a table, not " .. type(options), 3)
  end
  for name in pairs(options) do
    if name ~= "expires" and name ~= "grace" then
      error(("register has no option '%s': it has expires and grace")
        :format(tostring(name)), 3)
    end
  end
  return check_option(options, "expires", -math.huge, LATEST,
      "seconds from now or a Unix time in seconds"),
    check_option(options, "grace", 0, UNIX, "seconds, at least 0") or GRACE
end

-- A Unix time becomes a distance once: should the clock jump later, that
-- changes nothing.
local function seconds_until(expires)
  if not expires or expires < UNIX then return expires end
  return expires - core.now()
end

--- Registers a connection as one of a user, or says that it is nobody's.
-- @param connection connection
-- @param user table with an `id` (integer or string), whose fields are copied;
--   false closes with 4001; nil means that nobody can tell now: the client is
--   told to come back, and closed with 1013
-- @param options table or nil `expires`: seconds from now, or from 10^9 on a
--   Unix time, when the client is sent `expired`; `grace`: the seconds (10)
--   that it has then to be registered again, before it is closed with 4001.
--   With nil for a user: the reason, for the log
-- @return true, or nil and a word when the connection is gone
-- Raises when the user has no id that may be one, and for wrong options.
-- @usage register(connection, { id = 42, name = "Ada" }, { expires = 3600 })
function registration.register(connection, user, options)
  if not core.is_connection(connection) then
    error("register(connection, user): the first is no connection", 2)
  end
  if user == false then return core.refuse(connection) end
  if user == nil then
    if repeats.count("nobody can be authenticated", 1) then
      core.log("warn", "nobody can be authenticated now",
        { why = options and tostring(options) }, connection)
    end
    return core.send_away(connection)
  end
  if type(user) ~= "table" then
    error("a user is a table with an id, not " .. type(user), 2)
  end
  local expires, grace = read_options(options)
  local joined, word = blame(core.join, connection, user)
  if not joined then return nil, word end
  local ok, closed = welcome(connection, joined)
  if not ok then return nil, closed or "closed" end
  return core.admit(connection, seconds_until(expires), grace)
end

--- Runs the project's `authenticate` for a new connection.
-- @param connection connection
function registration.authenticate(connection)
  project.authenticate(connection, registration.register)
end

return registration

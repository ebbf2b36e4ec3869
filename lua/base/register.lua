--- Registers connections as users: `authenticate` and `register`.
local core = require "base.core"
local repeats = require "base.repeats"
local sorted = require "base.sorted"

local registration = {}

local project

local GRACE = 10 -- seconds
local UNIX = 1000000000 -- from here on `expires` is a Unix time
local LATEST = 100 * UNIX -- beyond it are milliseconds

--- Sets the project whose `authenticate` and `welcome` are used from here on.
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

-- Closes the connection when `welcome` raises or a limit ends it: a connection
-- that is only half registered is worse than a closed one. When the server
-- ends, all connections are closed anyway.
local unwelcome = { __close = function(self)
  if not self.is_welcome and not core.is_ending()
    and core.stands(self.connection, self.number) then
    core.fail(self.connection, "authentication failed")
  end
end }

-- Joins the channels that the registration names, and those of its user. May
-- wait.
local function join_channels(connection, named)
  for _, name in ipairs(core.user_channels(connection)) do
    core.join_registered(connection, name, false)
  end
  for _, name in ipairs(named or {}) do
    core.join_registered(connection, name, true)
  end
end

-- `welcome` may take a while, and so may channels: meanwhile the registration
-- may expire, and another run may register the connection.
local function welcome(connection, user, number, time, channels)
  local is_raw = project.on.text
  local guard <close> = setmetatable(
    { connection = connection, number = number }, unwelcome)
  local body = not is_raw and project.welcome(user)
  local stands, word = core.stands(connection, number, time:has_passed())
  if stands then
    join_channels(connection, channels)
    stands, word = core.stands(connection, number, time:has_passed())
  end
  if stands and not is_raw then
    stands, word = connection:send("authenticated", body)
  end
  guard.is_welcome = true
  return stands, word
end

local function check_option(options, name, least, most, meaning)
  local value = options[name]
  if value == nil then return nil end
  local kind = type(value)
  if kind == "number" and value >= least and value < most then return value end
  error(("%s must be %s, not %s"):format(name, meaning,
    kind == "number" and core.text(value) or kind), 4)
end

local OPTIONS = { expires = true, grace = true, channels = true }

local function check_channels(channels)
  if channels == nil then return nil end
  if type(channels) ~= "table" then
    error("channels must be a list of names, not " .. type(channels), 4)
  end
  for _, name in ipairs(channels) do
    local ok, why = pcall(core.check_channel_name, name)
    if not ok then error("channels: " .. why, 4) end
  end
  return channels
end

-- The options of `register`; raises at the line of its caller.
local function read_options(options)
  if options == nil then return nil, GRACE end
  if type(options) ~= "table" then
    error("the options of register must be a table, not " .. type(options), 3)
  end
  for name in sorted(options) do
    if not OPTIONS[name] then
      error(("register has no option '%s': its options are expires, grace and "
        .. "channels"):format(tostring(name)), 3)
    end
  end
  return check_option(options, "expires", -math.huge, LATEST,
      "seconds from now or a Unix time in seconds"),
    check_option(options, "grace", 0, UNIX, "seconds, at least 0") or GRACE,
    check_channels(options.channels)
end

-- How long a registration is valid. A Unix time is converted to a duration
-- once, so that a later jump of the clock changes nothing.
local Time = {}
Time.__index = Time

local function start_time(expires)
  local seconds = expires
  if expires and expires >= UNIX then seconds = expires - core.now() end
  return setmetatable({ seconds = seconds, began = core.clock() }, Time)
end

-- The seconds that are left; nil: no limit.
function Time:left()
  return self.seconds and self.seconds - (core.clock() - self.began)
end

function Time:has_passed()
  return self.seconds ~= nil and self:left() <= 0
end

local OURS = debug.getinfo(1, "S").source:match "^(.*)register"

-- The line of the script that called our caller; a tail call leaves no trace.
local function find_caller()
  local info = debug.getinfo(3, "Sl")
  if not info or info.currentline < 0
    or info.source:sub(1, #OURS) == OURS then
    return nil
  end
  return ("%s:%d"):format(info.short_src, info.currentline)
end

local function place_of(f)
  local info = debug.getinfo(f, "S")
  return ("%s:%d"):format(info.short_src, info.linedefined)
end

-- Logs a mistake that is not fatal: once, then as one sum a minute.
local function warn(connection, place, text)
  if place then text = place .. ": " .. text end
  if repeats.count(text, 1) then core.log("warn", text, nil, connection) end
end

-- `authenticate` is the one whose `register` this is, or nil; `count` is how
-- many arguments the script gave. Scripts reach this by a tail call, so that an
-- error blames the line of the script.
local function register(authenticate, count, connection, user, options)
  if not core.is_connection(connection) then
    error("register(connection, user): the first must be a connection", 2)
  end
  if core.is_late(connection, authenticate ~= nil) then
    return nil, "registered"
  end
  if user == false then return core.refuse(connection) end
  if user == nil then
    if count < 2 then
      warn(connection, find_caller() or authenticate and place_of(authenticate),
        "register(connection) is missing the user: pass false to close the "
        .. "connection, nil if the application is away")
    end
    if repeats.count("nobody can be authenticated", 1) then
      core.log("warn", "the application is away: nobody can be authenticated",
        { why = options and tostring(options) }, connection)
    end
    return core.send_away(connection)
  end
  if type(user) ~= "table" then
    error("a user must be a table with an id, not " .. type(user), 2)
  end
  local expires, grace, channels = read_options(options)
  local time = start_time(expires)
  local joined, number = blame(core.join, connection, user, time:has_passed(),
    authenticate ~= nil)
  if not joined then return nil, number end
  local stands, word = welcome(connection, joined, number, time, channels)
  if not stands then return nil, word end
  return core.admit(connection, time:left(), grace)
end

--- Registers a connection as one of a user's, or refuses it.
-- @param connection connection
-- @param user table with an `id` (integer or string), whose fields are copied;
--   false closes with 4001; nil means that it cannot be decided now: the client
--   is told to reconnect, and closed with 1013
-- @param options table or nil `expires`: seconds from now, or from 10^9 on a
--   Unix time, when the client is sent `expired`; `grace`: the seconds (10) to
--   be registered again before the connection is closed with 4001; `channels`:
--   names of channels that the connection joins before it is sent
--   `authenticated`, whatever the rules say. A time that
--   has passed counts as false, unless the connection is this user's already.
--   With nil for a user: the reason, for the log
-- @return true, or nil and a word: "closed" when the connection is gone;
--   "expired" when its time had passed; "disconnected" when the user was
--   disconnected after this run, or `authenticate`, had begun (the connection
--   is closed, too); "registered" when another run has registered it while
--   `authenticate`, or `welcome`, was waiting
-- Raises when the user has no valid id, and for wrong options.
-- @usage register(connection, { id = 42, name = "Ada" }, { expires = 3600 })
function registration.register(...)
  return register(nil, select("#", ...), ...)
end

-- Handles what `authenticate` returned without having registered.
local function warn_of_returned(authenticate, connection, returned)
  local kind = type(returned)
  if kind == "userdata" or connection.user or not connection:is_open() then
    return
  end
  local what = kind == "boolean" and tostring(returned) or "a " .. kind
  warn(connection, place_of(authenticate), ("authenticate returned %s, which "
    .. "is ignored: call register(connection, user)"):format(what))
end

--- Runs the project's `authenticate` for a new connection. The `register` that
-- it gets gives its answer, whichever run calls it; the answer comes too late
-- when another run has registered the connection meanwhile.
-- @param connection connection
function registration.authenticate(connection)
  local authenticate, has_answered = project.authenticate, false
  core.note(authenticate)
  local returned = authenticate(connection, function(other, ...)
    has_answered = true
    local answers = other == connection and authenticate or nil
    return register(answers, 1 + select("#", ...), other, ...)
  end)
  if returned ~= nil and not has_answered then
    warn_of_returned(authenticate, connection, returned)
  end
end

return registration

--- The module that scripts get from `require "base"`.
local core = require "base.core"
local settings = require "base.settings"

local base = {
  users = core.users,
  connections = core.connections,
  Message = core.Message,
  send = core.send,
  broadcast = core.broadcast,
  channel = core.channel,
  spawn = core.spawn,
  sleep = core.sleep,
  after = core.after,
  every = core.every,
  now = core.now,
  equal = core.equal,
  state = core.state,
  version = core.version,
}

--- The names of the channels that are in use: somebody is in them, or they have
-- a history.
-- @param prefix string or nil only names that begin so
-- @return table a sorted list
-- @usage for _, name in ipairs(base.channels "room:") do print(name) end
function base.channels(prefix)
  return (core.channels(prefix))
end

local function check_fields(fields)
  if fields == nil then return end
  if type(fields) ~= "table" then
    error("the fields of a log line must be a table, not " .. type(fields), 3)
  end
  for name in pairs(fields) do
    if type(name) ~= "string" then
      error("the names of a log line's fields must be strings", 3)
    end
  end
end

--- Writes a line to the log.
-- @param text string what happened; never a cookie, a token or a body
-- @param fields table or nil names and values that belong to it
-- @usage base.log.info("paid", { order = 17 })
base.log = {}

for _, level in ipairs(settings["log.level"].kind.words) do
  base.log[level] = function(text, fields)
    check_fields(fields)
    core.log(level, core.text(text), fields)
  end
end

return base

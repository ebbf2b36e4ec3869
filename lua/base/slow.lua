--- Reports runs of scripts that blocked the loop for longer than
-- limits.slow_run.
local core = require "base.core"
local repeats = require "base.repeats"

local slow = {}

-- What ran, for the log.
local function name_of(name, message)
  if not message then return name end
  if type(message.command) == "string" then
    return "action " .. message.command
  end
  return "on." .. tostring(message[1]) -- a raw one
end

--- Logs one slow run, or counts it.
-- @param kind string what it was: "timer", "on.connect"; there are few
-- @param name string the same, of a request with its method and path
-- @param place string or nil "file:line" of the script's function
-- @param seconds number how long it took
-- @param connection connection or nil on whose behalf the script ran
-- @param message table or nil what it served
function slow.report(kind, name, place, seconds, connection, message)
  local is_told, row = repeats.count("slow: " .. (place or kind), 1)
  local text = core.digits((seconds * 100 + 0.5) // 1 / 100)
  if row and not is_told and seconds > (row.most or 0) then
    row.most, row.longest = seconds, text
  end
  if not is_told then return end
  core.log("warn", ("%s blocked the event loop for %s s (limits.slow_run)")
    :format(name_of(name, message), text), { ["function"] = place }, connection)
end

return slow

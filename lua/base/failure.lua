--- Reports a run that failed.
local core = require "base.core"
local errors = require "base.errors"
local repeats = require "base.repeats"

local failure = {}

-- So many failures of one place in a minute are logged one by one.
local TOLD = 10

-- The method of the class, even if a script has replaced it in its message.
local message_class = getmetatable(core.Message("message"))
local respond = message_class.__index.respond

local messages = {
  failed = "the action failed",
  timeout = "the action took too long",
  busy = "the server is too busy",
}

local project

--- Sets the project whose hook `error` is called.
-- @param loaded table from base.project
function failure.use(loaded)
  project = loaded
end

-- error { code = "…", message = "…", data = … }: an answer, not a failure.
local function is_answer(err)
  return type(err) == "table" and type(rawget(err, "code")) == "string"
end

-- Answers a message; the client may have gone. Returns false and the reason if
-- the body cannot be encoded.
local function answer(connection, message, body)
  if getmetatable(message) ~= message_class then return false end
  if not connection then return true end
  return pcall(connection.send, connection, respond(message, "error", body))
end

-- So much of a text is logged that a client may have influenced.
local LONGEST = 4096 -- bytes

-- Trims lines and joins them. Each pattern looks at a byte a bounded number of
-- times: no limit could end a pattern that runs on.
local function join(text, separator)
  local parts = {}
  if #text > LONGEST then text = text:sub(1, LONGEST) .. "…" end
  for line in text:gmatch "[^\n]+" do
    local first = line:find "%S"
    if first then parts[#parts + 1] = line:sub(first):match "^.*%S" end
  end
  return table.concat(parts, separator)
end

local TRACEBACK = "\nstack traceback:"

-- Finds the traceback behind the text; the text may contain another one.
local function find_last(text, what)
  local first, last
  local at, stop = text:find(what, 1, true)
  while at do
    first, last = at, stop
    at, stop = text:find(what, stop + 1, true)
  end
  return first, last
end

-- One event is one line: the error and the frames of its traceback, innermost
-- first.
local function split(err, trace)
  local text, frames = trace, nil
  local first, last = find_last(trace, TRACEBACK)
  if first then text, frames = trace:sub(1, first - 1), trace:sub(last + 1) end
  if is_answer(err) then
    text = ("%s: %s"):format(err.code, errors.text(err.message))
  end
  return join(text, " "), frames and join(frames, " < ")
end

local LONGEST_NAME = 200 -- of a file, in bytes

-- The line of a project's file where the failure happened. It is taken from the
-- traceback, since the text may say anything.
local function find_place(text)
  local first, last = text:find "%.lua:%d+"
  if not first then return nil end
  return text:sub(math.max(first - LONGEST_NAME, 1), last):match "%S+$"
end

-- Whether the error's text, or a frame, names the file of the place.
local function is_told_of(place, text, frames)
  local file = place:match "^(.*):%d+$"
  return text:sub(1, #file) == file
    or frames and frames:find(file, 1, true) ~= nil
end

-- Logs the failure and returns the `ref` by which it is found in the log. A
-- place that fails again and again is not logged each time: then it is the
-- `ref` of the last line. `place` is where the script's function is defined.
local function log(code, text, frames, connection, message, place)
  local at = frames and find_place(frames) or place
  local is_told, row = repeats.count(at and ("%s at %s"):format(code, at)
    or code, TOLD)
  if not is_told then return row.ref end
  local ref = core.reference()
  if row then row.ref = ref end
  core.log(code == "timeout" and "warn" or "error", text, {
    ref = ref,
    command = message and message.command,
    ["function"] = place and not is_told_of(place, text, frames) and place
      or nil,
    traceback = frames,
  }, connection)
  return ref
end

local function trace_back(err)
  return debug.traceback(errors.text(err), 2)
end

-- Calls the hook `error`. An error in the hook itself is only logged: it would
-- call the hook again without end.
local function tell(hook, err, connection, message)
  local ok, trace = xpcall(hook, trace_back, err, connection, message)
  if ok then return end
  local text, frames = split(nil, tostring(trace))
  core.count_error "failed"
  log("failed", "on.error: " .. text, frames, nil, nil, errors.place(hook))
end

--- Reports an error, or that action_time has passed.
-- @param err any what was raised
-- @param trace string the error as text, with the traceback
-- @param connection connection or nil on whose behalf the script ran
-- @param message table or nil what it served
-- @param code string "failed"; "timeout": limits.action_time ended it; "busy":
--   there was no room for what it wanted
-- @param is_last_resort boolean whether it was the hook `error` itself
-- @param place string or nil "file:line" of the script's function
function failure.report(err, trace, connection, message, code,
    is_last_resort, place)
  if is_answer(err) then
    local ok, why = answer(connection, message,
      { code = err.code, message = err.message, data = err.data })
    if ok then return core.count_error "other" end
    if why then trace = tostring(why) .. " " .. trace end
  end
  core.count_error(code)
  local text, frames = split(err, trace)
  local ref = log(code, text, frames, connection, message, place)
  -- If the answer cannot be sent for lack of memory, the connection is closed.
  local ok, why = answer(connection, message, {
    code = code,
    message = messages[code],
    ref = code == "failed" and ref or nil,
  })
  if why and not ok then core.fail(connection, "out of memory") end
  local hook = project and project.on.error
  if hook and not is_last_resort then
    core.run(tell, hook, err, connection, message)
  end
end

return failure

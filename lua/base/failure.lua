--- What becomes of a run that did not end well.
local core = require "base.core"
local errors = require "base.errors"
local repeats = require "base.repeats"

local failure = {}

-- So many of one place in a minute have a line of their own.
local TOLD = 10

-- The class's own, whatever a script has put into its message.
local message_class = getmetatable(core.Message("message"))
local respond = message_class.__index.respond

local messages = {
  failed = "the action failed",
  timeout = "the action took too long",
  busy = "the server is too busy",
}

local project

--- Says which project's hook `error` is told.
-- @param loaded table from base.project
function failure.use(loaded)
  project = loaded
end

-- error { code = "…", message = "…", data = … }: an answer, not a failure.
local function is_answer(err)
  return type(err) == "table" and type(rawget(err, "code")) == "string"
end

-- Answers a message; its client may have gone. Or false, and why the body could
-- not be sent.
local function answer(connection, message, body)
  if getmetatable(message) ~= message_class then return false end
  if not connection then return true end
  return pcall(connection.send, connection, respond(message, "error", body))
end

-- Of a text that a client may have had a part in, so much is written down.
local LONGEST = 4096 -- bytes

-- Lines without what is around them, joined. Each pattern looks at a byte a
-- bounded number of times: nothing could end one that does not.
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

-- The traceback is behind the text, which may have one of its own.
local function find_last(text, what)
  local first, last
  local at, stop = text:find(what, 1, true)
  while at do
    first, last = at, stop
    at, stop = text:find(what, stop + 1, true)
  end
  return first, last
end

-- One event is one line: the error, and the frames of its traceback, from the
-- inside out.
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

-- The line of a project's file that a failure comes from; a text is nobody's
-- word for it.
local function find_place(text)
  local first, last = text:find "%.lua:%d+"
  if not first then return nil end
  return text:sub(math.max(first - LONGEST_NAME, 1), last):match "%S+$"
end

-- Whether a place in a file is told by the error itself, or by a frame.
local function is_told_of(place, text, frames)
  local file = place:match "^(.*):%d+$"
  return text:sub(1, #file) == file
    or frames and frames:find(file, 1, true) ~= nil
end

-- Writes it down, with the words by which it is found there. A place that fails
-- again and again has been told of: then these are those of the last time.
-- `place` is where the script's function stands.
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

-- An error in the hook itself is only written down: it would come back for
-- ever.
local function tell(hook, err, connection, message)
  local ok, trace = xpcall(hook, trace_back, err, connection, message)
  if ok then return end
  local text, frames = split(nil, tostring(trace))
  core.count_error "failed"
  log("failed", "on.error: " .. text, frames, nil, nil, errors.place(hook))
end

--- Reports an error, or the passing of action_time.
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
  -- Without memory for the answer: who waits for it hears of it all the same.
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

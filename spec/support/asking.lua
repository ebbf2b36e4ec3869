--- Projects whose clients have Base ask others: the action `ask` makes a
-- request of its message's body, `echo` shows that the loop turns.
local asking = {}

local ASK = [[
local http = require "base.http"
return function(_, message)
  local reply, why = http.request(message.body)
  if not reply then return message:respond("no", why) end
  return message:respond("yes", { status = reply.status,
    headers = reply.headers, body = reply.body })
end]]

local ECHO = [[
return function(_, message) return message:respond("echo", message.body) end]]

--- The files of such a project, for server.start.
-- @param more table or nil more of them, path -> text
function asking.project(more)
  local all = { ["actions/ask.lua"] = ASK, ["actions/echo.lua"] = ECHO }
  for path, text in pairs(more or {}) do all[path] = text end
  return all
end

--- Has a client's server ask.
-- @param peer client
-- @param options table of http.request
-- @return table the answer and "yes", or the word and "no"
function asking.ask(peer, options)
  peer:send_message("ask", options, 1)
  local message = assert(peer:receive_message(15))
  return message[2], message[1]
end

return asking

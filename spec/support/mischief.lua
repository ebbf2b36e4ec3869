--- What the specs of scripts that misbehave share: actions, the echo by which a
-- bystander is served, and what the server holds.
local assert = require "luassert"
local socket = require "socket"

local files = require "spec.support.files"

local mischief = {}

--- Seconds in which a bystander's echo is answered, with a run_time of 0.2 s.
mischief.PATIENCE = 0.2 + 1

--- An environment in which freed memory goes back to the system, so that it can
-- be told whether it was.
mischief.ENV = {
  ASAN_OPTIONS = "quarantine_size_mb=1:allocator_release_to_os_interval_ms=99",
}

--- The text of an action with this body.
function mischief.action(body)
  return 'local base = require "base" '
    .. "return function(connection, message)\n" .. body .. "\nend\n"
end

--- The action that `echo` asks.
mischief.ECHO = mischief.action [[return message:respond("echo", message.body)]]

--- How often a text is in another.
function mischief.count(text, what)
  local found, from = 0, 1
  while true do
    from = text:find(what, from, true)
    if not from then return found end
    found, from = found + 1, from + 1
  end
end

--- Has a client's message echoed.
-- @return seconds that this took
function mischief.echo(peer, id)
  local began = socket.gettime()
  peer:send_message("echo", id, id)
  assert.same({ "echo", id, id }, peer:receive_message(30))
  return socket.gettime() - began
end

--- The bytes of a process that are in memory.
function mischief.resident(id)
  local status = files.read(("/proc/%d/status"):format(id))
  return tonumber(status:match "VmRSS:%s*(%d+)") * 1024
end

return mischief

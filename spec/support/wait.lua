--- Waiting for something instead of for time to pass.
local socket = require "socket"

local LOOK_EVERY = 0.005 -- seconds

local wait = {}

--- Looks again and again until a function returns something true.
-- @param seconds number the deadline
-- @param what string what is waited for, in words
-- @param look function
-- @return what the function returned
-- Raises at the deadline.
-- @usage wait.for_(5, "the file", function() return io.open(path) end)
function wait.for_(seconds, what, look)
  local deadline = socket.gettime() + seconds
  repeat
    local found = look()
    if found then return found end
    socket.sleep(LOOK_EVERY)
  until socket.gettime() > deadline
  local last = look()
  if last then return last end
  error(("waited %g s in vain for %s"):format(seconds, what), 2)
end

return wait

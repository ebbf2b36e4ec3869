-- Tells the others in a room who is writing. It is not kept: what was typed
-- while somebody was away is of no interest.
local base = require "base"

return function(connection, message)
  for _, name in ipairs(connection.channels) do
    if name == message.body then
      base.channel(name):send("typing", connection.user.name,
        { keep = false, except = connection })
    end
  end
end

-- One message to everybody.
local base = require "base"

return function(_, message)
  base.broadcast("told", message.body)
  return message:respond("ok", message.body)
end

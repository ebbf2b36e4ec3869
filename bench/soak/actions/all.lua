local base = require "base"

return function(_, message)
  return message:respond("all", base.broadcast("told", message.body))
end

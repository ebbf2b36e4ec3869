local base = require "base"

return function(_, message)
  base.sleep(0.05)
  return message:respond("pause", message.body)
end

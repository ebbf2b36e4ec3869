local base = require "base"

return function(_, message)
  local user = base.users[message.body]
  return message:respond("tell", user and user:send("told", message.id) or 0)
end

-- A message for each user, each another one.
local base = require "base"

return function(_, message)
  local text = message.body .. " for "
  for _, user in pairs(base.users) do
    user:send("told", text .. user.id)
  end
  return message:respond("ok", message.body)
end

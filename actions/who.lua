-- Tells who is online. An action that returns a message sends it; a user is
-- never sent as a whole: name the fields that others may see.
local base = require "base"

return function(_, message)
  local users = {}
  for _, user in pairs(base.users) do
    users[#users + 1] = { id = user.id, name = user.name }
  end
  return message:respond("users", users)
end

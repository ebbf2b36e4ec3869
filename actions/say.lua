-- Speaks to everyone. A raised table with a code is an answer and no failure:
-- its code, message and data reach the client.
local base = require "base"

return function(connection, message)
  if type(message.body) ~= "string" then
    error { code = "text", message = "What you say must be a text." }
  end
  base.broadcast("said", { from = connection.user.name, text = message.body })
end

--- What clients say to channels: the messages that have a channel, and the
-- commands that begin with $.
local core = require "base.core"

local channels = {}

-- Answers a message with an error, which carries its id and its channel.
local function refuse(connection, message, code, text)
  core.count_error(code)
  core.reply(connection, "error", { code = code, message = text },
    message.id, message.channel)
end

--- Serves one message for a channel.
-- @param connection connection
-- @param message Message
function channels.run(connection, message)
  refuse(connection, message, "unknown", "channels are not served")
end

return channels

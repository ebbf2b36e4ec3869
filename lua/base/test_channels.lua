--- What clients say to channels, for base.test: join, leave, send, history.
local core = require "base.core"

local test_channels = {}

local ID = "test" -- of what clients ask of channels

local functions = {}
local say -- function(connection, message) -> what was sent, how much before

-- Has a client ask for something of a channel. Returns the command, the body
-- and the position of the answer; nothing where none has come.
local function ask_channel(connection, command, body, channel)
  local question = core.Message(command, body)
  question.id, question.channel = ID, channel
  local messages, before = say(connection, question)
  for i = #messages, before + 1, -1 do
    local message = messages[i]
    if type(message) == "table" and message[3] == ID then
      table.remove(messages, i)
      return message[1], message[2], message[5]
    end
  end
end

--- Has a client join a channel: `$join`, through the rules of test.use. An
-- error that a rule raises is raised here.
-- @param connection connection
-- @param name string the channel's name
-- @param options table or nil `last`, or `since` and `epoch`; `body`, which the
--   rule gets
-- @return table or nil the body of `$joined`; nil where the client is refused,
--   or where the rule waits: then test.sent shows the answer when it comes
-- @return integer or table the position, if the channel has a history; the
--   error's body where the client is refused
-- @usage local joined = test.join(ada, "room:42", { last = 10 })
-- @usage local _, refused = test.join(eve, "room:42")
--   assert.equal("forbidden", refused.code)
function functions.join(connection, name, options)
  local command, body, position =
    ask_channel(connection, "$join", options, name)
  if command == "error" then return nil, body end
  return body, position
end

--- Has a client leave a channel.
-- @param connection connection
-- @param name string the channel's name
-- @return boolean whether it was answered
function functions.leave(connection, name)
  return ask_channel(connection, "$leave", nil, name) == "$left"
end

--- Has a client send to a channel, through the rules of test.use. An error that
-- a rule raises is raised here.
-- @param connection connection
-- @param name string the channel's name
-- @param command string
-- @param body any
-- @return integer or boolean or nil the position, or true in a channel without
--   history; nil where the client is refused, or where the rule waits
-- @return table or nil the error's body where the client is refused
-- @usage test.send(ada, "room:42", "said", "hi")
function functions.send(connection, name, command, body)
  local answer, content = ask_channel(connection, command, body, name)
  if answer == "$sent" then return content.position or true end
  return nil, content
end

--- Has a client read the history of a channel: `$history`.
-- @param connection connection
-- @param name string the channel's name
-- @param options table or nil `before`, `limit`
-- @return table or nil a list of { command, body, position }; nil where the
--   client is refused
-- @return string or table the epoch, if the channel has a history; the error's
--   body where the client is refused
function functions.history(connection, name, options)
  local command, body = ask_channel(connection, "$history", options, name)
  if command == "$history" then return body.messages, body.epoch end
  return nil, body
end

--- The functions for base.test.
-- @param how function(connection, message) that has the client say it, and
--   returns the list of what was sent and not taken yet, and how much of it was
--   sent before
-- @return table by name
function test_channels.functions(how)
  say = how
  return functions
end

return test_channels

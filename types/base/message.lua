---@meta

---A message of a client, or one that `base.Message` made. A script may change
---its fields; they are checked when it is sent.
---
---Wherever a message is expected, a command and a body may stand in its place:
---`connection:send("alert", "hi")`.
---@class base.Message
---Of a client's message, the name of the action that runs.
---@field command string
---Nil for null. A null inside a body is `json.null`.
---@field body any
---The client's id for the answer: an integer, or a string of at most 64 bytes.
---Nil where no answer is expected.
---@field id integer|string|nil
---The name of the channel that a client's message is for: a string of 1 to 128
---bytes. Nil for a message to the server.
---@field channel string|nil
local message = {}

---Makes the answer: a message with the same id and channel. Return it from the
---action, or send it.
---
---```lua
----- actions/hello.lua
---return function(connection, message)
---  return message:respond("alert", "Hello, " .. message.body .. "!")
---end
---```
---@param command string
---@param body? any
---@return base.Message answer
function message:respond(command, body) end

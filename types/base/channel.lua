---@meta

---A channel: a name that messages are sent to; whoever has joined gets them. Nobody
---creates it: it exists while somebody is in it, or while its history lasts.
---
---`base.channel(name)` returns the same value for the same name, so channels can be
---compared and be keys of tables. `tostring(channel)` is its name, and so is
---`"news of " .. channel`.
---
---The methods that may wait for other processes are named. In a single process they
---answer at once.
---@class base.Channel
---1 to 128 bytes.
---@field name string
local channel = {}

---Sends a message to all who are in the channel. Where the channel's rule has a
---history, the message is kept and has a position.
---
---May wait. Raises for what JSON cannot say.
---
---```lua
---base.channel("room:42"):send("said", { text = "hi" })
---base.channel("room:42"):send("typing", name, { keep = false, except = connection })
---```
---@param command string
---@param body? any nil where options follow and there is no body
---@param options? base.ChannelSendOptions
---@return integer|true|nil position true where the message is not kept
---@return string|nil why
---@overload fun(self: base.Channel, message: base.Message, options?: base.ChannelSendOptions): integer|true|nil, string|nil
function channel:send(command, body, options) end

---The options of `channel:send`.
---@class base.ChannelSendOptions
---This connection does not get the message.
---@field except? base.Connection
---Whether the history keeps the message, if there is one; true if not given.
---@field keep? boolean

---Lets a connection in, whatever the rules say. Its client is told `$joined`.
---
---Raises for an info that is not a table with names, or has more than 4 KiB as JSON.
---@param connection base.Connection
---@param info? table what the members see of the user, if the rule has `presence`
---@return true|nil joined
---@return "closed"|"limit"|"busy"|nil why `limit`: limits.channels; `busy`: the client's own join of the channel waits for other processes
function channel:join(connection, info) end

---Puts a connection out. Its client is told `$left` with the reason.
---@param connection base.Connection
---@param reason? string for people
---@return true|nil left also where it was not in the channel
---@return "closed"|nil why
function channel:leave(connection, reason) end

---Who is in the channel: each user once, guests not. The infos are what they joined
---with; where the rule has no `presence`, they are empty.
---
---May wait.
---@return table<string, table>|nil members from the id, as text, to the info
---@return string|nil why
function channel:members() end

---How many are in the channel.
---
---May wait.
---@return integer|nil users
---@return integer|string connections or why not
function channel:count() end

---Reads the history. With `after`, the first messages behind that position; else the
---last ones, or the last ones before `before`.
---
---May wait.
---@param options? base.HistoryOptions
---@return base.KeptMessage[]|nil messages in the order of their positions
---@return string|nil epoch tells this history from another one of the same channel; nil without history
---@return integer|nil position of the last message that was ever kept
function channel:history(options) end

---The options of `channel:history`.
---@class base.HistoryOptions
---Only messages behind this position.
---@field after? integer
---Only messages before this position.
---@field before? integer
---How many at most; 100 if it is not given.
---@field limit? integer

---A message of a history.
---@class base.KeptMessage
---@field command string
---@field body any
---@field position integer

---Drops the history. Positions go on.
---
---May wait.
---@return true|nil cleared
---@return string|nil why
function channel:clear() end

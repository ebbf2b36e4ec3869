---@meta

---A user: one person of your application, with all of its connections.
---
---Every other field is your application's: `user.name`. `pairs(user)` walks
---them. Registering the same id again replaces all of them; what should outlive
---that belongs into `base.state`. Setting one of the fields and methods below
---raises.
---
---A user that you keep stands for its id: it speaks to the connections that the
---id has now, and to none when it has none.
---@class base.User
---In the form in which it was first registered.
---@field id base.Id
---A new table of the connections that are open now, by their ids.
---@field connections table<integer, base.Connection>
---@field [any] any
local user = {}

---The id of a user: an integer or a string of 1 to 128 bytes. `42` and `"42"`
---are the same user. JavaScript reads integers beyond 2^53 wrongly: let such ids
---be strings.
---@alias base.Id integer|string

---Sends a message to all connections of the user.
---
---Raises for what JSON cannot say.
---@param command string
---@param body? any
---@return integer count how many connections took it
---@overload fun(self: base.User, message: base.Message): integer
function user:send(command, body) end

---Asks all connections of the user and waits for the first answer. The others are
---dropped. An `error` is an answer too; only one with the code `unknown`, with
---which `base.js` declines what a page has no answer for, leaves the question to
---the other connections. It counts when all of them have said so or left.
---
---The answer is a body. Where there is none, it is nil and a word: `"timeout"`,
---`"closed"` when the user has no connection (any more), or the `code` of the
---`error`.
---
---Raises where nothing may wait, and for what JSON cannot say.
---@param command string
---@param body? any
---@param seconds? number how long to wait; 10 if it is not given
---@return any answer
---@return string|nil why
---@overload fun(self: base.User, message: base.Message, seconds?: number): any, string|nil
function user:call(command, body, seconds) end

---Sets some fields of the user, for all of its connections at once. `json.null`
---removes a field.
---
---Raises for what is not a table, and for fields with another `id`.
---
---```lua
---base.users[42]:update { name = "Ada L.", admin = json.null }
---```
---@param fields table<string, any>
---@return base.User user
function user:update(fields) end

---Lets all connections of the user into a channel: those that are here, and those
---that come until it leaves, or is offline. Their clients are told `$joined`.
---
---Raises for what cannot be the name of a channel, and for an info that is not a
---table with names, or has more than 4 KiB as JSON.
---@param channel base.Channel|string
---@param info? table what the members see of the user, if the rule has `presence`
---@return true|nil joined
---@return "closed"|nil why the user is not here
function user:join(channel, info) end

---Takes all connections of the user out of a channel. Their clients are told `$left`
---with the reason.
---@param channel base.Channel|string
---@param reason? string for people
---@return true|nil left also where it was not in the channel
---@return "closed"|nil why the user is not here
function user:leave(channel, reason) end

---Closes all connections of the user. Their clients stay away. A registration
---that had begun before is refused as well: `register` returns
---`nil, "disconnected"`, and closes the connection in the same way. So end the
---session first, and disconnect then.
---
---Raises as `connection:close` does.
---@param code? integer 4003 if not given; or 1000, 3000 to 3999, 4100 to 4999
---@param reason? string at most 123 bytes of UTF-8, for people
---@return integer count how many connections were told to go
function user:disconnect(code, reason) end

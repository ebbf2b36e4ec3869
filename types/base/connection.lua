---@meta

---One WebSocket, from the handshake to the close. It is the same value for as
---long as it lives, so it can be the key of a table.
---
---Any other field is your own: `connection.room = 7`. Setting one of the fields
---and methods below raises.
---
---When the connection is gone, its fields and your own can still be read,
---`is_open` is false, and the methods return `nil, "closed"`.
---@class base.Connection
---Below 2^53. It is never used again, not even after a restart.
---@field id integer
---Who the connection belongs to; nil for a guest.
---@field user base.User|nil
---The address of the peer: `"192.0.2.1"`, `"2001:db8::1"` or `"unix"`.
---@field address string
---The request of the handshake.
---@field request base.Request
---The subprotocol that was chosen.
---@field protocol string|nil
---When the connection opened, in Unix seconds.
---@field opened_at number
---The names of the channels that it is in: a new list. Once it has closed, of those
---that it was in.
---@field channels string[]
---@field [any] any
local connection = {}

---Sends a message.
---
---Raises for what JSON cannot say.
---
---```lua
---connection:send("alert", "hi")
---connection:send(message:respond("ok"))
---```
---@param command string
---@param body? any
---@return true|nil sent
---@return "closed"|"slow"|nil why `"slow"`: lost, see `limits.on_slow`
---@overload fun(self: base.Connection, message: base.Message): true|nil, string|nil
function connection:send(command, body) end

---Sends a text frame as it is.
---
---Raises for a text that is not valid UTF-8.
---@param text string
---@return true|nil sent
---@return "closed"|"slow"|nil why
function connection:send_text(text) end

---Sends a binary frame as it is.
---@param bytes string
---@return true|nil sent
---@return "closed"|"slow"|nil why
function connection:send_binary(bytes) end

---Asks the client and waits for its answer. The other messages of the client
---wait meanwhile, so the client has to be able to answer without asking first.
---
---The answer is the body of the client's message. Where there is none, it is nil
---and a word: `"timeout"`, `"closed"`, or the `code` of the client's `error`
---(`"error"` if it named none).
---
---Raises where nothing may wait, and for what JSON cannot say.
---
---```lua
---local answer, why = connection:call("sure", "Delete it?", 30)
---if answer ~= true then
---  error { code = "cancelled", message = why or "declined" }
---end
---```
---@param command string
---@param body? any
---@param seconds? number how long to wait; 10 if it is not given
---@return any answer
---@return string|nil why
---@overload fun(self: base.Connection, message: base.Message, seconds?: number): any, string|nil
function connection:call(command, body, seconds) end

---Says who the connection belongs to, at any time: in an action `login`, say. The
---`register` that `authenticate` is given does the same, with the connection as
---its first argument. [Registration](../registration.md) says all that follows
---from it.
---
---A table with an `id` makes the connection one of this user: `authenticated` is
---sent, then its messages run. A connection that has a user already moves to the
---new one. `false` closes it with 4001, and the client stays away. nil says that
---the application is away: the client is told `reconnect`, and closed with 1013.
---
---Where it returns nil, the word says why: `"closed"`, the connection is gone, or
---one too many of this user; `"expired"`, the registration had expired;
---`"disconnected"`, the user was disconnected meanwhile; `"registered"`, something
---else has registered the connection while `authenticate` was waiting.
---
---Raises for a user without a valid id, and for wrong options.
---
---```lua
---connection:register({ id = 42, name = "Ada" }, { expires = 3600 })
---```
---@param user base.UserFields|false|nil
---@param options? base.RegisterOptions where the user is nil: why, for the log
---@return true|nil registered
---@return "closed"|"expired"|"disconnected"|"registered"|nil why
function connection:register(user, options) end

---What a user is made from. The table is copied, and replaces all fields that a
---user with the same id had.
---@class base.UserFields
---Who it is.
---@field id base.Id
---@field [string] any

---How long a registration is good.
---@class base.RegisterOptions
---When it expires and the client is sent `expired`: in so many seconds, or from
---10^9 on a Unix time in seconds.
---@field expires? number
---How many seconds the client then has to be registered again, before it is
---closed with 4001. 10 if it is not given.
---@field grace? number
---The names of channels that the connection joins before it is sent
---`authenticated`, whatever the rules say.
---@field channels? string[]

---Closes the connection.
---
---Raises for a code that is Base's own, and for a reason above 123 bytes.
---@param code? integer 1000 if not given; or 3000 to 3999, 4100 to 4999
---@param reason? string at most 123 bytes of UTF-8, for people
---@return true|nil closed
---@return "closed"|nil why
function connection:close(code, reason) end

---Tells whether the connection takes messages.
---@return boolean is_open
function connection:is_open() end

---@meta base

---Everything that scripts get from Base. Where something can go wrong at any time
---(a connection has closed, a request times out), a function returns nil and a
---word. A mistake of the programmer raises, with the file and the line of the
---script. Times are seconds, sizes are bytes.
---
---Wherever a message is expected, a command and a body may stand in its place:
---`connection:send("alert", "hi")`. What JSON cannot say raises: see
---[`json.encode`](lua/json.md#jsonencode).
---
---What waits (`base.sleep`, `connection:call`, `user:call`, `base.http`, and some
---methods of a channel) looks like plain code and holds nobody else up. It waits
---wherever a script runs, but not while files load, nor inside a callback of a C
---function (`table.sort`, `string.gsub`).
---
---`print` writes to the log, and `os.exit` ends the server as SIGTERM does, with
---its status. In the files of a project, writing a global raises, and so do a
---metatable with `__gc` and `debug.sethook`.
---
---The reference is made from `types/`, which editors read: with
---`{"workspace.library": ["/path/to/base/types"]}` in the project's `.luarc.json`
---the Lua language server completes and checks all of it. A base.lua says what it
---is with `---@type base.Settings` above its table, an action with
---`---@type base.Action` above its function.

---The module `base`: everybody who is connected, sending, time and the log.
---
---```lua
---local base = require "base"
---```
---@class base
---The registered users.
---@field users base.Users
---The open connections.
---@field connections base.Connections
---A table of your own that survives reloads.
---@field state table
---Writes lines to the log.
---@field log base.Log
---The version of Base, as `base --version` says it.
---@field version string
local base = {}

---The registered users, by id. Cannot be written: `register` adds users.
---
---`base.users[id]` is the user, or nil. It raises for what cannot be an id.
---`pairs(base.users)` walks ids and users, also while users come and go.
---
---`base.users.count` is always the method. A user whose id is `"count"` is found
---by `pairs`, and reached by `base.send("count", …)`.
---
---```lua
---local ada = base.users[42]
---if ada then ada:send("alert", "Your order is on its way.") end
---```
---@class base.Users
---@field [integer|string] base.User|nil
local users = {}

---Counts the users.
---@return integer count
function users:count() end

---The open connections, by id. Cannot be written.
---
---`base.connections[id]` is the connection, or nil.
---`pairs(base.connections)` walks ids and connections, also while connections
---open and close.
---@class base.Connections
---@field [integer] base.Connection|nil
local connections = {}

---Counts the connections, guests included.
---@return integer count
function connections:count() end

---Makes a message.
---
---Raises unless the command is a string. Commands that begin with `$` are Base's:
---sending one raises.
---
---```lua
---local message = base.Message("alert", "We close in ten minutes.")
---base.send({ 7, 42 }, message)
---```
---@param command string 1 to 128 bytes of UTF-8
---@param body? any nil, or what JSON can say
---@return base.Message message
function base.Message(command, body) end

---Sends a message to all connections of a user, or of several users. It is
---encoded once.
---
---Raises, before anything is sent, for what cannot be an id and for what JSON
---cannot say.
---
---```lua
---base.send(42, "alert", "Your order is on its way.")
---base.send({ 7, 42 }, "alert", "We close in ten minutes.")
---```
---@param id base.Id|base.Id[] an id that is listed twice gets the message twice
---@param command string
---@param body? any
---@return integer count how many connections took it; 0 for a user who is away
---@overload fun(id: base.Id|base.Id[], message: base.Message): integer
function base.send(id, command, body) end

---Sends a message to every connection that has a user. It is encoded once.
---
---Raises for what JSON cannot say.
---
---```lua
---base.broadcast("said", { text = "hi" }, { except = connection })
---```
---@param command string
---@param body? any nil where options follow and there is no body
---@param options? base.BroadcastOptions
---@return integer count how many connections took it
---@overload fun(message: base.Message, options?: base.BroadcastOptions): integer
function base.broadcast(command, body, options) end

---The channel of this name.
---
---Raises unless it is 1 to 128 bytes of valid UTF-8, without control characters, not
---beginning with `$`.
---@param name string|base.Channel
---@return base.Channel channel
function base.channel(name) end

---The names of the channels in use: somebody of this process is in them, or they have
---a history.
---@param prefix? string only names that begin so
---@return string[] names sorted
function base.channels(prefix) end

---The options of `base.broadcast`.
---@class base.BroadcastOptions
---The connection that does not get the message.
---@field except? base.Connection

---Runs a function soon, beside the queue of messages: the action that calls
---this goes on at once.
---
---Raises when `limits.timers` are running.
---@param run fun(...) may wait
---@param ... any the arguments of the function
function base.spawn(run, ...) end

---Waits. Others run meanwhile. With 0 the script goes on in the next
---turn of the loop, after everybody who is waiting has been served.
---
---Raises where nothing may wait (while files load, inside a callback of a C
---function), for less than 0, and when `limits.coroutines` runs are waiting.
---@param seconds number
function base.sleep(seconds) end

---Runs a function once, later. With 0 it runs in the next turn of the loop.
---
---A timer that is started while files load begins when the load has succeeded,
---and ends with the next load. A timer that a running script starts goes on.
---
---Raises for less than 0, and when `limits.timers` are running.
---@param seconds number
---@param run fun() may wait
---@return base.Timer timer
function base.after(seconds, run) end

---Runs a function again and again. It never runs twice at once, and goes on
---after an error. A load starts and ends it like a timer of `base.after`.
---
---Raises for 0 or less, and when `limits.timers` are running.
---@param seconds number the time from one start to the next
---@param run fun() may wait
---@return base.Timer timer
function base.every(seconds, run) end

---A timer of `base.after` or `base.every`.
---@class base.Timer
local timer = {}

---Stops the timer. A run that has begun goes on.
function timer:cancel() end

---Tells the time.
---@return number seconds Unix time, with a fraction
function base.now() end

---Compares two strings in a time that tells nothing about the secret. It is
---false where one of them is nil (a header that is missing) or the secret is
---empty.
---
---Raises for what is neither a string nor nil.
---
---```lua
---local key = "Bearer " .. os.getenv "PUSH_SECRET"
---if not base.equal(request.headers.authorization, key) then return 403 end
---```
---@param given? string what a client sent
---@param secret? string
---@return boolean is_equal
function base.equal(given, secret) end

---Writes a line to the log, with the connection and the user of the action that
---runs. `print` writes one of the level `info`.
---
---All four raise for fields whose names are not strings. Never log a cookie, a
---token or a body.
---
---```lua
---base.log.info("paid", { order = 17 })
---```
---@class base.Log
local log = {}

---Writes a line of the level `debug`, which the log leaves out by default.
---@param text any what happened
---@param fields? table<string, any> values that belong to it, by name
function log.debug(text, fields) end

---Writes a line of the level `info`.
---@param text any
---@param fields? table<string, any>
function log.info(text, fields) end

---Writes a line of the level `warn`.
---@param text any
---@param fields? table<string, any>
function log.warn(text, fields) end

---Writes a line of the level `error`.
---@param text any
---@param fields? table<string, any>
function log.error(text, fields) end

return base

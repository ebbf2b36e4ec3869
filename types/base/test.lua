---@meta base.test

---Tests of your actions under [busted](https://lunarmodules.github.io/busted/),
---without a server: over the code that serves them, with a clock that the test
---moves.
---
---```lua
---local test = require "base.test"
---
---describe("hello", function()
---  local hello = test.action "actions/hello.lua"
---  after_each(test.reset)
---
---  it("answers with the id of the question", function()
---    local ada = test.connection { id = 1, name = "Ada" }
---    hello(ada, test.message("hello", "world", 7))
---    assert.same({ { "alert", "Hello, world!", 7 } }, test.sent(ada))
---  end)
---end)
---```
---@class base.test
local test = {}

---Opens a connection. `authenticated` is not among what `test.sent` returns.
---
---```lua
---local ada = test.connection({ id = 1 }, { headers = { cookie = "a=b" } })
---```
---@param user? base.UserFields whose it is; nil for a guest
---@param options? base.test.Options
---@return base.Connection connection
function test.connection(user, options) end

---The options of `test.connection`.
---@class base.test.Options
---The path of the handshake: `"/"` if it is not given.
---@field path? string
---Names and values of the handshake's headers.
---@field headers? table<string, string>
---The subprotocol that the client offers.
---@field protocol? string
---The address of the peer: `"127.0.0.1"` if it is not given.
---@field address? string
---When the registration expires, as in `connection:register`.
---@field expires? number
---How long the client then has, as in `connection:register`.
---@field grace? number

---Makes a message as a client would send it.
---@param command string
---@param body? any
---@param id? integer|string
---@param channel? string the name of the channel that it is for
---@return base.Message message
function test.message(command, body, id, channel) end

---Has a client join a channel: `$join`, through the rules that `test.use` was given.
---What a rule raises is raised, but `error { code = … }` is sent, as an answer.
---
---```lua
---local joined = test.join(ada, "room:42", { last = 10 })
---assert.same({ ["1"] = { name = "Ada" } }, joined.members)
---
---local _, refused = test.join(eve, "room:42")
---assert.equal("forbidden", refused.code)
---```
---@param connection base.Connection
---@param name string the channel's name
---@param options? base.test.JoinOptions
---@return table|nil joined the body of `$joined`; nil where the client is refused, or where the rule waits: then `test.sent` shows the answer, with the id `"test"`, when it comes
---@return integer|table|nil position if the channel has a history; the error's body where the client is refused
function test.join(connection, name, options) end

---The options of `test.join`.
---@class base.test.JoinOptions
---How many of the last messages the client wants, in `missed`.
---@field last? integer
---The position after which it wants all messages, in `missed`.
---@field since? integer
---The epoch to which that position belongs.
---@field epoch? string
---What the rule's `join` gets.
---@field body? any

---Has a client leave a channel.
---@param connection base.Connection
---@param name string the channel's name
---@return boolean is_answered
function test.leave(connection, name) end

---Has a client send to a channel, through the rules that `test.use` was given. What
---a rule raises is raised, but `error { code = … }` is sent, as an answer.
---
---```lua
---assert.equal(1, test.send(ada, "room:42", "said", "hi"))
---assert.same({ { "said", "hi", json.null, "room:42", 1 } }, test.sent(bob))
---```
---@param connection base.Connection
---@param name string the channel's name
---@param command string
---@param body? any
---@return integer|boolean|nil position true in a channel without history; nil where the client is refused, or where the rule waits
---@return table|nil refused the error's body
function test.send(connection, name, command, body) end

---Has a client read the history of a channel.
---@param connection base.Connection
---@param name string the channel's name
---@param options? base.test.HistoryOptions
---@return table|nil messages a list of `{ command, body, position }`; nil where the client is refused
---@return string|table|nil epoch if the channel has a history; the error's body where the client is refused
function test.history(connection, name, options) end

---The options of `test.history`.
---@class base.test.HistoryOptions
---The messages before this position: all if it is not given.
---@field before? integer
---How many of them, the newest: 100 if it is not given.
---@field limit? integer

---Loads the file of an action. The function that it returns runs the action until
---it ends or waits. What the action raises is raised, but `error { code = … }` is
---sent, as an answer.
---
---Raises when the file does not load, with its name and line.
---@param path string below the folder in which the test runs
---@return fun(connection: base.Connection, message: base.Message) run
function test.action(path) end

---Tells what a connection was sent since this was last asked.
---@param connection base.Connection
---@return table messages a list of `{ command, body, id, channel, position }` as far as they were sent, and of strings where text or bytes were sent as they are
function test.sent(connection) end

---Answers the oldest `connection:call` of a connection.
---
---Raises when nothing was asked.
---@param connection base.Connection
---@param body? any
---@param code? string declines the question with this code
function test.answer(connection, body, code) end

---Lists the requests of `base.http` that wait for an answer, the oldest first. In
---a test they go nowhere.
---@return base.test.Request[] requests
function test.requests() end

---A request that waits.
---@class base.test.Request
---@field method string
---@field url string
---By name in lower case.
---@field headers table<string, string>
---@field body string

---Answers the oldest request that waits.
---
---Raises when nothing was asked.
---
---```lua
---test.reply(200, '{"id":42}')
---test.reply(nil, "timeout")
---```
---@param status integer|nil nil for a failure
---@param body? string the word where it is a failure
---@param headers? table<string, string>
function test.reply(status, body, headers) end

---Lets time pass: what sleeps wakes, what is late times out.
---@param seconds number
function test.advance(seconds) end

---Tells how the server closed a connection.
---@param connection base.Connection
---@return integer|nil code nil while it is open
---@return string|nil reason
function test.closed(connection) end

---Ends a connection from the client's side.
---@param connection base.Connection
---@param code? integer 1000 if it is not given
function test.disconnect(connection, code) end

---Sets hooks, channels, limits and other settings for the tests that follow, or
---takes them from a file; without an argument, the defaults. `authenticate` and
---`actions` are the test's own.
---
---Raises for a setting that base.lua may not have, and where the file does not load.
---
---```lua
---test.use { limits = { pending_messages = 2 } }
---test.use "base.lua"
---```
---@param settings? base.Settings|string
function test.use(settings) end

---Ends all connections and all channels: for `after_each`.
function test.reset() end

return test

---@meta

---Where to listen: `"127.0.0.1:9000"`, `"[::1]:9000"`, `":9000"` for all
---addresses, `"unix:/run/base.sock"`, `"systemd"`; or one of them in a table with
---`proxy = true`.
---@alias base.Place string|{ [1]: string, proxy: boolean? }

---The table that base.lua returns. Only `authenticate` is required. Times are
---seconds, sizes are bytes. In `limits`, 0 means no limit; a size is at least 1,
---unless its text says that it takes 0.
---
---```lua
----- base.lua
---return {
---  port = 9000,
---  authenticate = function(connection, register)
---    register(connection, { id = 42, name = "Ada" })
---  end,
---}
---```
---@class base.Settings
---Where to listen. Default: 9000.
---@field port? integer
---Where to listen; all addresses without it.
---@field address? string
---Whether connections there begin with a PROXY header.
---@field proxy? boolean
---A place or a list of them, instead of `port`, `address` and `proxy`.
---@field listen? base.Place|base.Place[]
---The account to become after listening, if started as root: `"name"` or
---`"name:group"`.
---@field user? string
---The path on which WebSockets are accepted; any without it.
---@field path? string
---How your application speaks to Base.
---@field api? base.Settings.Api
---The certificate; without it there is no TLS.
---@field tls? base.Settings.Tls
---The pages that may connect: `"https://example.com"`, `"https://*.example.com"`,
---`"null"`, `"*"`. Without it, the pages of the host that was asked.
---@field origins? string[]
---The names that a browser may ask for on a loopback address, beside those of
---this machine. Default: {}.
---@field hosts? string[]
---The subprotocols that are spoken. Default: {}.
---@field protocols? string[]
---The proxies whose X-Forwarded fields are believed: addresses, networks, or
---`"unix"`. Default: {}.
---@field trusted_proxies? string[]
---The folder of static files, or `false`; `"public"`, if it is there.
---@field public public? string|false
---What serves commands. Default: {}.
---@field actions? base.Settings.Actions
---The rules of channels, by the channel's name, or by how its name begins:
---`["room:*"]`. Default: {}.
---@field channels? table<string, base.Settings.Channel>
---The hooks. Default: {}.
---@field on? base.Hooks
---Whether messages may be compressed (permessage-deflate), and how. Default: {}.
---@field deflate? boolean|base.Settings.Deflate
---How silence is noticed. Default: {}.
---@field heartbeat? base.Settings.Heartbeat
---How long a connection of HTTP may wait for its next request. Default: 75.
---@field http_keep_alive? number
---How long a user without connections stays a user. Default: 5.
---@field offline_after? number
---How long the end of the server may take. Default: 10.
---@field drain? number
---The limits. Default: {}.
---@field limits? base.Settings.Limits
---The requests that scripts make. Default: {}.
---@field http_client? base.Settings.HttpClient
---The log. Default: {}.
---@field log? base.Settings.Log
local settings = {}

---Says who a connection belongs to, by calling `register`: at once or later. It
---may wait; messages of the connection wait meanwhile, except those for public
---actions. Where it returns without having called `register`, the connection is a
---guest. Where it raises, the connection is closed with 1011.
---[Registration](../registration.md) says all that follows from it.
---
---```lua
----- in the table that base.lua returns
---authenticate = function(connection, register)
---  local reply, why = http.get("http://127.0.0.1:8000/me", {
---    headers = { cookie = connection.request.headers.cookie },
---  })
---  if not reply then return register(connection, nil, why) end
---  if reply.status == 401 then return register(connection, false) end
---  if reply.status ~= 200 then
---    return register(connection, nil, reply.status) -- come back later
---  end
---  register(connection, reply:json())
---end
---```
---@param connection base.Connection
---@param register base.Register
function settings.authenticate(connection, register) end

---The function that `authenticate` is given: `connection:register`, with the
---connection as its first argument.
---@alias base.Register fun(connection: base.Connection, user: base.UserFields|false|nil, options?: base.RegisterOptions|any): true|nil, string|nil

---Makes the body of `authenticated`. Without it, the client is told
---`{ id = user.id }`.
---@param user base.User
---@return any body
function settings.welcome(user) end

---Answers requests of HTTP that are no WebSocket handshakes. It answers by a
---method of `response`, or by returning a status. What it does not answer is
---looked for in `public`, and is 404 where that has no such file. Where it raises,
---the answer is 500; where it takes longer than `limits.action_time`, 504.
---@param request base.HttpRequest
---@param response base.HttpResponse
---@return integer|nil status
---@return string|nil body
---@return table|nil headers
function settings.http(request, response) end

---@class base.Settings.Api
---A place or a list of them.
---@field listen base.Place|base.Place[]
---A key of at least 16 characters without spaces, or a list of keys.
---@field key string|string[]

---@class base.Settings.Tls
---The PEM file of the chain.
---@field certificate string
---The PEM file of its private key.
---@field key string

---@class base.Settings.Actions
---The folder of the actions. Default: "actions".
---@field path? string
---The commands for which no user is needed. Default: {}.
---@field public public? string[]
local actions = {}

---Finds the action of a command that no file serves.
---@param command string
---@return base.Action|nil action
function actions.resolver(command) end

---What the file of an action returns. A message that it returns is sent to its
---client; whatever else it returns is ignored. `error { code = …, message = …,
---data = … }` is an answer; any other error is a failure, which is logged.
---@alias base.Action fun(connection: base.Connection, message: base.Message): base.Message?

---A rule of `channels`. Of the rules that fit a channel's name one counts: the
---exact name, else the longest beginning.
---
---```lua
----- in the table that base.lua returns
---channels = {
---  ["room:*"] = {
---    join = function(connection, channel)
---      return connection.user.rooms[channel.name] == true
---    end,
---    send = true,
---    presence = true,
---    history = { size = 100, seconds = 3600 },
---  },
---}
---```
---@class base.Settings.Channel
---Whether guests may join, and others than members send. Default: false.
---@field public public? boolean
---What a client sends to the channel is published as it is where this is `true`.
---A function returns `true`, a message that is published instead, or `false`
---(`forbidden`); it may wait. Without `send`, clients do not send to the channel.
---@field send? boolean|fun(connection: base.Connection, message: base.Message, channel: base.Channel): boolean|base.Message|nil
---What members are told: `true`, who is there, comes and goes; `"count"`, how many
---are there, at most once a second.
---@field presence? boolean|"count"
---Which messages are kept, for those who join later or lost their connection.
---@field history? base.Settings.History|false
local rule = {}

---Decides who may join. Returns `true`, and a table that the members see of the user
---(4 KiB at most as JSON), if any; otherwise the client is told `forbidden`. It may
---wait. Without it, all registered users may join, and guests where `public` is
---`true`.
---@param connection base.Connection
---@param channel base.Channel
---@param body any what the client gave as `body`
---@return boolean|nil may_join
---@return table|nil info
function rule.join(connection, channel, body) end

---Runs when the first member has come.
---@param channel base.Channel
function rule.occupied(channel) end

---Runs when the last member has gone, and `offline_after` has passed.
---@param channel base.Channel
function rule.vacated(channel) end

---@class base.Settings.History
---The messages that are kept: 1 to 100000.
---@field size integer
---Seconds for which they are kept after the last one. Default: 300.
---@field seconds? number

---@class base.Settings.Deflate
---The bytes from which a message is compressed. Default: 1024.
---@field threshold? integer
---1 (fast) to 9 (small). Default: 1.
---@field level? integer

---@class base.Settings.Heartbeat
---The seconds of silence before a ping. Default: 25.
---@field interval? number
---How much longer silence may last then. Default: 10.
---@field timeout? number

---@class base.Settings.Limits
---Bytes of one message. Default: 65536.
---@field message_size? integer
---WebSockets at once. Default: 10000.
---@field connections? integer
---Connections of one user at once. Default: 0.
---@field connections_per_user? integer
---Connections of one address at once. Default: 0.
---@field connections_per_address? integer
---Which connection of a user with too many is closed. Default: "reject".
---@field on_exceed? "reject"|"close_oldest"
---Messages a second of one connection. Default: 100.
---@field rate? integer
---Messages that may come faster. Default: 200.
---@field burst? integer
---Bytes that wait for one slow reader. Default: 1048576.
---@field queue_size? integer
---What becomes of a slow reader: it is closed, or it loses messages.
---Default: "close".
---@field on_slow? "close"|"drop"
---Messages of one connection that wait for their turn. Default: 64.
---@field pending_messages? integer
---Bytes kept of all messages of one user; takes 0. Default: 8388608.
---@field waiting_per_user? integer
---Bytes kept of all messages of one address; takes 0. Default: 33554432.
---@field waiting_per_address? integer
---For a handshake, the head of a request, and pieces of bodies. Default: 10.
---@field handshake_time? number
---For `authenticate`. Default: 10.
---@field authenticate_time? number
---For a connection without a user. Default: 60.
---@field guest_time? number
---Of a script without a pause. Default: 1.
---@field run_time? number
---Of a script without a pause, before the log tells of it. Default: 0.1.
---@field slow_run? number
---Of an action, hook or request, waits included. Default: 60.
---@field action_time? number
---Timers and spawned functions at once. Default: 100000.
---@field timers? integer
---Runs of scripts that wait at once. Default: 100000.
---@field coroutines? integer
---Bytes that one run may add to the heap; takes 0. Default: 67108864.
---@field run_memory? integer
---Bytes of the Lua heap; takes 0. Default: 536870912.
---@field memory? integer
---Channels of one connection; takes 0. Default: 128.
---@field channels? integer
---Members of a channel that are told by name; takes 0. Default: 1000.
---@field members_listed? integer
---Bytes of the histories of all channels; takes 0. Default: 67108864.
---@field history_memory? integer
---Bytes of the head of an HTTP request, at most 65535. Default: 16384.
---@field http_head? integer
---Bytes of the body of an HTTP request. Default: 1048576.
---@field http_body? integer

---@class base.Settings.HttpClient
---Requests of scripts at once. Default: 64.
---@field connections? integer
---Requests that wait for one of them. Default: 1024.
---@field queue? integer
---Seconds for which an unused connection is kept. Default: 60.
---@field keep_alive? number

---@class base.Settings.Log
---The least that is written. Default: "info".
---@field level? "debug"|"info"|"warn"|"error"
---How lines are written. Default: "text".
---@field format? "text"|"json"

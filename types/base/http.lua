---@meta base.http

---Requests to your application and to others, in plain code that waits and holds
---nobody up.
---
---```lua
---local http = require "base.http"
---```
---
---The functions return a reply, whatever its status, or nil and a word:
---
---| word | because |
---| --- | --- |
---| `"timeout"` | `timeout` or `connect_timeout` has passed |
---| `"busy"` | `http_client.connections` are in use, and `http_client.queue` requests wait for one; or as many as [guests or users](../limits.md#http_client) may have |
---| `"resolve"` | the name of the host is not known |
---| `"unreachable"` | nobody takes the connection |
---| `"tls"` | there is no TLS, or the certificate cannot be trusted |
---| `"closed"` | the connection ended before the answer did, or Base ended it: too many TLS records came without data |
---| `"too_large"` | the body is above `max_body`, or the head above 64 KiB |
---| `"redirects"` | there were more than `redirects`, or one to something other than `http` and `https` |
---| `"invalid"` | what came is not HTTP, or cannot be unpacked |
---
---They raise for what no request can be (no URL, another scheme than `http` or
---`https`, an unknown option, a line feed in a header), and where nothing may
---wait.
---
---HTTP/1.1 is spoken; connections are used again, and packed answers (gzip) are
---unpacked. Proxies that the environment names (`http_proxy`) are not used. When
---a script ends while it waits, its request ends with it.
---@class base.http
local http = {}

---Asks for a URL.
---
---```lua
---local reply, why = http.get("http://127.0.0.1:8000/me", {
---  headers = { cookie = connection.request.headers.cookie },
---  timeout = 2, single_flight = true,
---})
---if not reply then return register(connection, nil, why) end
---```
---@param url string
---@param options? base.http.Options
---@return base.http.Reply|nil reply
---@return base.http.Word|nil why
function http.get(url, options) end

---Posts a body to a URL.
---
---```lua
---http.post("http://127.0.0.1:8000/seen", nil, { json = { id = 42 } })
---```
---@param url string
---@param body? string nil where the options have `json`
---@param options? base.http.Options
---@return base.http.Reply|nil reply
---@return base.http.Word|nil why
function http.post(url, body, options) end

---Makes any request.
---
---```lua
---http.request { method = "DELETE", url = "http://127.0.0.1:8000/me" }
---```
---@param request base.http.Request
---@return base.http.Reply|nil reply
---@return base.http.Word|nil why
function http.request(request) end

---Why there is no reply.
---@alias base.http.Word "timeout"|"busy"|"resolve"|"unreachable"|"tls"|"closed"|"too_large"|"redirects"|"invalid"

---The options of a request.
---
---Requests are the same for `single_flight` and `cache` when they have the same
---method, URL, body and headers, every one of them, and go the same way: one
---user's answer never serves another.
---@class base.http.Options
---Names and values. A value that is nil is no header.
---@field headers? table<string, string|number>
---Names and values, which are encoded and added to the URL. A value is a string,
---a number, a boolean, or a list of them.
---@field query? table<string, any>
---A value to send as JSON, in place of a body.
---@field json? any
---Seconds for all of it, waiting in the queue included: 10 if it is not given, at
---most a day.
---@field timeout? number
---Seconds until the connection stands (name, TCP and TLS): 2 if it is not given.
---@field connect_timeout? number
---How many to follow, at most 20; 0 if it is not given. Only those of GET and
---HEAD without a body are followed. `Authorization` and `Cookie` are not sent to
---another host, other headers are.
---@field redirects? integer
---Bytes of the body, unpacked: 1 MiB if it is not given. A body that says that
---it is larger is not read.
---@field max_body? integer
---The path of a Unix socket to ask. The URL's host is then only a name.
---@field unix? string
---A PEM file of the authorities to trust, in place of the system's.
---@field ca? string
---`false` trusts any certificate: for trying things out.
---@field verify? boolean
---Where a script asks the same while a request is on its way, it gets the answer
---of that one. The request goes on until no script waits for it.
---@field single_flight? boolean
---How many seconds old an answer may be; without it nothing is kept. A 2xx is
---kept that long; a 3xx or 4xx for a second, so that a user who has just logged in
---gets in; a 5xx and a failure not at all. `Cache-Control` of the answer does not
---count. At most 4,096 answers and 16 MiB are kept: those that were used last.
---A user who logs out, or whose rights you take away, keeps what was kept for so
---long: where an answer tells rights, keep it for a few seconds only.
---@field cache? number

---What `http.request` takes: the options and these.
---@class base.http.Request: base.http.Options
---@field url string
---`"GET"` if it is not given; HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
---@field method? string
---Not together with `json`.
---@field body? string

---The answer to a request. Each caller gets one of its own.
---@class base.http.Reply
---200, 404 …
---@field status integer
---By name in lower case; several fields of one name are joined by `", "`, but
---`set-cookie` is a list.
---@field headers table<string, string|string[]>
---Unpacked.
---@field body string
local reply = {}

---Reads the body as JSON. A byte order mark before it is passed over. Where the
---body is not JSON, the log says so now and then.
---@return any value nil for null
---@return "invalid"|nil why
function reply:json() end

return http

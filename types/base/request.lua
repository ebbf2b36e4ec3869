---@meta

---The request of a connection's handshake. The `request` that the setting `http`
---is given has the same fields, and three more.
---
---Names of headers are in lower case. Several fields of one name, in whatever
---case, are joined by `", "`, several Cookie fields by `"; "`.
---
---Names and values of a query are percent-decoded (`+` is a space, too). Of equal
---names the last counts in `query`; `query_list` has all:
---`/?room=a&room=b` is `query.room == "b"` and `query_list.room[1] == "a"`.
---
---Cookies are read as PHP, Express and Go read them, so that your application and
---Base see the same user. Names are as they were sent, case and escapes included,
---so that nobody can make up a `__Host-` cookie. Values are percent-decoded (`+`
---stays), without the double quotes around them. Of equal names the first counts,
---over several Cookie fields too. What has no `=` is a cookie with an empty value,
---as in PHP and Go; what has no name is left out.
---@class base.Request
---`"GET"` of a handshake.
---@field method string
---Percent-encoded, as it was sent.
---@field path string
---Decoded; the last value of each name.
---@field query table<string, string>
---Decoded; a list of all values of each name, in their order.
---@field query_list table<string, string[]>
---Percent-encoded, as it was sent, without the `?`; empty where there is none.
---@field query_string string
---By name in lower case.
---@field headers table<string, string>
---By name.
---@field cookies table<string, string>

---A request of HTTP, as the setting `http` is given it.
---@class base.HttpRequest: base.Request
---The whole body; empty where there is none.
---@field body string
---The address of the peer, as `connection.address`.
---@field address string
---Whether it came over TLS.
---@field secure boolean

---The answer to a request of HTTP. A handler answers by one of the methods, or by
---what it returns: `return status [, body [, headers]]`.
---
---The methods return true, or `nil, "closed"` when the client has gone. They
---raise when the request has been answered already.
---
---```lua
----- in the table that base.lua returns
---http = function(request, response)
---  if request.path == "/hello" then return 200, "Hello!\n" end
---  if request.path == "/time" then response:json { now = os.time() } end
---end
---```
---@class base.HttpResponse
---200, until you set it: 200 to 599.
---@field status integer
---Names and values. A list of values makes one field of each, for Set-Cookie. A
---name is the same in whatever case: what is set last counts. A table of your own
---in its place, or one that is returned, may not have a name in two cases.
---@field headers table<string, string|number|string[]>
local response = {}

---Answers with a string, as `text/plain` unless the headers say otherwise.
---@param body? string
---@return true|nil sent
---@return "closed"|nil why
function response:send(body) end

---Answers with JSON, as `application/json` unless the headers say otherwise.
---
---Raises for what JSON cannot say.
---@param value any
---@return true|nil sent
---@return "closed"|nil why
function response:json(value) end

---Answers with a file below a folder. It is 404 for what is not there, for dot
---files, for symbolic links that lead out of the folder, and for what Base itself
---reads: `base.lua`, the folder of the actions, any `.lua` of the project.
---
---Raises for wrong options, and where there is no folder.
---
---```lua
---response:file("invoice-17.pdf", { root = "invoices" })
---```
---@param path string below the folder
---@param options? base.FileOptions
---@return true|nil sent
---@return "closed"|nil why
function response:file(path, options) end

---The options of `response:file`.
---@class base.FileOptions
---The folder; that of the setting `public` if it is not given.
---@field root? string

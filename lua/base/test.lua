--- Tests of actions under busted, without a server: fake connections and
-- messages, the code of the server itself, and a clock that the test moves.
-- @usage
-- local test = require "base.test"
-- local hello = test.action "actions/hello.lua"
-- local connection = test.connection { id = 1, name = "Ada" }
-- hello(connection, test.message("hello", "world", 7))
-- assert.same({ { "alert", "Hello, world!", 7 } }, test.sent(connection))
local core = require "base.core"
local project = require "base.project"
local sorted = require "base.sorted"
local test_channels = require "base.test_channels"

local driver = core.test or error("base.test works in tests only", 2)
local json = core.json

local test = {}

local user_to_be      -- whom `authenticate` registers next
local options_to_be   -- and the options with which it does
local action_to_run   -- what any command runs
local raised          -- what a script raised last: { error = … }
local outboxes = setmetatable({}, { __mode = "k" })

local head = "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"

local settings = {
  public = false,
  log = { level = "error" },
  authenticate = function(connection, register)
    if user_to_be then register(connection, user_to_be, options_to_be) end
  end,
  actions = {
    public = {},
    resolver = function() return action_to_run end,
  },
  on = { error = function(err) raised = { error = err } end },
}

local function load_project(chosen)
  project.source = chosen
  local ok, mistakes = project.load {} -- once more below, to be used
  if not ok then error(table.concat(mistakes, "\n"), 3) end
  assert(driver.load())
end

-- What the project's own base.lua returns.
local function read_file(path)
  local load = project.new_load()
  local given = load:file(path)
  if load.mistakes[1] then error(load.mistakes[1], 3) end
  if type(given) ~= "table" then
    error(path .. ": must return a table of settings", 3)
  end
  return given
end

--- Sets hooks, channels, limits and other settings of base.lua for the tests
-- that follow. `authenticate` and `actions` are the test's own.
-- @param given table as base.lua returns it, or the path of such a file; nil
--   for the defaults
-- Raises for a setting that base.lua may not have.
-- @usage test.use { limits = { pending_messages = 2 } }
-- @usage test.use "base.lua"
function test.use(given)
  if type(given) == "string" then given = read_file(given) end
  local chosen = {}
  for name, value in pairs(given or {}) do chosen[name] = value end
  for name, value in pairs(settings) do
    if chosen[name] == nil or name == "authenticate" or name == "actions" then
      chosen[name] = value
    end
  end
  if chosen.on ~= settings.on then
    chosen.on = { error = settings.on.error }
    for name, hook in pairs(given.on) do chosen.on[name] = hook end
  end
  load_project(chosen)
end

-- Collects what was sent since the last call, so that calls and closes are
-- noticed as well.
local function collect(connection)
  local box = outboxes[connection]
  for _, message in ipairs(driver.sent(connection)) do
    local kind, bytes = message[1], message[2]
    if kind == "text" then
      local ok, value = pcall(json.decode, bytes)
      box.messages[#box.messages + 1] = ok and value or bytes
    elseif kind == "close" then
      box.code = #bytes >= 2 and string.unpack(">I2", bytes) or 1005
      box.reason = bytes:sub(3)
    else
      box.messages[#box.messages + 1] = bytes
    end
  end
  return box
end

--- Opens a connection.
-- @param user table or nil whom it is registered to; nil for a guest
-- @param options table or nil `path` and `headers` of the handshake, the
--   subprotocol `protocol` that it offers, `address`; `expires` and `grace`,
--   the options of `register`
-- @return connection; `authenticated` is not among what test.sent returns
-- @usage
-- local ada = test.connection({ id = 1 }, { headers = { cookie = "a=b" } })
function test.connection(user, options)
  options = options or {}
  local lines = {}
  for name, value in sorted(options.headers or {}) do
    lines[#lines + 1] = ("%s: %s\r\n"):format(name, value)
  end
  if options.protocol then
    lines[#lines + 1] =
      ("Sec-WebSocket-Protocol: %s\r\n"):format(options.protocol)
  end
  user_to_be = user
  options_to_be = { expires = options.expires, grace = options.grace }
  local connection = driver.connect(
    head:format(options.path or "/", table.concat(lines)), options.address)
  user_to_be = nil
  outboxes[connection] = { messages = {} }
  collect(connection)
  outboxes[connection].messages = {}
  return connection
end

--- Makes a message as a client would send it.
-- @param command string
-- @param body any
-- @param id string or integer or nil
-- @param channel string or nil the name of the channel that it is for
-- @return message
function test.message(command, body, id, channel)
  local message = core.Message(command, body)
  message.id = id
  message.channel = channel
  return message
end

-- The message as the client's bytes.
local function bytes_of(message)
  local parts = { json.encode(message.command) }
  local has_id = message.id ~= nil or message.channel ~= nil
  if message.body ~= nil or has_id then parts[2] = json.encode(message.body) end
  if has_id then parts[3] = json.encode(message.id) end
  if message.channel ~= nil then parts[4] = json.encode(message.channel) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function raise_what_was_raised()
  if not raised then return end
  local err = raised.error
  raised = nil
  error(err, 0)
end

--- Makes a function that runs an action's file as the server does, until the
-- action ends or waits. A message that it returns is sent. An error that it
-- raises is raised here; `error { code = … }` is sent as an answer.
-- @param path string the file, below the folder in which the test runs
-- @return function(connection, message)
-- Raises when the file does not load, with its name and line.
function test.action(path)
  local load = project.new_load()
  local action = load:file(path)
  if load.mistakes[1] then error(load.mistakes[1], 2) end
  if type(action) ~= "function" then
    error(path .. ": an action file must return a function", 2)
  end
  return function(connection, message)
    action_to_run = action
    driver.receive(connection, bytes_of(message))
    raise_what_was_raised()
  end
end

--- Lets time pass: scripts that sleep wake, and timers run, as they would.
-- @param seconds number
function test.advance(seconds)
  driver.advance(seconds)
  raise_what_was_raised()
end

--- What a connection was sent since this was last asked.
-- @param connection connection
-- @return table a list of { command, body, id, channel, position }, as far as
--   they were sent, and of strings where text or bytes were sent as they are
function test.sent(connection)
  local box = collect(connection)
  local messages = box.messages
  box.messages = {}
  return messages
end

--- How the server closed a connection.
-- @param connection connection
-- @return integer or nil the close code, and the reason; nil while it is open
function test.closed(connection)
  local box = collect(connection)
  return box.code, box.reason
end

--- Answers the oldest call (connection:call) of a connection.
-- @param connection connection
-- @param body any the answer; nil with a code is an error
-- @param code string or nil
-- Raises when there is none.
function test.answer(connection, body, code)
  local messages = collect(connection).messages
  for i, message in ipairs(messages) do
    local id = type(message) == "table" and message[3]
    if type(id) == "string" and id:find("^%$") then
      table.remove(messages, i)
      local answer = code and core.Message("error", { code = code })
        or core.Message("ok", body)
      answer.id = id
      driver.receive(connection, bytes_of(answer))
      return raise_what_was_raised()
    end
  end
  error("no call to this connection waits for an answer", 2)
end

local function read_request(text)
  local lines, body = text:match "^(.-)\n\n(.*)$"
  local request = { headers = {}, body = body }
  request.method, request.url = lines:match "^(%u+) ([^\n]+)"
  for line in lines:gmatch "\n([^\n]+)" do
    local name, value = line:match "^([^:]+): (.*)$"
    name = name or line:match "^(.+);$" -- one without a value
    if name then request.headers[name] = value or "" end
  end
  return request
end

--- The requests of scripts (base.http) that wait for an answer. In a test they
-- go nowhere.
-- @return table a list, the oldest first, of tables with `method`, `url`,
--   `headers` (names in lower case) and `body`
function test.requests()
  local list = {}
  for _, waiting in ipairs(driver.http_requests()) do
    table.insert(list, 1, read_request(waiting[2]))
  end
  return list
end

--- Answers the oldest request that waits.
-- @param status integer; or nil for a failure, with its word as the body
-- @param body string or nil
-- @param headers table or nil names and values
-- Raises when there is none.
-- @usage test.reply(200, '{"id":42}')
-- @usage test.reply(nil, "timeout")
function test.reply(status, body, headers)
  local waiting = driver.http_requests()
  if #waiting == 0 then error("no request waits for an answer", 2) end
  local lines = {}
  for name, value in sorted(headers or {}) do
    lines[#lines + 1] = ("%s: %s\r\n"):format(name, value)
  end
  local ticket = waiting[#waiting][1]
  if status then
    driver.http_answer(ticket, status, table.concat(lines), body or "")
  else
    driver.http_answer(ticket, nil, body)
  end
  raise_what_was_raised()
end

--- Ends a connection from the client's side.
-- @param connection connection
-- @param code integer or nil 1000 if it is not given
function test.disconnect(connection, code)
  driver.disconnect(connection, code or 1000)
  raise_what_was_raised()
end

-- What a client says, and what it has been sent besides what a test has taken.
local function say(connection, message)
  local before = #collect(connection).messages
  driver.receive(connection, bytes_of(message))
  raise_what_was_raised()
  return collect(connection).messages, before
end

for name, f in pairs(test_channels.functions(say)) do test[name] = f end

--- Ends all connections and all channels: for after_each.
function test.reset()
  for _, connection in pairs(core.connections) do
    driver.disconnect(connection, 1001)
  end
  driver.advance(60 * 60)
  for _, name in ipairs(core.channels()) do core.channel(name):clear() end
  driver.advance(0) -- a channel without members and messages ends with the turn
  raised = nil
end

test.use()

return test

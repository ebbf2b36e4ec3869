--- A world for specs of the bindings: a project in a folder of its own, clients
-- that speak to it, a clock that the spec moves, and the log. No sockets.
-- @usage
-- local world = require "spec.helper"
-- after_each(world.reset)
-- world.project { ["actions/hello.lua"] = world.action [[
--   return message:respond("alert", "Hello, " .. message.body .. "!")
-- ]] }
-- local ada = world.user "ada"
-- ada:say { "hello", "world", 7 }
-- assert.same({ { "alert", "Hello, world!", 7 } }, ada:heard())
local core = require "base.core"
local project = require "base.project"

local driver, json = core.test, core.json

-- A collection at every step takes a run longer than it may take.
if os.getenv "BASE_GC_STRESS" then
  require "base.settings"["limits.run_time"].default = 30
end

-- On a busy machine any run may be slow, and be logged.
require "base.settings"["limits.slow_run"].default = 0

local world = {
  json = json,
  null = json.null,
  --- What the project's files get from `require "seen"`: a list in which they
  -- leave what the spec is to look at.
  seen = {},
}

local root -- the project's folder, made by the first project
local written = {} -- files in it
local made = {} -- folders in it

-- The cookie `user` says who it is; without it one is a guest.
local BASE = [[
return {
  authenticate = function(connection, register)
    local name = connection.request.cookies.user
    if name then register(connection, { id = name }) end
  end,
}
]]

local function make_folder(path)
  if made[path] then return end
  made[path] = assert(os.execute(("mkdir -p '%s'"):format(path)))
end

local function write(path, text)
  local folder = path:match("^(.*)/")
  if folder then make_folder(root .. "/" .. folder) end
  local file = assert(io.open(root .. "/" .. path, "wb"))
  file:write(text)
  file:close()
  written[path] = true
end

--- Puts files into the project's folder, which has no other. Without a base.lua
-- there is one whose cookie `user` says who a client is.
-- @param files table path -> text
function world.files(files)
  if not root then
    root = os.tmpname()
    os.remove(root)
    make_folder(root)
    world.end_of_root = setmetatable({}, { __gc = function()
      os.execute(("rm -r '%s'"):format(root))
    end })
  end
  for path in pairs(written) do os.remove(root .. "/" .. path) end
  written = {}
  project.root = root
  if not files["base.lua"] then write("base.lua", BASE) end
  for path, text in pairs(files) do write(path, text) end
end

--- Changes one file, or takes it away.
function world.file(path, text)
  if text then write(path, text) else os.remove(root .. "/" .. path) end
end

--- Starts a project with these files, which has to load.
-- @param files table path -> text
function world.project(files)
  world.files(files or {})
  if not driver.load() then
    error("the project does not load:\n" .. world.log(), 2)
  end
end

--- The text of an action's file, from what it does with `connection` and
-- `message`; the first line of that is line 2 of the file.
function world.action(body)
  return 'local base, seen = require "base", require "seen" '
    .. "return function(connection, message)\n" .. body .. "\nend\n"
end

--- The text of a base.lua, from the inside of its table; the first line of that
-- is line 2 of the file. The project's user is the one that `default` admits.
function world.settings(inside)
  return 'local base, seen = require "base", require "seen" '
    .. "local function default(connection, register) "
    .. "local name = connection.request.cookies.user "
    .. "if name then register(connection, { id = name }) end end "
    .. "return { authenticate = default,\n" .. inside .. "\n}\n"
end

local Client = {}
Client.__index = Client

--- Sends a message, as a list or as its text, which need not be one.
function Client:say(message)
  local text = type(message) == "string" and message or json.encode(message)
  driver.receive(self.connection, text)
end

function Client:say_binary(bytes)
  driver.receive(self.connection, bytes, "binary")
end

local function collect(self)
  for _, frame in ipairs(driver.sent(self.connection)) do
    local kind, bytes = frame[1], frame[2]
    if kind == "close" then
      self.code, self.reason = string.unpack(">I2", bytes), bytes:sub(3)
    else
      table.insert(self.frames, { kind = kind, bytes = bytes })
    end
  end
end

--- What came since it was last asked: a list of { kind =, bytes = }.
function Client:frames_heard()
  collect(self)
  local frames = self.frames
  self.frames = {}
  return frames
end

--- The texts that came since it was last asked.
function Client:texts()
  local texts = {}
  for i, frame in ipairs(self:frames_heard()) do texts[i] = frame.bytes end
  return texts
end

--- The messages that came since it was last asked, each a list.
function Client:heard()
  local messages = {}
  for i, text in ipairs(self:texts()) do messages[i] = json.decode(text) end
  return messages
end

--- Asks and returns the answer's command and body; it has to be there at once.
function Client:ask(command, body)
  self:say { command, body == nil and json.null or body, "asked" }
  for _, message in ipairs(self:heard()) do
    local answer = message[2]
    if answer == json.null then answer = nil end
    if message[3] == "asked" then return message[1], answer end
  end
  error("no answer to " .. command .. "\n" .. world.log(), 2)
end

--- The code and the reason with which Base closed it; nil while it is open.
function Client:closed()
  collect(self)
  return self.code, self.reason
end

--- Goes.
function Client:leave(code, reason)
  driver.disconnect(self.connection, code or 1000, reason or "")
end

--- Opens a connection.
-- @param options table or nil `user`, the cookie; `path`, `address`, `headers`
--   (text, a line each), `secure`
-- @return client with `connection`, the handle that scripts have
function world.connect(options)
  options = options or {}
  local lines = { ("GET %s HTTP/1.1"):format(options.path or "/"),
    "Host: localhost" }
  if options.user then table.insert(lines, "Cookie: user=" .. options.user) end
  for _, line in ipairs(options.headers or {}) do table.insert(lines, line) end
  local head = table.concat(lines, "\r\n") .. "\r\n\r\n"
  local connection = driver.connect(head, options.address, options.secure)
  return setmetatable({ connection = connection, frames = {} }, Client)
end

--- Opens a connection of a user and skips what it is told at first.
function world.user(name)
  local client = world.connect { user = name }
  client:heard()
  return client
end

--- Lets time pass.
function world.advance(seconds)
  driver.advance(seconds)
end

--- An HTTP request; returns what world.answer takes. With `is_api` it comes
-- where the application speaks.
function world.request(line, headers, body, is_api)
  local head = line .. " HTTP/1.1\r\nHost: localhost\r\n"
    .. (headers and table.concat(headers, "\r\n") .. "\r\n" or "") .. "\r\n"
  return driver.request(head, body, is_api)
end

--- The answer: a table with status, headers (text), body, file and its folder;
-- nil while there is none. Status 0 leaves it to the public folder.
function world.answer(request)
  local status, headers, body, file, folder = driver.answer(request)
  if not status then return nil end
  return { status = status, headers = headers, body = body, file = file,
    folder = folder }
end

--- Loads the project anew, as SIGHUP does.
-- @return boolean whether it succeeded
function world.reload()
  return driver.load()
end

--- What the project's loading would complain of: a list of lines.
function world.mistakes()
  local _, mistakes = project.load {}
  return mistakes
end

--- What was logged since it was last asked.
world.log = driver.log
world.driver = driver

--- The line of a file that a text names first, "actions/hello.lua:2".
function world.place(text)
  return tostring(text):match("[%w_/.]+%.lua:%d+")
end

--- Everybody leaves, every script ends, and the log is empty: for after_each.
function world.reset()
  for _, connection in pairs(core.connections) do
    driver.disconnect(connection, 1001)
  end
  world.project {}
  driver.advance(100)
  for key in pairs(core.state) do core.state[key] = nil end
  for key in pairs(world.seen) do world.seen[key] = nil end
  driver.exit_status()
  world.log()
end

package.loaded.seen = world.seen
world.log()

return world

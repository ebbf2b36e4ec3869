--- HTTP requests: the project's handler and its answer.
local core = require "base.core"
local errors = require "base.errors"
local headers = require "base.headers"
local json = core.json

local serve = {}

local project

--- Sets the project whose handler is called from here on.
-- @param loaded table from base.project
function serve.use(loaded)
  project = loaded
end

local Response = {}
Response.__index = Response

-- The next functions return what is wrong, in words, or nil.

local function status_mistake(status)
  local whole = math.type(status) and math.tointeger(status)
  if whole and whole >= 200 and whole <= 599 then return nil end
  return "the status must be an integer from 200 to 599, not "
    .. core.text(status)
end

local function body_mistake(body)
  local kind = type(body)
  if kind == "nil" or kind == "string" or kind == "number" then return nil end
  return kind == "table"
    and "the body must be a string: response:json sends a table"
    or "the body must be a string, not " .. kind
end

-- Sends the answer. Returns true and what the method returns; or false and what
-- is wrong with the answer.
local function try(self, body, file, folder)
  local mistake = status_mistake(self.status) or body_mistake(body)
    or headers.mistake(self.headers)
  if mistake then return false, mistake end
  if self.answered then
    return false, "this request is already answered"
  end
  local ok, sent, word = pcall(core.answer, self.exchange,
    math.tointeger(self.status), self.headers, body and core.text(body), file,
    folder)
  self.answered = ok
  return ok, sent, word
end

-- A tail call of the methods: on the stack it takes their place, so level 2 is
-- the script.
local function answer(self, body, file, folder)
  local ok, sent, word = try(self, body, file, folder)
  if not ok then error(sent, 2) end
  return sent, word
end

--- Answers with a body.
-- @param body string or nil
-- @return true, or nil, "closed" when the client has gone
function Response:send(body)
  return answer(self, body == nil and "" or body)
end

--- Answers with a value as JSON.
-- @param value any what base.json can encode
-- @return true, or nil, "closed" when the client has gone
function Response:json(value)
  local ok, body = pcall(json.encode, value)
  if not ok then error(body, 2) end
  local has_type = false
  for name in pairs(self.headers) do
    has_type = has_type or core.lower(tostring(name)) == "content-type"
  end
  if not has_type then self.headers["Content-Type"] = "application/json" end
  return answer(self, body)
end

-- The folder in which a file is looked for; or nil, and what is wrong.
local function find_root(options)
  if options ~= nil and type(options) ~= "table" then
    return nil, "the options must be a table, not " .. type(options)
  end
  for name in pairs(options or {}) do
    if name ~= "root" then
      return nil, ("unknown option '%s': the only option is 'root'")
        :format(tostring(name))
    end
  end
  local root = options and options.root
  if root == nil then root = project.settings.public end
  if root == nil then
    return nil, "there is no public folder: name one, "
      .. 'response:file(path, { root = "files" })'
  elseif type(root) ~= "string" or root == "" or root:find "\0" then
    return nil, "'root' must be the path of a folder, not "
      .. (type(root) == "string" and "an empty string or one with a NUL byte"
        or type(root))
  end
  return root
end

--- Answers with a file below a folder. A dot file, base.lua, a file in the
-- folder of the actions and any other Lua file of the project are never sent,
-- whatever the folder is. A file that does not exist, or may not be sent, is
-- answered with 404.
-- @param path string below the folder
-- @param options table or nil: `root`, the folder; the public one without it
-- @return true, or nil, "closed" when the client has gone
-- Raises for wrong options, and where there is no folder.
-- @usage response:file("invoice-17.pdf", { root = "invoices" })
function Response:file(path, options)
  if type(path) ~= "string" then
    error("the path must be a string, not " .. type(path), 2)
  end
  local root, mistake = find_root(options)
  if not root then error(mistake, 2) end
  return answer(self, nil, path, root)
end

-- A mistake in a returned answer has no line of its own: the line of the
-- handler is the nearest.
local function blame(handler, mistake)
  error(("%s: this http handler returned an invalid answer: %s"):format(
    errors.place(handler) or "C", mistake), 0)
end

-- Answers with what the handler has returned; nil, or what is wrong with it.
local function answer_returned(response, status, body, more)
  local mistake = headers.mistake(response.headers)
    or more ~= nil and headers.mistake(more)
  if mistake then return mistake end
  local all = headers.new()
  for name, value in pairs(response.headers) do all[name] = value end
  for name, value in pairs(more or {}) do all[name] = value end
  response.headers = all
  response.status = status
  local ok, why = try(response, body == nil and "" or body)
  return not ok and why or nil
end

--- Runs the handler for one request. A request that it does not answer is left
-- to the public folder.
-- @param exchange integer the id
-- @param request table
function serve.run(exchange, request)
  local response = setmetatable(
    { exchange = exchange, status = 200, headers = headers.new() }, Response)
  local handler = project.http
  core.note(handler)
  local status, body, more = handler(request, response)
  if response.answered or status == nil then return end
  local mistake = answer_returned(response, status, body, more)
  if mistake then blame(handler, mistake) end
end

return serve

--- HTTP requests: the project's handler and its answer.
local core = require "base.core"
local json = core.json

local serve = {}

local project

--- Says whose handler is asked from here on.
-- @param loaded table from base.project
function serve.use(loaded)
  project = loaded
end

local Response = {}
Response.__index = Response

local function check_status(status)
  local whole = math.type(status) and math.tointeger(status)
  if not whole or whole < 200 or whole > 599 then
    error("a status is an integer from 200 to 599, not " .. tostring(status), 3)
  end
  return whole
end

local function check_body(body)
  local kind = type(body)
  if kind == "table" then
    error("a body is a string: response:json sends a table", 3)
  elseif kind ~= "nil" and kind ~= "string" and kind ~= "number" then
    error("a body is a string, not " .. kind, 3)
  end
  return body and tostring(body)
end

-- Called last by the methods, in whose place it stands on the stack: level 2 is
-- the script.
local function answer(self, status, body, file)
  if self.answered then error("this request has been answered already", 2) end
  local ok, sent, word =
    pcall(core.answer, self.exchange, status, self.headers, body, file)
  if not ok then error(sent, 2) end
  self.answered = true
  return sent, word
end

--- Answers with a body.
-- @param body string or nil
-- @return true, or nil, "closed" when the client has gone
function Response:send(body)
  return answer(self, check_status(self.status), check_body(body) or "")
end

--- Answers with a value as JSON.
-- @param value any what base.json can encode
-- @return true, or nil, "closed" when the client has gone
function Response:json(value)
  local ok, body = pcall(json.encode, value)
  if not ok then error(body, 2) end
  local has_type = false
  for name in pairs(self.headers) do
    has_type = has_type or tostring(name):lower() == "content-type"
  end
  if not has_type then self.headers["Content-Type"] = "application/json" end
  return answer(self, check_status(self.status), body)
end

--- Answers with a file.
-- @param path string below the project's folder
-- @return true, or nil, "closed" when the client has gone
function Response:file(path)
  if type(path) ~= "string" then
    error("a path is a string, not " .. type(path), 2)
  end
  return answer(self, check_status(self.status), nil, path)
end

--- Runs the handler for one request. What it does not answer is left to the
-- public folder.
-- @param exchange integer the id
-- @param request table
function serve.run(exchange, request)
  local response = setmetatable(
    { exchange = exchange, status = 200, headers = {} }, Response)
  local status, body, headers = project.http(request, response)
  if response.answered or status == nil then return end
  for name, value in pairs(headers or {}) do response.headers[name] = value end
  response.status = status
  response:send(body)
end

return serve

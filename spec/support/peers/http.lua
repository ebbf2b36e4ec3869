--- One plain HTTP request, byte for byte, and its answer.
local socket = require "socket"

local stream = require "spec.support.peers.stream"

local PATIENCE = 5 -- seconds

local http = {}

--- Prints the head of a request.
-- @param options table `method` (GET), `path` (/), `version` (1.1), `headers`:
--   a list of "Name: value", or a table from name to value, false for none;
--   a Host is added unless there is one
function http.head(options)
  local lines = { ("%s %s HTTP/%s"):format(options.method or "GET",
    options.path or "/", options.version or "1.1") }
  local has_host = false
  for name, value in pairs(options.headers or {}) do
    local line = type(name) == "number" and value or name .. ": "
      .. tostring(value)
    if value then
      lines[#lines + 1] = line
      has_host = has_host or line:lower():find "^host:" ~= nil
    end
  end
  if not has_host then table.insert(lines, 2, "Host: localhost") end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

--- Reads status and headers of an answer.
-- @return table `status`, `headers` (names in lower case), `head`: the text;
--   or nil, word
function http.read_head(from, deadline)
  local head, why = from:read_to("\r\n\r\n", deadline)
  if not head then return nil, why end
  local answer = { head = head, headers = {} }
  answer.status = assert(tonumber(head:match "^HTTP/1%.1 (%d%d%d) "), head)
  for name, value in head:gmatch "\r\n([^:\r\n]+):[ \t]*([^\r\n]*)" do
    answer.headers[name:lower()] = value
  end
  return answer
end

local function read_chunks(from, deadline)
  local chunks = {}
  repeat
    local line = assert(from:read_to("\r\n", deadline))
    local size = assert(tonumber(line:match "^%x+", 16))
    chunks[#chunks + 1] = assert(from:read(size, deadline))
    assert(from:read(2, deadline))
  until size == 0
  return table.concat(chunks)
end

--- Reads a whole answer.
-- @param is_head boolean whether it answers a HEAD and so has no body
-- @return table as http.read_head, with `body`; or nil, word
function http.read(from, deadline, is_head)
  local answer, why = http.read_head(from, deadline)
  if not answer then return nil, why end
  local size = answer.headers["content-length"]
  local status = answer.status
  if is_head or status == 304 or status == 204 or status == 101 then
    answer.body = ""
  elseif answer.headers["transfer-encoding"] then
    answer.body = read_chunks(from, deadline)
  elseif size then
    answer.body, why = from:read(math.tointeger(tonumber(size)), deadline)
  else
    answer.body, why = from:read_all(deadline)
  end
  if not answer.body then return nil, why end
  return answer
end

--- Asks once, on a connection of its own.
-- @param options table of http.head and stream.connect, with `body`, and `raw`:
--   the bytes to send instead
-- @return table `status`, `headers`, `body`
-- Raises when no answer comes in time.
-- @usage http.request { port = base.port, path = "/" }.status --> 200
function http.request(options)
  local to = stream.connect(options)
  local bytes = options.raw or http.head(options) .. (options.body or "")
  to:send(bytes)
  local answer, why =
    http.read(to, socket.gettime() + PATIENCE, options.method == "HEAD")
  to:close()
  return assert(answer, why)
end

return http

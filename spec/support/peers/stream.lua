--- Bytes to and from a server: TCP, TLS, or a Unix socket. What has been read
-- too early waits here.
local socket = require "socket"

local CONNECT_TIME = 10 -- seconds
local EVERYTHING = 1 << 40 -- bytes

local stream = {}

local Stream = {}
Stream.__index = Stream

local function connect(options)
  if options.unix then
    local tcp = assert(require "socket.unix"())
    tcp:settimeout(CONNECT_TIME)
    assert(tcp:connect(options.unix))
    return tcp
  end
  local host = options.host or "127.0.0.1"
  local tcp = assert(host:find ":" and socket.tcp6() or socket.tcp4())
  tcp:settimeout(CONNECT_TIME)
  if options.receive_buffer then
    tcp:setoption("recv-buffer-size", options.receive_buffer)
  end
  if options.from then assert(tcp:bind(options.from, 0)) end
  assert(tcp:connect(host, options.port))
  tcp:setoption("tcp-nodelay", true)
  return tcp
end

local function secure(tcp, tls)
  local options = { mode = "client", protocol = "any", verify = "none" }
  for name, value in pairs(type(tls) == "table" and tls or {}) do
    options[name] = value
  end
  local tls_socket = assert(require "ssl".wrap(tcp, options))
  tls_socket:settimeout(CONNECT_TIME)
  tls_socket:sni "localhost"
  assert(tls_socket:dohandshake())
  return tls_socket
end

--- Connects.
-- @param options table `port` and `host` (127.0.0.1), or `unix`, a path;
--   `from`: the address to come from; `before`: bytes to send before TLS
--   begins; `tls`: true or a table of luasec's options; `receive_buffer`: bytes
--   that the kernel keeps for one who does not read
function stream.connect(options)
  local tcp = connect(options)
  if options.before then assert(tcp:send(options.before)) end
  if options.tls then tcp = secure(tcp, options.tls) end
  return setmetatable({ socket = tcp, buffer = "" }, Stream)
end

--- Sends bytes, all of them.
-- @return true, or nil, "closed" or "timeout"
function Stream:send(bytes, seconds)
  self.socket:settimeout(seconds or CONNECT_TIME)
  local sent, why = self.socket:send(bytes)
  if not sent then return nil, why end
  return true
end

-- Reads until there are so many bytes.
local function fill(self, size, deadline)
  while #self.buffer < size do
    local left = deadline - socket.gettime()
    self.socket:settimeout(left > 0 and left or 0)
    local bytes, why, part = self.socket:receive(size - #self.buffer)
    self.buffer = self.buffer .. (bytes or part or "")
    if not bytes and #self.buffer < size then
      if why ~= "wantread" then
        return nil, why == "timeout" and why or "closed"
      elseif left <= 0 then
        return nil, "timeout"
      end
    end
  end
  return true
end

--- Reads exactly so many bytes.
-- @return string; or nil, "timeout" or "closed", and what came stays
function Stream:read(size, deadline)
  local ok, why = fill(self, size, deadline)
  if not ok then return nil, why end
  local bytes = self.buffer:sub(1, size)
  self.buffer = self.buffer:sub(size + 1)
  return bytes
end

--- Reads up to and with an ending, "\r\n\r\n" say.
function Stream:read_to(ending, deadline)
  while true do
    local _, last = self.buffer:find(ending, 1, true)
    if last then return self:read(last, deadline) end
    local ok, why = fill(self, #self.buffer + 1, deadline)
    if not ok then return nil, why end
  end
end

--- Reads until the other side ends.
-- @return string; or nil, "timeout"
function Stream:read_all(deadline)
  local _, why = fill(self, EVERYTHING, deadline)
  if why == "timeout" then return nil, why end
  local bytes = self.buffer
  self.buffer = ""
  return bytes
end

--- Ends the sending side only.
function Stream:finish()
  self.socket:shutdown "send"
end

--- Closes; `abruptly` sends a reset instead of an end.
function Stream:close(abruptly)
  if abruptly then
    self.socket:setoption("linger", { on = true, timeout = 0 })
  end
  self.socket:close()
end

return stream

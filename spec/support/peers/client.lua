--- A WebSocket client with full control over its bytes. It answers nothing by
-- itself: no ping, no Close.
local cjson = require "cjson"
local mime = require "mime"
local socket = require "socket"

local deflate = require "spec.support.peers.deflate"
local frame = require "spec.support.peers.frame"
local http = require "spec.support.peers.http"
local sha1 = require "spec.support.peers.sha1"
local stream = require "spec.support.peers.stream"

local PATIENCE = 5 -- seconds for everything that should come
local GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

local client = {}

local Client = {}
Client.__index = Client

local function new_key()
  local bytes = {}
  for i = 1, 16 do bytes[i] = string.char(math.random(0, 255)) end
  return (mime.b64(table.concat(bytes)))
end

--- The head of a handshake.
-- @param options table `path`, `method`, `version`, `key`, and `headers`: from
--   name to value, which replaces what is there; false takes it out; or whole
--   lines
function client.handshake(options)
  local headers = {
    ["Upgrade"] = "websocket",
    ["Connection"] = "Upgrade",
    ["Sec-WebSocket-Key"] = options.key or "dGhlIHNhbXBsZSBub25jZQ==",
    ["Sec-WebSocket-Version"] = "13",
  }
  for name, value in pairs(options.headers or {}) do headers[name] = value end
  return http.head {
    method = options.method, path = options.path, version = options.version,
    headers = headers,
  }
end

--- What belongs to a key (RFC 6455 section 4.2.2).
function client.accept(key)
  return (mime.b64(sha1(key .. GUID)))
end

--- Connects and does the handshake.
-- @param options table `port` or `unix`, `host`, `tls` (see stream.connect);
--   `path`, `user` (put into the query), `headers` (see client.handshake);
--   `behind`: bytes to send in the same packet
-- @return client, with `answer`, the 101; or nil, the answer, when it is
--   another
-- Raises when no answer comes, or one that breaks the protocol.
function client.connect(options)
  local key = new_key()
  local path = options.path
    or options.user and "/?user=" .. options.user or "/"
  local self = setmetatable({ stream = stream.connect(options) }, Client)
  self.stream:send(client.handshake {
    path = path, key = key, headers = options.headers,
  } .. (options.behind or ""))
  local answer, why = http.read(self.stream, socket.gettime() + PATIENCE)
  if not answer then error("no answer to the handshake: " .. why, 2) end
  if answer.status ~= 101 then
    self.stream:close()
    return nil, answer
  end
  local headers = answer.headers
  assert(headers["sec-websocket-accept"] == client.accept(key))
  assert(headers["upgrade"]:lower() == "websocket")
  assert(headers["connection"]:lower() == "upgrade")
  self.answer = answer
  return self
end

--- Connects and takes the `authenticated` that comes first.
function client.join(options)
  local self, answer = client.connect(options)
  if not self then error("the answer is " .. answer.status, 2) end
  local message, why = self:receive_message()
  if not message or message[1] ~= "authenticated" then
    error("not authenticated: " .. tostring(message and message[1] or why), 2)
  end
  self.authenticated = message[2]
  return self
end

--- Sends bytes as they are: true, or nil and a word.
function Client:send_raw(bytes, seconds)
  return self.stream:send(bytes, seconds)
end

--- Sends one frame (see frame.print).
function Client:send_frame(options)
  return self:send_raw(frame.print(options))
end

function Client:send_text(text)
  return self:send_frame { payload = text }
end

--- Sends a message.
-- @usage peer:send_message("hello", "Ada", 7)
function Client:send_message(...)
  local elements = table.pack(...)
  for i = 1, elements.n do
    elements[i] = elements[i] == nil and "null" or cjson.encode(elements[i])
  end
  return self:send_text("[" .. table.concat(elements, ",") .. "]")
end

--- Sends a Close.
function Client:send_close(code, reason)
  return self:send_frame {
    opcode = frame.CLOSE, payload = frame.close_payload(code, reason),
  }
end

--- Takes the next frame.
-- @param seconds number how long to wait, or nil: 5
-- @return opcode, payload, and the payload as it came when it was deflated; or
--   nil, "timeout" or "closed"
function Client:receive(seconds)
  local deadline = socket.gettime() + (seconds or PATIENCE)
  local got, why = frame.read(self.stream, deadline)
  if not got then return nil, why end
  assert(got.fin, "Base sends no fragments")
  assert(got.first & 0x30 == 0, "a reserved bit is set")
  if got.first & 0x40 == 0 then return got.opcode, got.payload end
  local extension = self.answer.headers["sec-websocket-extensions"]
  assert(extension, "a deflated message, which nobody asked for")
  assert(got.opcode == frame.TEXT or got.opcode == frame.BINARY)
  local window = extension:match "server_max_window_bits=(%d+)"
  return got.opcode, deflate.unpack(got.payload, window), got.payload
end

--- Takes the next text. Any other frame raises.
-- @return string; or nil, word
function Client:receive_text(seconds)
  local opcode, payload = self:receive(seconds)
  if not opcode then return nil, payload end
  if opcode ~= frame.TEXT then
    error(("a frame of opcode %d instead of a text: %q"):format(opcode,
      payload), 2)
  end
  return payload
end

--- Takes the next message.
-- @return list: command, body, id, read by lua-cjson; or nil, word
function Client:receive_message(seconds)
  local text, why = self:receive_text(seconds)
  if not text then return nil, why end
  return cjson.decode(text)
end

--- Takes the next frame, which must be a Close, and answers it unless told
-- otherwise; then the server must end the connection.
-- @return code (nil when it has none), reason
function Client:expect_close(seconds, is_silent)
  local opcode, payload = self:receive(seconds)
  if opcode ~= frame.CLOSE then
    error(("no Close, but %s: %s"):format(opcode, payload), 2)
  end
  if is_silent then return client.read_close(payload) end
  self:send_frame { opcode = frame.CLOSE, payload = payload }
  local ended, why = self:receive(seconds)
  if ended or why ~= "closed" then
    error("the server does not end the connection: " .. tostring(why), 2)
  end
  self:close()
  return client.read_close(payload)
end

--- Code and reason of a Close's payload.
function client.read_close(payload)
  if payload == "" then return nil, "" end
  local reason = payload:sub(3)
  assert(utf8.len(reason), "a reason that is not UTF-8")
  return (">I2"):unpack(payload), reason
end

--- Returns when the server has read all that anybody has sent to it: the loop
-- that answers the second ping began after the one that saw the first.
function Client:await_read()
  for _ = 1, 2 do
    self:send_frame { opcode = frame.PING }
    assert(self:receive() == frame.PONG)
  end
end

--- Closes the socket, without a Close; `abruptly` with a reset.
function Client:close(abruptly)
  self.stream:close(abruptly)
end

function Client:__close()
  self:close()
end

return client

--- The bytes of WebSocket frames (RFC 6455 section 5), right and wrong ones.
local frame = {
  CONTINUATION = 0x0, TEXT = 0x1, BINARY = 0x2,
  CLOSE = 0x8, PING = 0x9, PONG = 0xa,
}

local function apply_mask(payload, mask)
  local size = #payload
  local padded = payload .. ("\0"):rep(-size % 4)
  local key = (">I4"):unpack(mask)
  local words = {}
  for at = 1, #padded, 4 do
    words[#words + 1] = (">I4"):pack((">I4"):unpack(padded, at) ~ key)
  end
  return table.concat(words):sub(1, size)
end

-- Length bits and bytes; `form` is the number of bytes behind the first two:
-- 0, 2 or 8.
local function length(size, form)
  form = form or size < 126 and 0 or size < 65536 and 2 or 8
  if form == 0 then return size, "" end
  if form == 2 then return 126, (">I2"):pack(size) end
  return 127, (">I8"):pack(size)
end

--- Prints a frame as clients send it.
-- @param options table `opcode` (text), `payload`, `fin` (true), `rsv` (0 to
--   7), `mask` (4 bytes; false for none), `length_form` (0, 2 or 8 bytes),
--   `size` (announced instead of the payload's)
function frame.print(options)
  local payload, mask = options.payload or "", options.mask
  if mask == nil then mask = "\x37\xfa\x21\x3d" end
  local bits, bytes = length(options.size or #payload, options.length_form)
  local first = (options.fin == false and 0 or 0x80)
    | (options.rsv or 0) << 4 | (options.opcode or frame.TEXT)
  local second = (mask and 0x80 or 0) | bits
  return string.char(first, second) .. bytes .. (mask or "")
    .. (mask and apply_mask(payload, mask) or payload)
end

--- Reads a server's frame from a stream.
-- @return table `opcode`, `payload`, `fin`, `first`; or nil, word
function frame.read(stream, deadline)
  local head, why = stream:read(2, deadline)
  if not head then return nil, why end
  local first, second = head:byte(1, 2)
  assert(second < 0x80, "a server's frame may not be masked")
  local size = second
  if second >= 126 then
    local count = second == 126 and 2 or 8
    local bytes
    bytes, why = stream:read(count, deadline)
    if not bytes then return nil, why end
    size = (">I" .. count):unpack(bytes)
    assert(size >= (count == 2 and 126 or 65536), "not the shortest length")
  end
  local payload
  payload, why = stream:read(size, deadline)
  if not payload then return nil, why end
  return {
    first = first, opcode = first & 0x0f, fin = first & 0x80 ~= 0,
    payload = payload,
  }
end

--- The payload of a Close.
function frame.close_payload(code, reason)
  return (code and (">I2"):pack(code) or "") .. (reason or "")
end

return frame

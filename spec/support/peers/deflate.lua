--- The payloads of permessage-deflate (RFC 7692 section 7.2), by zlib.
local zlib = require "zlib"

local FLUSH_END = "\x00\x00\xff\xff"
local RAW = -15 -- zlib's sign for data without a header, of the largest window

local deflate = {}

--- Deflates a message.
-- @param level number zlib's, or nil: 6
function deflate.pack(text, level)
  local bytes = zlib.deflate(level or 6, RAW)(text, "sync")
  assert(bytes:sub(-4) == FLUSH_END)
  return bytes:sub(1, -5)
end

--- Inflates one. Raises when it is none.
-- @param window number bits of the window that it was made with, or nil: 15
function deflate.unpack(payload, window)
  return (zlib.inflate(-(window or 15))(payload .. FLUSH_END))
end

return deflate

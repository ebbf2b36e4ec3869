--- SHA-1 (RFC 3174), for the handshake and for nothing else.
local function rotate(word, bits)
  return (word << bits | word >> (32 - bits)) & 0xffffffff
end

local function mix(step, b, c, d)
  if step < 20 then return b & c | ~b & d, 0x5a827999 end
  if step < 40 then return b ~ c ~ d, 0x6ed9eba1 end
  if step < 60 then return b & c | b & d | c & d, 0x8f1bbcdc end
  return b ~ c ~ d, 0xca62c1d6
end

local function add_block(state, block)
  local words = { (">" .. ("I4"):rep(16)):unpack(block) }
  for i = 17, 80 do
    local word = words[i - 3] ~ words[i - 8] ~ words[i - 14] ~ words[i - 16]
    words[i] = rotate(word, 1)
  end
  local a, b, c, d, e = table.unpack(state)
  for step = 0, 79 do
    local f, k = mix(step, b, c, d)
    local sum = rotate(a, 5) + (f & 0xffffffff) + e + k + words[step + 1]
    a, b, c, d, e = sum & 0xffffffff, a, rotate(b, 30), c, d
  end
  for i, word in ipairs { a, b, c, d, e } do
    state[i] = (state[i] + word) & 0xffffffff
  end
end

--- @return string of 20 bytes
return function(text)
  local padded = text .. "\x80" .. ("\0"):rep(-(#text + 9) % 64)
    .. (">I8"):pack(#text * 8)
  local state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }
  for at = 1, #padded, 64 do
    add_block(state, padded:sub(at, at + 63))
  end
  return (">" .. ("I4"):rep(5)):pack(table.unpack(state))
end

--- Finds the seed of the hash of a Lua that shows in which order it walks over
-- tables, and keys that collide in it: what a stranger must not be able to do.
-- It is luaS_hash of Lua 5.4.
local collisions = {}

local SHORTEST, LONGEST = 1, 20 -- bytes of the keys that are asked about
local PAIRS = 16 -- of each length
local BITS = 15 -- that agree: as many as the tables have

-- Printable, and of those what JSON takes as they are.
local alphabet = {}
for byte = 33, 126 do
  local is_plain = byte ~= ('"'):byte() and byte ~= ("\\"):byte()
  if is_plain then alphabet[#alphabet + 1] = byte end
end

local function step(hash, byte)
  return hash ~ ((hash << 5) + (hash >> 2) + byte) & 0xffffffff
end

-- Begins with the last byte.
local function hash_of(text, seed)
  local hash = seed ~ #text
  for i = #text, 1, -1 do hash = step(hash, text:byte(i)) end
  return hash
end

--- Pairs of keys to ask about: a table that first `pair[1]` and then `pair[2]`
-- is put into begins, in the order of `next`, with `pair[1]` when the lowest
-- bit of its hash is 0.
-- @return list of pairs
function collisions.questions()
  local state, questions = 1, {}
  local function letter()
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return string.char(97 + (state >> 16) % 26)
  end
  for size = SHORTEST, LONGEST do
    for _ = 1, PAIRS do
      local one, other = "", "."
      for _ = 1, size do one, other = one .. letter(), other .. letter() end
      questions[#questions + 1] = { one, other }
    end
  end
  return questions
end

-- Whether a seed, of which the lowest bits are known, may be the one.
local function may_be(seed, questions, answers, size)
  for i = (size - SHORTEST) * PAIRS + 1, (size - SHORTEST + 1) * PAIRS do
    local is_odd = hash_of(questions[i][1], seed) & 1 == 1
    if is_odd == answers[i] then return false end
  end
  return true
end

--- Finds the seed. The lowest bit of the hash of a key of n bytes depends on
-- the lowest 2 n + 1 bits of the seed alone: it is found from below.
-- @param questions list of collisions.questions
-- @param answers list of booleans: whether pair[1] came first
-- @return integer
function collisions.find_seed(questions, answers)
  local found, known = { 0 }, 0
  for size = SHORTEST, LONGEST do
    local bits = math.min(2 * size + 1, 32)
    local narrowed = {}
    for _, low in ipairs(found) do
      for high = 0, (1 << bits - known) - 1 do
        local seed = low | high << known
        if may_be(seed, questions, answers, size) then
          narrowed[#narrowed + 1] = seed
        end
      end
    end
    found, known = narrowed, bits
  end
  assert(#found == 1, ("%d seeds are possible"):format(#found))
  return found[1]
end

--- Makes keys of five bytes whose hashes agree in their lowest 15 bits.
-- @param seed integer
-- @param count integer
-- @return list of strings
function collisions.keys(seed, count)
  local mask, target = (1 << BITS) - 1, 0x1234
  local is_letter, keys = {}, {}
  for _, byte in ipairs(alphabet) do is_letter[byte] = true end
  local function walk(hash, behind)
    if #behind < 4 then
      for _, byte in ipairs(alphabet) do
        walk(step(hash, byte), string.char(byte) .. behind)
        if #keys == count then return end
      end
      return
    end
    -- The first byte comes last: there is just one that will do.
    local byte = (hash ~ target) - (hash << 5) - (hash >> 2) & mask
    if is_letter[byte] then keys[#keys + 1] = string.char(byte) .. behind end
  end
  walk(seed ~ 5, "")
  return keys
end

return collisions

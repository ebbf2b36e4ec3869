--- Random values, of a fixed seed: what is written is read back as it was, and
-- where lua-cjson can say the same, both agree.
local cjson = require "cjson"
local json = require "base.core".json

local ROUNDS = 1000

-- A generator of our own: the same values whatever else uses math.random.
local function new_random(seed)
  local state = seed
  return function(low, high)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return low + (state >> 33) % (high - low + 1)
  end
end

local characters = {
  "a", "B", "7", " ", "/", "\"", "\\", "\n", "\t", "\0", "\31", "\u{7f}", "é",
  "€", "😀", "\u{10FFFF}", "\u{2028}",
}

local function random_string(random)
  local parts = {}
  for i = 1, random(0, 12) do parts[i] = characters[random(1, #characters)] end
  return table.concat(parts)
end

local function random_float(random)
  while true do
    local bits = random(0, 0x7fffffff) << 33 ~ random(0, 0x7fffffff) << 11
      ~ random(0, 2047)
    local real = string.unpack("d", string.pack("j", bits))
    if real - real == 0 then return real end
  end
end

local function random_integer(random)
  local bits = random(0, 0x7fffffff) << 33 ~ random(0, 0x7fffffff) << 2
  return bits >> random(0, 63)
end

-- A random value; `leaf` makes its numbers.
local function random_value(random, depth, leaf)
  local kind = random(1, depth > 0 and 8 or 5)
  if kind == 1 then return random(0, 1) == 1 end
  if kind == 2 then return json.null end
  if kind == 3 then return random_string(random) end
  if kind <= 5 then return leaf(random) end

  local value, size = {}, random(0, 12)
  if kind == 6 then
    for _ = 1, size do
      value[random_string(random)] = random_value(random, depth - 1, leaf)
    end
    return value
  end
  for i = 1, size do value[i] = random_value(random, depth - 1, leaf) end
  return setmetatable(value, json.array_mt)
end

-- The text of a value, with white space and escapes as they come.
local function random_text(random, value)
  local function gap()
    local gaps = { "", "", "", " ", "\n", "\t", "\r\n", "  " }
    return gaps[random(1, #gaps)]
  end
  local function text_of_string(text)
    if random(0, 1) == 0 then return json.encode(text) end
    return '"' .. text:gsub(utf8.charpattern, function(character)
      local code = utf8.codepoint(character)
      if code < 0x10000 then return ("\\u%04x"):format(code) end
      code = code - 0x10000
      return ("\\u%04X\\u%04X"):format(0xD800 + (code >> 10),
        0xDC00 + (code & 0x3FF))
    end) .. '"'
  end
  if type(value) == "string" then return text_of_string(value) end
  if type(value) ~= "table" then return json.encode(value) end

  local parts = {}
  if getmetatable(value) == json.array_mt then
    for i, element in ipairs(value) do
      parts[i] = gap() .. random_text(random, element) .. gap()
    end
    return "[" .. (#parts == 0 and gap() or table.concat(parts, ",")) .. "]"
  end
  for key, element in pairs(value) do
    parts[#parts + 1] = gap() .. text_of_string(key) .. gap() .. ":" .. gap()
      .. random_text(random, element) .. gap()
  end
  return "{" .. (#parts == 0 and gap() or table.concat(parts, ",")) .. "}"
end

local function is_same_number(a, b)
  if a == 0 then return 1 / a == 1 / b end
  -- A whole float may be written, and then read, as an integer.
  return a == b and (math.type(a) == math.type(b) or a % 1 == 0)
end

-- Whether both are the same: the kind of table, every bit of a number.
local function is_same(a, b)
  if type(a) == "number" and type(b) == "number" then
    return is_same_number(a, b)
  end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  if getmetatable(a) ~= getmetatable(b) then return false end
  for key, value in pairs(a) do
    if not is_same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- Whether both are equal as lua-cjson sees values: numbers are doubles, tables
-- have no kind.
local function is_equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not is_equal(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- What both codecs write exactly: 14 digits are lua-cjson's default.
local function modest_number(random)
  if random(0, 1) == 0 then return random(-1000000, 1000000) end
  return random(-1000000, 1000000) / 64
end

local function any_number(random)
  local kind = random(1, 5)
  if kind <= 2 then return random_integer(random) end
  if kind == 3 then return random(-100, 100) + 0.0 end
  return random_float(random)
end

local function each_value(seed, number, check)
  local random = new_random(seed)
  for round = 1, ROUNDS do
    local value = random_value(random, 4, number)
    assert(check(value, random), "seed " .. seed .. ", round " .. round)
  end
end

describe("json, with random values,", function()
  it("reads what it wrote as it was", function()
    each_value(1, any_number, function(value)
      return is_same(value, json.decode(json.encode(value)))
    end)
  end)

  it("writes what it read as it was", function()
    each_value(2, any_number, function(value)
      local text = json.encode(value)
      local again = json.encode(json.decode(text))
      return is_same(json.decode(text), json.decode(again))
        and #text == #again
    end)
  end)

  it("reads any spacing and any escape", function()
    each_value(3, any_number, function(value, random)
      return is_same(value, json.decode(random_text(random, value)))
    end)
  end)

  it("reads what lua-cjson reads", function()
    each_value(4, modest_number, function(value, random)
      local text = random_text(random, value)
      return is_equal(cjson.decode(text), json.decode(text))
    end)
  end)

  it("is read by lua-cjson", function()
    each_value(5, modest_number, function(value)
      return is_equal(value, cjson.decode(json.encode(value)))
    end)
  end)

  it("reads lua-cjson", function()
    each_value(6, modest_number, function(value)
      return is_equal(value, json.decode(cjson.encode(value)))
    end)
  end)

  it("takes no random damage for anything but JSON or an error", function()
    each_value(7, any_number, function(value, random)
      local text = random_text(random, value)
      local place = random(1, #text)
      local damaged = text:sub(1, place - 1) .. string.char(random(0, 255))
        .. text:sub(place + 1)
      local ok, result = pcall(json.decode, damaged)
      if not ok then return result:find("^invalid JSON at byte %d+$") end
      return is_equal(result, json.decode(json.encode(result)))
    end)
  end)
end)

--- Bodies of messages, as JSON text: what applications send, made up.
-- An order of 300 bytes with a price and a count among other things.
local ORDER = '{"order":104729,"customer":"Ada Lovelace","street":'
  .. '"12 St James\'s Square","city":"London","country":"GB","article":'
  .. '"Analytical Engine, spare wheel","price":21,"count":6,"currency":"GBP",'
  .. '"is_paid":true,"is_gift":false,"note":"%s"}'

local NAMES = { "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald" }
local TEXTS = {
  "Has anybody seen the plan for Tuesday?",
  "I will look at it after lunch.",
  "The new figures are much better than the old ones.",
  "Thanks! That was quick.",
}

local function line(number, text)
  local from = NAMES[number // 64 % #NAMES + 1]
  return ('[%d,"%s","%s",%d]'):format(100000 + number % 900000, from, text,
    1700000000 + number % 10000000)
end

--- The latest lines of a chat: a list of exactly so many bytes, the same each
-- time. Rows are lists too: the members of a map have no order, and an echo is
-- compared byte by byte.
local function chat(size)
  local lines, length, number = {}, 2, 7
  while length < size - 200 do
    number = (number * 1103515245 + 12345) % 0x80000000
    local text = line(number, TEXTS[number // 4096 % #TEXTS + 1])
    length = length + #text + 1
    lines[#lines + 1] = text
  end
  local rest = size - length - #line(0, "")
  lines[#lines + 1] = line(0, ("And so on. "):rep(20):sub(1, rest))
  return "[" .. table.concat(lines, ",") .. "]"
end

local missing = 300 - #ORDER:format ""

return {
  order = ORDER:format(("carefully, please; "):rep(9):sub(1, missing)),
  json_300 = chat(300),
  json_10k = chat(10240),
}

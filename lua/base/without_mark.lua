--- Takes the byte order mark from a text that was sent as JSON, where it has
-- one: files that were edited begin so, and RFC 8259 section 8.1 lets us ignore
-- it. On the WebSocket, and in what scripts decode, it stays what it is.

local MARK = "\u{feff}"

--- @param text string
-- @return string without the mark
-- @return integer how many bytes were taken from it: 3 or 0
local function without_mark(text)
  if text:sub(1, #MARK) ~= MARK then return text, 0 end
  return text:sub(#MARK + 1), #MARK
end

return without_mark

--- Removes the byte order mark from a text that was sent as JSON, if there is
-- one: edited files may begin with it, and RFC 8259 section 8.1 allows to
-- ignore it. Messages of the WebSocket, and texts that scripts decode, keep it.

local MARK = "\u{feff}"

--- @param text string
-- @return string without the mark
-- @return integer how many bytes were taken from it: 3 or 0
local function without_mark(text)
  if text:sub(1, #MARK) ~= MARK then return text, 0 end
  return text:sub(#MARK + 1), #MARK
end

return without_mark

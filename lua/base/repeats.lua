--- Keeps repeated events from filling the log: the first ones of a minute are
-- logged one by one, the others as a sum.
local core = require "base.core"

local repeats = {}

local MINUTE = 60 -- seconds
local MOST = 1000 -- kinds at once; whatever is more is one kind
local OTHERS = "elsewhere"

local rows, size = {}, 0 -- by what happens, as long as its minute lasts

local function finish(what)
  local row = rows[what]
  rows[what], size = nil, size - 1
  if row.untold == 0 then return end
  local longest = row.longest and ", the longest " .. row.longest .. " s" or ""
  core.log("warn", ("%d more in the last minute%s: %s")
    :format(row.untold, longest, what), { ref = row.ref })
end

--- Counts one more event of a kind.
-- @param what string what happens, in words; there must be few of them
-- @param most integer how many a minute are logged one by one
-- @return boolean whether the caller should log it
-- @return table of this minute, in which the caller may keep the `ref` of its
--   log line and, for slow runs, the `longest`, a text; nil when there is no
--   room to count
function repeats.count(what, most)
  if not rows[what] and size >= MOST then what = OTHERS end
  local row = rows[what]
  if not row then
    if not pcall(core.later, MINUTE, function() finish(what) end) then
      return true
    end
    row = { told = 0, untold = 0 }
    rows[what], size = row, size + 1
  end
  local is_told = row.told < most
  local field = is_told and "told" or "untold"
  row[field] = row[field] + 1
  return is_told, row
end

return repeats

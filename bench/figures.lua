--- Numbers of several rounds, and what they come to.
local figures = {}

--- What a list of numbers comes to.
-- @return table with `median`, `min`, `max`, or nil of an empty list
-- @usage figures.summary({ 3, 1, 2 }).median --> 2
function figures.summary(list)
  if #list == 0 then return nil end
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local middle = (#sorted + 1) // 2
  local other = #sorted + 1 - middle
  return {
    median = (sorted[middle] + sorted[other]) / 2,
    min = sorted[1],
    max = sorted[#sorted],
  }
end

--- The summary of one field over rounds; rounds without it do not count.
-- @param rounds table from the number of a round, where some may be missing, to
--   a table of fields
-- @param field string
-- @param factor number by which all are multiplied, or nil: 1
function figures.of(rounds, field, factor)
  local list = {}
  for _, round in pairs(rounds) do
    local value = round[field]
    list[#list + 1] = value and value * (factor or 1)
  end
  return figures.summary(list)
end

--- The summary of a ratio that is formed in each round by itself, so that what
-- slows the machine for a while slows both sides of it.
-- @param above, below tables of rounds, by the same numbers
-- @param field string
-- @param count integer how many rounds there were
function figures.ratio(above, below, field, count)
  local list = {}
  for i = 1, count do
    local a, b = above[i] and above[i][field], below[i] and below[i][field]
    if a and b and b > 0 then list[#list + 1] = a / b end
  end
  return figures.summary(list)
end

--- A number as people read it: three digits that count, thousands apart.
-- @usage figures.show(54551.8) --> "54,552"
function figures.show(value)
  if value ~= value or value == math.huge then return "–" end
  if value < 10 then return ("%.2f"):format(value) end
  if value < 100 then return ("%.1f"):format(value) end
  local digits = ("%.0f"):format(value):reverse()
  local grouped = digits:gsub("%d%d%d", "%0,"):reverse()
  return (grouped:gsub("^,", ""))
end

--- A summary as text: the median, and in parentheses the least and the most.
function figures.text(summary)
  if not summary then return "–" end
  if summary.min == summary.max then return figures.show(summary.median) end
  return ("%s (%s–%s)"):format(figures.show(summary.median),
    figures.show(summary.min), figures.show(summary.max))
end

return figures

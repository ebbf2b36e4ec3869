--- Compares what Base reached with what it must reach.
local figures = require "bench.figures"

-- From this share of its core on, the load generator is what holds a run up,
-- and its throughput says nothing of the server.
local SATURATED = 0.9

local judge = {}

-- What is better when it is less: the ratio is turned round, so that more than
-- 1 always says that Base is better.
local IS_MORE_BETTER = { per_second = true }

--- The ratio of Base to another run in one figure, over all rounds.
-- @param results table from name of run to list of rounds
-- @return summary, or nil when one of them has no results
function judge.ratio(results, against, figure, rounds)
  local base, other = results.base or {}, results[against] or {}
  if IS_MORE_BETTER[figure] then
    return figures.ratio(base, other, figure, rounds)
  end
  return figures.ratio(other, base, figure, rounds)
end

local function is_saturated(results)
  local share = figures.of(results.base or {}, "load_share")
  return share ~= nil and share.median >= SATURATED
end

--- The ratios or figures that a target is about, as summaries.
local function measured(target, results, rounds)
  if not target.against then
    return { figures.of(results.base or {}, target.figure) }
  end
  if target.figure then
    return { judge.ratio(results, target.against, target.figure, rounds) }
  end
  local cost = judge.ratio(results, target.against, "server_us", rounds)
  if is_saturated(results) then return { cost } end
  return { cost,
    judge.ratio(results, target.against, "per_second", rounds) }
end

--- Judges one target.
-- @return table with `reached`, a list of summaries, and `passed`; that is nil
--   when nothing was measured
function judge.target(target, results, rounds)
  local reached = measured(target, results, rounds)
  if #reached == 0 then return { reached = reached } end
  local passed = true
  for _, summary in ipairs(reached) do
    if target.least and summary.median < target.least or
       target.most and summary.median > target.most then
      passed = false
    end
  end
  return { reached = reached, passed = passed }
end

return judge

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
-- @param of string or nil the run of Base: "base" if it is nil
-- @return summary, or nil when one of them has no results
function judge.ratio(results, against, figure, rounds, of)
  local base, other = results[of or "base"] or {}, results[against] or {}
  if IS_MORE_BETTER[figure] then
    return figures.ratio(base, other, figure, rounds)
  end
  return figures.ratio(other, base, figure, rounds)
end

local function is_saturated(rounds)
  local share = figures.of(rounds or {}, "load_share")
  return share ~= nil and share.median >= SATURATED
end

--- The ratios or figures that a target is about, as summaries.
local function measured(target, results, rounds)
  local of, against = target.of or "base", target.against
  local base = results[of] or {}
  if not against then return { figures.of(base, target.figure) } end
  if target.most then
    return { figures.ratio(base, results[against] or {}, target.figure,
      rounds) }
  end
  if target.figure then
    return { judge.ratio(results, against, target.figure, rounds, of) }
  end
  local cost = judge.ratio(results, against, "server_us", rounds, of)
  if not cost then return {} end
  if is_saturated(base) or is_saturated(results[against]) then
    return { cost }
  end
  return { cost, judge.ratio(results, against, "per_second", rounds, of) }
end

--- Judges one target.
-- @param outcome table with `results` and `failed`, see report.markdown
-- @return table with `reached`, a list of summaries, and `passed`; that is nil
--   when one of the two was not measured, or failed in a round
function judge.target(target, outcome, rounds)
  local reached = measured(target, outcome.results, rounds)
  local has_failed = outcome.failed[target.of or "base"]
    or outcome.failed[target.against or ""]
  if #reached == 0 or has_failed then return { reached = reached } end
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

--- Runs the benchmark: script/bench says what it takes.
local cjson = require "cjson"

local machine = require "bench.machine"
local measure = require "bench.measure"
local report = require "bench.report"
local scenarios = require "bench.scenarios"

local USAGE = [[
usage: script/bench [options]

  --quick            one short round: does everything work?
  --only NAME,NAME   only these scenarios
  --rounds N         how often everything is measured (default: 5)
  --seconds S        how long each time (default: 3)
  --list             name the scenarios

Writes bench/RESULTS.md and bench/RESULTS.json.]]

local function stop(text, status)
  io.stderr:write(text, "\n")
  os.exit(status)
end

local function number(option, text, least)
  local value = tonumber(text)
  if not value or value < least then
    stop(("bench: %s is a number from %g, not '%s'"):format(option, least,
      text or ""), 2)
  end
  return value
end

local function choose(text)
  local chosen = {}
  for name in (text or ""):gmatch "[^,]+" do
    if not scenarios[name] then
      stop(("bench: there is no scenario '%s', see --list"):format(name), 2)
    end
    chosen[name] = true
  end
  return chosen
end

local function parse(words)
  local settings = { rounds = 5, seconds = 3, warmup = 1 }
  local i = 1
  while words[i] do
    local option, value = words[i], words[i + 1]
    i = i + 2
    if option == "--quick" then
      settings.rounds, settings.seconds, settings.warmup = 1, 0.5, 0.3
      i = i - 1
    elseif option == "--only" then
      settings.only = choose(value)
    elseif option == "--rounds" then
      settings.rounds = math.floor(number(option, value, 1))
    elseif option == "--seconds" then
      settings.seconds = number(option, value, 0.1)
    elseif option == "--list" then
      for _, scenario in ipairs(scenarios) do
        print(("%-14s %s"):format(scenario.name, scenario.what))
      end
      os.exit(0)
    elseif option == "--help" then
      print(USAGE)
      os.exit(0)
    else
      stop(USAGE, 2)
    end
  end
  return settings
end

--- A run in full: a server's name stands for the server without more ado.
local function expand(scenario)
  for i, run in ipairs(scenario.runs) do
    if type(run) == "string" then
      scenario.runs[i] = { name = run, server = run }
    end
  end
end

local function prepare(settings)
  local outcomes = {}
  for _, scenario in ipairs(scenarios) do
    if not settings.only or settings.only[scenario.name] then
      expand(scenario)
      local outcome = { scenario = scenario, results = {}, failed = {} }
      for _, run in ipairs(scenario.runs) do outcome.results[run.name] = {} end
      outcomes[#outcomes + 1] = outcome
    end
  end
  return outcomes
end

local function progress(round, settings, scenario, run, text)
  io.stderr:write(("round %d of %d: %-12s %-10s %s\n"):format(round,
    settings.rounds, scenario.name, run.name, text))
end

local function measure_round(round, outcome, settings)
  local scenario = outcome.scenario
  for _, run in ipairs(scenario.runs) do
    local figures, why = measure.run(scenario, run, settings)
    if figures then
      outcome.results[run.name][round] = figures
      progress(round, settings, scenario, run, ("%.0f/s, %.2f µs"):format(
        figures.per_second, figures.server_us))
    else
      outcome.failed[run.name] = why
      progress(round, settings, scenario, run, why)
    end
  end
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

local settings = parse(arg)
local outcomes = prepare(settings)
for round = 1, settings.rounds do
  for _, outcome in ipairs(outcomes) do
    measure_round(round, outcome, settings)
  end
end

local description = machine.describe()
local text = report.markdown(outcomes, description, settings)
write("bench/RESULTS.md", text)
local data = { machine = description, settings = settings, scenarios = {} }
for i, outcome in ipairs(outcomes) do
  data.scenarios[i] = { name = outcome.scenario.name,
    results = outcome.results, failed = outcome.failed }
end
write("bench/RESULTS.json", cjson.encode(data) .. "\n")
print(text)

--- Runs the benchmark: script/bench says what it takes.
local cjson = require "cjson"

local machine = require "bench.machine"
local measure = require "bench.measure"
local process = require "bench.process"
local project = require "bench.project"
local report = require "bench.report"
local scenarios = require "bench.scenarios"

local USAGE = [[
usage: script/bench [options]

  --quick            one short round: does everything work?
  --only NAME,NAME   only these scenarios
  --rounds N         how often everything is measured (default: 5)
  --seconds S        how long each time (default: 3)
  --list             name the scenarios

Writes bench/RESULTS.md, each part of which stays as it is if none of its
scenarios is measured, and RESULTS.json or, of channels, CHANNELS.json.]]

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

local function list()
  for _, scenario in ipairs(scenarios) do
    print(("%-14s %s"):format(scenario.name, scenario.what))
  end
end

-- What each option does with the settings and the word behind it; a string is
-- what a flag without one sets.
local options = {
  ["--quick"] = "is_quick",
  ["--list"] = "is_list",
  ["--help"] = "is_help",
  ["--only"] = function(settings, text) settings.only = choose(text) end,
  ["--rounds"] = function(settings, text)
    settings.rounds = math.floor(number("--rounds", text, 1))
  end,
  ["--seconds"] = function(settings, text)
    settings.seconds = number("--seconds", text, 0.1)
  end,
}

local function parse(words)
  local settings = {}
  local i = 1
  while words[i] do
    local option = options[words[i]]
    if type(option) == "string" then
      settings[option] = true
    elseif option then
      i = i + 1
      option(settings, words[i])
    else
      stop(USAGE, 2)
    end
    i = i + 1
  end
  local is_quick = settings.is_quick
  settings.rounds = settings.rounds or is_quick and 1 or 5
  settings.seconds = settings.seconds or is_quick and 0.5 or 3
  settings.warmup = is_quick and 0.3 or 1
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

--- What a run came to, in a few words.
local function brief(figures)
  if not figures.done then return ("%.1f ms"):format(figures.start_ms) end
  if figures.done == 0 then
    return ("%.2f KB a connection"):format(figures.memory_each)
  end
  return ("%.0f/s, %.2f µs"):format(figures.per_second, figures.server_us)
end

local function measure_round(round, outcome, settings, files)
  local scenario = outcome.scenario
  for _, run in ipairs(scenario.runs) do
    local figures, why = measure.run(scenario, run, settings, files)
    if figures then
      outcome.results[run.name][round] = figures
      progress(round, settings, scenario, run, brief(figures))
    else
      outcome.failed[run.name] = ("round %d: %s"):format(round, why)
      progress(round, settings, scenario, run, why)
    end
  end
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

local function measure_all(outcomes, settings)
  local files <close> = project.prepare()
  for round = 1, settings.rounds do
    for _, outcome in ipairs(outcomes) do
      measure_round(round, outcome, settings, files)
    end
  end
end

local function to_json(outcomes, description, settings)
  local data = {
    machine = description,
    rounds = settings.rounds,
    seconds = settings.seconds,
    warmup = settings.warmup,
    scenarios = {},
  }
  for i, outcome in ipairs(outcomes) do
    data.scenarios[i] = { name = outcome.scenario.name,
      results = outcome.results, failed = outcome.failed }
  end
  return cjson.encode(data) .. "\n"
end

local FILES = { Results = "RESULTS.json", Channels = "CHANNELS.json" }

local function write_part(title, outcomes, settings)
  local mine = {}
  for _, outcome in ipairs(outcomes) do
    if (outcome.scenario.part or "Results") == title then
      mine[#mine + 1] = outcome
    end
  end
  if #mine == 0 then return end
  local description = machine.describe()
  local text = report.markdown(title, mine, description, settings)
  local path = "bench/RESULTS.md"
  write(path, report.put(process.read(path) or "", title, text))
  write("bench/" .. FILES[title], to_json(mine, description, settings))
  print(text)
end

local function main(words)
  local settings = parse(words)
  if settings.is_help then return print(USAGE) end
  if settings.is_list then return list() end
  local outcomes = prepare(settings)
  measure_all(outcomes, settings)
  write_part("Results", outcomes, settings)
  write_part("Channels", outcomes, settings)
end

main(arg)

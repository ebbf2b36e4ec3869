--- Writes what was measured, for people.
local figures = require "bench.figures"
local judge = require "bench.judge"
local servers = require "bench.servers"

local report = {}

local COLUMNS = {
  { "per_second", "a second" },
  { "server_us", "server CPU, µs" },
  { "server_share", "server busy", 100 },
  { "load_share", "load busy", 100 },
  { "p50_us", "p50, µs" },
  { "p99_us", "p99, µs" },
  { "p999_us", "p99.9, µs" },
  { "memory_mb", "memory, MB" },
}

local function row(cells)
  return "| " .. table.concat(cells, " | ") .. " |"
end

local function heading(cells)
  local line = {}
  for i = 1, #cells do line[i] = "---" end
  return row(cells) .. "\n" .. row(line)
end

local function title_of(run)
  return run.title or servers[run.server].title
end

local function columns_of(scenario)
  return scenario.columns or COLUMNS
end

local function figures_table(scenario, outcome)
  local columns = columns_of(scenario)
  local cells = { "" }
  for _, column in ipairs(columns) do cells[#cells + 1] = column[2] end
  local lines = { heading(cells) }
  for _, run in ipairs(scenario.runs) do
    cells = { title_of(run) }
    for _, column in ipairs(columns) do
      cells[#cells + 1] = figures.text(
        figures.of(outcome.results[run.name], column[1], column[3]))
    end
    lines[#lines + 1] = row(cells)
  end
  for _, run in ipairs(scenario.runs) do
    local why = outcome.failed[run.name]
    if why then
      lines[#lines + 1] = ("\n%s failed in %s"):format(title_of(run), why)
    end
  end
  return lines
end

local function ratios_table(scenario, outcome, rounds)
  local lines = { heading { "Base beside", "CPU per message", "throughput",
    "p99" } }
  for _, run in ipairs(scenario.runs) do
    if run.name ~= "base" then
      local cells = { title_of(run) }
      for _, figure in ipairs { "server_us", "per_second", "p99_us" } do
        cells[#cells + 1] = figures.text(
          judge.ratio(outcome.results, run.name, figure, rounds))
      end
      lines[#lines + 1] = row(cells)
    end
  end
  return lines
end

local function title_named(scenario, name)
  for _, run in ipairs(scenario.runs) do
    if run.name == name then return title_of(run) end
  end
end

local function wanted(scenario, target)
  local bound = target.least and "at least " .. target.least
    or "at most " .. target.most
  if not target.against then
    return ("%s %s"):format(bound, target.unit or "")
  end
  local who = target.of and title_named(scenario, target.of) .. ": " or ""
  return ("%s%s× %s%s%s"):format(who, bound,
    title_named(scenario, target.against),
    target.says and ", " .. target.says or "",
    target.aim and (" (aim: %g×)"):format(target.aim) or "")
end

local function verdict(judged)
  if judged.passed == nil then return "not measured" end
  return judged.passed and "pass" or "**miss**"
end

local function summary_table(outcomes, rounds)
  local lines = { heading { "scenario", "must reach", "reached", "" } }
  for _, outcome in ipairs(outcomes) do
    local scenario = outcome.scenario
    for _, target in ipairs(scenario.targets) do
      local judged = judge.target(target, outcome, rounds)
      local reached = {}
      for i, summary in ipairs(judged.reached) do
        reached[i] = figures.text(summary)
      end
      lines[#lines + 1] = row { scenario.name, wanted(scenario, target),
        table.concat(reached, ", "), verdict(judged) }
    end
  end
  return lines
end

local function machine_text(machine, settings)
  local versions = {}
  for i, pair in ipairs(machine.versions) do
    versions[i] = pair[1] .. " " .. pair[2]
  end
  return ("%s, %d cores, %s. %s. Measured on %s: %d %s of %g s, after "
    .. "%g s of warming up."):format(machine.cpu, machine.cores,
    machine.kernel, table.concat(versions, ", "), machine.date,
    settings.rounds, settings.rounds == 1 and "round" or "rounds",
    settings.seconds, settings.warmup)
end

--- A part of the report as Markdown.
-- @param title string its heading
-- @param outcomes list of tables with `scenario`; `results`, a table from the
--   name of a run to its rounds; and `failed`, one from the name to why
function report.markdown(title, outcomes, machine, settings)
  local lines = {
    "# " .. title, "",
    "Written by `script/bench`; [README.md](README.md) says what is measured "
      .. "and how. Each figure is the median of all rounds, with the least and "
      .. "the most of them. A ratio above 1 says that Base is better.", "",
    machine_text(machine, settings), "",
  }
  local function add(list)
    table.move(list, 1, #list, #lines + 1, lines)
    lines[#lines + 1] = ""
  end
  add(summary_table(outcomes, settings.rounds))
  for _, outcome in ipairs(outcomes) do
    local scenario = outcome.scenario
    add { ("## %s: %s"):format(scenario.name, scenario.what) }
    add(figures_table(scenario, outcome))
    if #scenario.runs > 1 and not scenario.columns then
      add(ratios_table(scenario, outcome, settings.rounds))
    end
  end
  lines[#lines] = nil
  return table.concat(lines, "\n") .. "\n"
end

--- Puts a part into a report, in the place of the one with its title, or behind
-- all others.
-- @param text string the report so far; may be empty
-- @param title string
-- @param part string of report.markdown
-- @usage report.put(text, "Channels", report.markdown("Channels", …))
function report.put(text, title, part)
  local parts, is_put = {}, false
  for each in ("\n" .. text):gsub("\n# ", "\0# "):gmatch "%z([^%z]+)" do
    local is_same = each:match "^# (%C+)" == title
    is_put = is_put or is_same
    parts[#parts + 1] = is_same and part or each:gsub("\n*$", "\n")
  end
  if not is_put then parts[#parts + 1] = part end
  return table.concat(parts, "\n")
end

return report

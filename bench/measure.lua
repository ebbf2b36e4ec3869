--- One measurement: a fresh server, the load on it, and what came of it.
local cjson = require "cjson"

local process = require "bench.process"
local servers = require "bench.servers"

local LOAD = "build/release/base-load"
local SERVER_CORE, LOAD_CORE = 0, 1

local measure = {}

local function command(scenario, run, server, settings, process_)
  local words = { LOAD, "--speak", server.speaks, "--pid", process_.id,
    "--warmup", settings.warmup, "--seconds", settings.seconds }
  for _, list in ipairs { scenario.load, run.load or {} } do
    table.move(list, 1, #list, #words + 1, words)
  end
  words[#words + 1] = "127.0.0.1:" .. process_.port
  return words
end

--- Measures one run of a scenario.
-- @param settings table `warmup`, `seconds`, `env`
-- @return table of figures, as base-load names them; or nil and why not
function measure.run(scenario, run, settings)
  local server = servers[run.server]
  local port = process.free_port()
  local running, why = process.start {
    words = server.command(port),
    port = port,
    core = SERVER_CORE,
    folder = server.folder,
    env = run.env or scenario.env,
  }
  if not running then return nil, "does not start: " .. why end
  local words = command(scenario, run, server, settings, running)
  local text, is_good = process.run(words, LOAD_CORE)
  running:stop()
  if not is_good then return nil, text:match "%C+" or "no result" end
  local figures = cjson.decode(text)
  figures.start_ms = running.start_ms
  return figures
end

return measure

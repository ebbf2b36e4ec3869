--- One measurement: a fresh server, the load on it, and what came of it.
local cjson = require "cjson"

local process = require "bench.process"
local servers = require "bench.servers"

local LOAD = "build/release/base-load"
local SERVER_CORE, LOAD_CORE = 0, 1

local measure = {}

local function command(scenario, run, server, settings, running)
  local words = { LOAD, "--speak", server.speaks, "--pid", running.id,
    "--warmup", settings.warmup, "--seconds", settings.seconds }
  for _, list in ipairs { scenario.load, run.load or {} } do
    table.move(list, 1, #list, #words + 1, words)
  end
  words[#words + 1] = "127.0.0.1:" .. running.port
  return words
end

--- What is easier to read than the figures it is made of.
local function derive(figures)
  local each = (figures.memory_after - figures.memory_before)
    / figures.connections
  figures.memory_mb = figures.memory_after / 1e6
  figures.memory_each = each / 1024
  figures.memory_beside_head = (each - figures.head_bytes) / 1024
  if figures.done > 0 then
    figures.sent_each = figures.bytes_out / figures.done
    figures.received_each = figures.bytes_in / figures.done
    figures.compressed = figures.inflated / figures.done
  end
end

local function uses_tls(scenario)
  return table.concat(scenario.load or {}, " "):find("--tls", 1, true)
end

local function start(scenario, run, files)
  local server, port = servers[run.server], process.free_port()
  return process.start {
    words = server.command(port),
    port = port,
    core = SERVER_CORE,
    folder = server.folder,
    env = {
      BENCH_TLS = uses_tls(scenario) and files.certificate or nil,
      BENCH_DEFLATE = run.deflate and "1" or nil,
      BENCH_RECOVERY = run.recovers and "1" or nil,
      BENCH_ACTIONS = scenario.starts_only and files.actions or nil,
    },
  }
end

--- Measures one run of a scenario.
-- @param settings table `warmup`, `seconds`
-- @param files table of project.prepare
-- @return table of figures, as base-load names them; or nil and why not
function measure.run(scenario, run, settings, files)
  local running, why = start(scenario, run, files)
  if not running then return nil, "does not start: " .. why end
  if scenario.starts_only then
    running:stop()
    return { start_ms = running.start_ms }
  end
  local words = command(scenario, run, servers[run.server], settings, running)
  local text, is_good = process.run(words, LOAD_CORE)
  running:stop()
  if not is_good then return nil, text:match "%C+" or "no result" end
  local figures = cjson.decode(text)
  figures.start_ms = running.start_ms
  derive(figures)
  return figures
end

return measure

--- The state of the server: as JSON for people, and in the text format of
-- Prometheus (version 0.0.4).
local core = require "base.core"

local metrics = {}

local started = core.now()

--- Whether the server is healthy. Needs no key, since load balancers ask.
function metrics.health()
  if core.is_ending() then return 503, { status = "ending" } end
  return 200, { status = "ok" }
end

local function times(histogram)
  return {
    count = histogram.count,
    seconds = histogram.seconds,
    longest = histogram.longest,
  }
end

--- The counters as JSON.
function metrics.stats()
  local all = core.counters()
  return 200, {
    version = core.version,
    uptime = core.now() - started,
    connections = all.connections,
    users = all.users,
    channels = { count = all.channels, members = all.members,
      joins = all.joins },
    history = { messages = all.history_messages, bytes = all.history_bytes },
    opened = all.opened,
    refused = all.refused,
    messages = { received = all.messages_in, sent = all.messages_out },
    dropped = all.dropped,
    bytes = { received = all.bytes_in, sent = all.bytes_out },
    errors = all.errors,
    ended = all.ended,
    closes = all.closes,
    limited = all.limited,
    requests = { served = all.requests, refused = all.intrusions },
    actions = times(all.actions),
    turns = times(all.turns),
    memory = { lua = all.heap, resident = all.resident },
    descriptors = { open = all.open_descriptors, most = all.max_descriptors },
    processor_time = all.processor_time,
  }
end

-- Name, type, help, and the field of core.counters: a number, a table from
-- label to number (with the label's name behind it), or a histogram.
local rows = {
  { "base_connections", "gauge", "Open WebSocket connections.",
    "connections" },
  { "base_users", "gauge", "Users who are online.", "users" },
  { "base_channels", "gauge", "Channels in use.", "channels" },
  { "base_channel_members", "gauge",
    "Connections in channels, each counted once for every channel.",
    "members" },
  { "base_joins_total", "counter",
    "How often connections have joined channels.", "joins" },
  { "base_history_messages", "gauge", "Messages in the histories of channels.",
    "history_messages" },
  { "base_history_bytes", "gauge", "Memory of the histories of channels.",
    "history_bytes" },
  { "base_connections_opened_total", "counter",
    "WebSocket connections opened.", "opened" },
  { "base_connections_refused_total", "counter",
    "WebSocket connections refused because the server was full.",
    "refused" },
  { "base_messages_received_total", "counter",
    "Messages received from clients.",
    "messages_in" },
  { "base_messages_sent_total", "counter", "Messages queued for clients.",
    "messages_out" },
  { "base_messages_dropped_total", "counter",
    "Messages dropped because their client reads too slowly.", "dropped" },
  { "base_received_bytes_total", "counter", "Bytes received on all sockets.",
    "bytes_in" },
  { "base_sent_bytes_total", "counter", "Bytes sent on all sockets.",
    "bytes_out" },
  { "base_errors_total", "counter",
    "Errors by code; other: codes that scripts raise themselves.",
    "errors", "code" },
  { "base_runs_ended_total", "counter",
    "Script runs ended by a limit.", "ended", "limit" },
  { "base_closes_total", "counter",
    "Closed connections by close code; other: codes of scripts.",
    "closes", "code" },
  { "base_limited_total", "counter",
    "How often a limit took effect, by setting.",
    "limited", "limit" },
  { "base_api_requests_total", "counter",
    "API requests with a valid key.", "requests" },
  { "base_api_refused_total", "counter",
    "API requests without a valid key.", "intrusions" },
  { "base_action_seconds", "histogram",
    "Duration of actions, waits included.", "actions" },
  { "base_loop_delay_seconds", "histogram",
    "How long each turn of the event loop delayed new input.",
    "turns" },
  { "base_lua_memory_bytes", "gauge", "Size of the Lua heap.", "heap" },
  { "base_resident_memory_bytes", "gauge", "Resident memory of the process.",
    "resident" },
  { "base_open_descriptors", "gauge", "Open file descriptors.",
    "open_descriptors" },
  { "base_max_descriptors", "gauge", "The limit of file descriptors.",
    "max_descriptors" },
  { "base_processor_seconds_total", "counter",
    "CPU time, user and system.", "processor_time" },
}

local function add(lines, format, ...)
  lines[#lines + 1] = format:format(...)
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, core.precedes)
  return keys
end

local function add_labelled(lines, name, label, values)
  for _, key in ipairs(sorted_keys(values)) do
    add(lines, '%s{%s="%s"} %d', name, label, key, values[key])
  end
end

local function add_histogram(lines, name, histogram)
  for _, bucket in ipairs(histogram) do
    add(lines, '%s_bucket{le="%s"} %d', name, core.digits(bucket[1]),
      bucket[2])
  end
  add(lines, '%s_bucket{le="+Inf"} %d', name, histogram.count)
  add(lines, "%s_sum %s", name, core.digits(histogram.seconds))
  add(lines, "%s_count %d", name, histogram.count)
end

local TYPE = { ["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8" }

--- The counters as Prometheus reads them.
function metrics.text()
  local all, lines = core.counters(), {}
  for _, row in ipairs(rows) do
    local name, kind, help, field, label = table.unpack(row)
    local value = all[field]
    add(lines, "# HELP %s %s", name, help)
    add(lines, "# TYPE %s %s", name, kind)
    if label then
      add_labelled(lines, name, label, value)
    elseif kind == "histogram" then
      add_histogram(lines, name, value)
    else
      add(lines, "%s %s", name, core.digits(value))
    end
  end
  return 200, table.concat(lines, "\n") .. "\n", TYPE
end

return metrics

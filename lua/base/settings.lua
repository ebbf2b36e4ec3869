--- The settings of base.lua, a row each: its kind and its default.
local channel_kinds = require "base.channel_kinds"
local forms = require "base.forms"
local kinds = require "base.kinds"

local callable, group = kinds.callable, kinds.group

local bytes = kinds.whole("a whole number of bytes, at least 1", "bytes", 1)
local amount =
  kinds.whole("a whole number of bytes, 0 for no limit", "bytes", 0)
local count = kinds.whole("a whole number, 0 for no limit", "", 0)
local burst = kinds.whole("a whole number, 0 for as many as the rate", "", 0)
local connections = kinds.whole("a whole number, 1 to 10000", "", 1, 10000)
local requests = kinds.whole("a whole number, at least 0", "", 0)
local limit = kinds.time("a number of seconds, 0 for no limit", true)
local duration = kinds.time("a number of seconds, at least 0", true)
local period = kinds.time("a number of seconds, more than 0", false)
local pem = kinds.on_disk("the path of a PEM file", "file")
local folder = kinds.on_disk("the path of a folder", "directory")

local effort = kinds.whole("a whole number, 1 (fast) to 9 (small)", "", 1, 9)
local port = kinds.whole("a whole number, 1 to 65535", "", 1, 65535)
local http_head =
  kinds.whole("a whole number of bytes, 1 to 65535", "bytes", 1, 65535)
local address = kinds.text("an IPv4 or IPv6 address", forms.is_address)

local place = kinds.text('a place: "127.0.0.1:9000", "[::1]:9000", '
  .. '":9000" for all addresses, "unix:/run/base.sock", or "systemd"',
  forms.is_listener)
local listeners = kinds.some(kinds.list(
  'a list of places such as { "127.0.0.1:9000" }', kinds.proxied(place), true))
local places = kinds.some(kinds.list(
  'a list of places such as { "127.0.0.1:9000" }', place, true))
local yes_or_no = kinds.choice("true or false", true, false)
local account = kinds.text('an account, "name" or "name:group"', function(value)
  return value:find "^[A-Za-z0-9_][A-Za-z0-9_.-]*:?[A-Za-z0-9_.-]*$"
    and not value:find ":$"
end)
local keys = kinds.keys(16)

local path = kinds.text('a path such as "/socket", without query or spaces',
  function(value)
    return value:find("^/[\x21-\x7e]*$") and not value:find("[?#]")
  end)

local origins = kinds.list(
  'a list of origins such as { "https://example.com" }',
  kinds.new('an origin: "https://example.com", "https://*.example.com", '
    .. '"file://", "*" or "null"',
    function(value)
      if forms.is_text(value) then return forms.to_origin(value) end
    end))

local hosts = kinds.list(
  'a list of hosts such as { "shop.example" }',
  kinds.new('a host: "shop.example", "*.shop.example", "192.0.2.1" or "[::1]"',
    function(value)
      if forms.is_text(value) then return forms.to_host(value) end
    end))

local protocols = kinds.distinct(kinds.list(
  'a list of subprotocols such as { "ocpp1.6" }',
  kinds.text("a subprotocol such as \"ocpp1.6\", without spaces or commas",
    forms.is_token)))

local networks = kinds.list(
  'a list of addresses such as { "127.0.0.1", "10.0.0.0/8" }',
  kinds.text('an address such as "127.0.0.1", "::1" or "10.0.0.0/8", '
    .. 'or "unix" for Unix sockets',
    forms.is_network))

local commands = kinds.list(
  'a list of commands such as { "login" }',
  kinds.text("a command, 1 to 128 bytes", forms.is_command))

local level = kinds.choice('"debug", "info", "warn" or "error"',
  "debug", "info", "warn", "error")
local on_exceed = kinds.choice('"reject" or "close_oldest"',
  "reject", "close_oldest")
local on_slow = kinds.choice('"close" or "drop"', "close", "drop")
local presence = kinds.choice('true, "count" or false', true, "count", false)
local history = kinds.whole("a whole number, 1 to 100000", "", 1, 100000)
local kept =
  kinds.or_false(kinds.record "a table such as { size = 100, seconds = 300 }")
local sends = kinds.callable_or_boolean "connection, message, channel"
local format = kinds.choice('"text" or "json"', "text", "json")

local KiB, MiB = 1 << 10, 1 << 20

local function only_the_id(user)
  return { id = user.id }
end

--- Every setting, as docs/reference/settings.md and limits.md have them: a list
-- of rows, and each row by its full name too ("limits.queue_size").
-- A row has `name`, `group` ("limits", or nil), `key` ("queue_size"), `kind`,
-- `default` (nil: none), `required`, `unit` ("bytes", "seconds", "" or nil),
-- and `text`, which says what it is for.
-- @usage print(settings["limits.queue_size"].default) --> 1048576
local settings = {
  { "port", port, 9000, "where to listen" },
  { "address", address, nil, "where to listen; all addresses without it" },
  { "proxy", yes_or_no, nil, "whether connections begin with a PROXY header" },
  { "listen", listeners, nil, "a place or a list instead of port and address" },
  { "user", account, nil, "the account to run as, if started as root" },
  { "path", path, nil, "the path on which WebSockets are accepted" },
  { "api", group, nil, "the HTTP API for your application" },
  { "api.listen", places, nil, "where, a place or a list", required = true },
  { "api.key", keys, nil, "the key of requests, or a list",
    required = true },
  { "tls", group, nil, "PEM files, read again on SIGHUP" },
  { "tls.certificate", pem, nil, "the certificate chain", required = true },
  { "tls.key", pem, nil, "the private key", required = true },
  { "origins", origins, nil, "pages that may connect" },
  { "hosts", hosts, {}, "host names accepted on a loopback address" },
  { "protocols", protocols, {}, "subprotocols that clients may choose" },
  { "trusted_proxies", networks, {}, "whose X-Forwarded fields are trusted" },
  { "public", kinds.or_false(folder), nil, "folder of static files" },
  { "http", callable "request, response", nil, "your HTTP handler" },
  { "authenticate", callable "connection, register", nil,
    "finds out which user a connection belongs to", required = true },
  { "welcome", callable "user", only_the_id, "the body of `authenticated`" },

  { "actions", group, {}, "what serves commands" },
  { "actions.path", folder, "actions", "folder of actions" },
  { "actions.public", commands, {}, "commands that need no user" },
  { "actions.resolver", callable "command", nil, "finds other actions" },

  { "channels", channel_kinds.rules 'channels["…"]', {}, "rules of channels" },
  { 'channels["…"].public', yes_or_no, false, "whether guests may join" },
  { 'channels["…"].join', callable "connection, channel, body", nil,
    "decides who may join" },
  { 'channels["…"].send', sends, nil, "decides what clients may send" },
  { 'channels["…"].presence', presence, nil, "what members are told" },
  { 'channels["…"].history', kept, nil, "what is kept" },
  { 'channels["…"].history.size', history, nil, "messages that are kept",
    required = true },
  { 'channels["…"].history.seconds', period, 300, "how long after the last" },
  { 'channels["…"].occupied', callable "channel", nil, "a first member came" },
  { 'channels["…"].vacated', callable "channel", nil, "the last one has gone" },

  { "on", group, {}, "hooks" },
  { "on.connect", callable "connection", nil, "a connection opened" },
  { "on.disconnect", callable "connection, code, reason", nil, "and closed" },
  { "on.online", callable "user", nil, "the first connection of a user" },
  { "on.offline", callable "user", nil, "a user has been away for a while" },
  { "on.before", callable "connection, message", nil, "may stop a message" },
  { "on.text", callable "connection, text", nil, "raw text, no messages" },
  { "on.binary", callable "connection, bytes", nil, "binary messages" },
  { "on.error", callable "err, connection, message", nil, "a script raised" },
  { "on.reload", callable "", nil, "this file has been loaded again" },

  { "deflate", kinds.switch(group), {}, "permessage-deflate" },
  { "deflate.threshold", bytes, KiB, "the least size that is compressed" },
  { "deflate.level", effort, 1, "how hard to compress" },

  { "heartbeat", group, {}, "pings" },
  { "heartbeat.interval", period, 25, "time between pings" },
  { "heartbeat.timeout", period, 10, "how long silence may last after one" },
  { "http_keep_alive", duration, 75, "how long HTTP waits for a request" },
  { "offline_after", duration, 5, "how long a user may be away" },
  { "drain", duration, 10, "how long a shutdown may take" },

  { "limits", group, {}, "limits" },
  { "limits.message_size", bytes, 64 * KiB, "of one message" },
  { "limits.connections", count, 10000, "at once" },
  { "limits.connections_per_user", count, 0, "at once" },
  { "limits.connections_per_address", count, 0, "at once" },
  { "limits.on_exceed", on_exceed, "reject", "which connection gets 4009" },
  { "limits.rate", count, 100, "messages a second of one connection" },
  { "limits.burst", burst, 200, "messages that may exceed the rate" },
  { "limits.queue_size", bytes, MiB, "waiting for one slow reader" },
  { "limits.on_slow", on_slow, "close", "what happens beyond queue_size" },
  { "limits.pending_messages", count, 64, "waiting for their turn" },
  { "limits.waiting_per_user", amount, 8 * MiB, "kept of one user's messages" },
  { "limits.waiting_per_address", amount, 32 * MiB, "of one address's" },
  { "limits.handshake_time", limit, 10, "of the handshake" },
  { "limits.authenticate_time", limit, 10, "of `authenticate`" },
  { "limits.guest_time", limit, 60, "of a connection without a user" },
  { "limits.run_time", limit, 1, "of a script's run without a pause" },
  { "limits.slow_run", limit, 0.1, "of a run before the log reports it" },
  { "limits.action_time", limit, 60, "of a call, waits included" },
  { "limits.timers", count, 100000, "of scripts, at once" },
  { "limits.coroutines", count, 100000, "runs that wait, at once" },
  { "limits.run_memory", amount, 64 * MiB, "that one run may add" },
  { "limits.memory", amount, 512 * MiB, "of the Lua heap" },
  { "limits.channels", count, 128, "of one connection" },
  { "limits.members_listed", count, 1000, "in one channel" },
  { "limits.history_memory", amount, 64 * MiB, "of all channels together" },
  { "limits.http_head", http_head, 16 * KiB, "of an HTTP request" },
  { "limits.http_body", bytes, MiB, "of an HTTP request" },

  { "http_client", group, {}, "requests that scripts make" },
  { "http_client.connections", connections, 64, "at once" },
  { "http_client.queue", requests, 1024, "waiting for one of them" },
  { "http_client.keep_alive", period, 60, "of idle connections" },

  { "log", group, {}, "the log" },
  { "log.level", level, "info", "the least that is written" },
  { "log.format", format, "text", "of its lines" },
}

for i, row in ipairs(settings) do
  local name, row_kind, default, purpose = table.unpack(row, 1, 4)
  local named = {
    name = name,
    group = name:match("^(.*)%."),
    key = name:match("[^.]+$"),
    kind = row_kind,
    default = default,
    required = row.required or false,
    unit = row_kind.unit,
    text = purpose,
  }
  settings[i], settings[name] = named, named
end

return settings

--- Turns the options of http.get and the like into those of core.http_start.
-- Mistakes raise without a place: the caller knows whom to blame.
local core = require "base.core"
local edit_distance = require "base.edit_distance"
local forms = require "base.forms"
local kinds = require "base.kinds"
local show = require "base.reader".show
local sorted = require "base.sorted"

local json = core.json
local options = {}

local DAY = 24 * 60 * 60 -- seconds

local function raise(text, ...)
  error(text:format(...), 0)
end

local seconds = kinds.new("a number of seconds, more than 0, at most a day",
  function(value)
    local is_time = type(value) == "number" and value > 0 and value <= DAY
    return is_time and math.max(value, 0.001) or nil
  end)

local flag = kinds.new("true or false", function(value)
  if type(value) == "boolean" then return value end
end)

local set = kinds.new("a table of names and values", function(value)
  return type(value) == "table" and value or nil
end)

local text = kinds.new("a string", function(value)
  return type(value) == "string" and value or nil
end)

local methods = kinds.choice("one of GET, HEAD, POST, PUT, PATCH, DELETE and "
  .. "OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

local anything = kinds.new("anything", function(value) return value end)

-- The options of every request; `method`, `url` and `body` are only for
-- http.request.
local rows = {
  method = methods,
  url = text,
  query = set,
  headers = set,
  body = text,
  json = anything,
  timeout = seconds,
  connect_timeout = seconds,
  redirects = kinds.whole("a whole number, 0 to 20", "", 0, 20),
  max_body = kinds.whole("a whole number of bytes, at least 1", "bytes", 1),
  verify = flag,
  ca = kinds.text("the path of a PEM file", function() return true end),
  unix = kinds.text("the path of a Unix socket", forms.is_unix_path),
  cache = seconds,
  single_flight = flag,
}

local defaults = {
  method = "GET",
  timeout = 10,
  connect_timeout = 2,
  redirects = 0,
  max_body = 1 << 20,
  verify = true,
  single_flight = false,
}

-- Takes the place of the reader of base.lua. Values are not shown: there may be
-- a token in them, and the mistake goes into the log.
local reader = {}

function reader.refuse(_, name, kind, value, why)
  local said = type(value) ~= "string" and show(value)
  raise("'%s' must be %s%s%s", name, kind.must,
    said and ", but is " .. said or "", why and ", " .. why or "")
end

local function find_meant(name)
  local meant, least = nil, 3
  for known in pairs(rows) do
    local distance = #name <= 40 and edit_distance(name, known) or least
    if distance < least or distance == least and meant and known < meant then
      meant, least = known, distance
    end
  end
  return meant
end

local function check_name(name)
  if type(name) ~= "string" then
    raise("an option's name must be a string, not %s", show(name))
  elseif not rows[name] then
    local meant = find_meant(name)
    raise("unknown option '%s'%s", name:sub(1, 40):gsub("%c", "?"),
      meant and (": did you mean '%s'?"):format(meant) or "")
  end
end

local function read_all(given)
  local checked = {}
  for name, value in sorted(given) do
    check_name(name)
    checked[name] = rows[name].read(reader, name, value)
  end
  for name, value in pairs(defaults) do
    if checked[name] == nil then checked[name] = value end
  end
  return checked
end

-- --- the URL ---

local function escape(value)
  return (core.text(value):gsub("[^A-Za-z0-9%-._~]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

local function is_plain(value)
  local kind = type(value)
  return kind == "string" or kind == "number" or kind == "boolean"
end

-- "a=1&b=2" in the order of the names, so that equal requests are equal.
local function print_query(query)
  local pairs_of = {}
  for name, value in sorted(query) do
    if type(name) ~= "string" then
      raise("the names in 'query' must be strings, not %s", show(name))
    end
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      if not is_plain(one) then
        raise("'query.%s' must be a string, a number, a boolean or a list of "
          .. "them, but is %s", name, show(one))
      end
      pairs_of[#pairs_of + 1] = escape(name) .. "=" .. escape(one)
    end
  end
  table.sort(pairs_of, core.precedes)
  return table.concat(pairs_of, "&")
end

-- Never shown in a mistake: there may be a token in it.
local function check_url(url)
  if not url then raise "'url' is missing" end
  if not url:find "^[hH][tT][tT][pP][sS]?://[^/?#]" then
    raise "'url' must begin with http:// or https:// and a host"
  elseif url:find "[\0-\32\127]" then
    raise "'url' has a space or a control character: percent-encode it"
  end
end

local function add_query(url, query)
  local printed = query and print_query(query) or ""
  if printed == "" then return url end
  local before, fragment = url:match "^([^#]*)(.*)$"
  local separator = "?"
  if before:find("?", 1, true) then
    separator = before:find "[?&]$" and "" or "&"
  end
  return before .. separator .. printed .. fragment
end

-- --- headers and body ---

-- Headers that libcurl sets itself and that must be true.
local own = {}
for _, name in ipairs { "connection", "content-length", "expect", "te",
  "trailer", "transfer-encoding", "upgrade" } do
  own[name] = true
end

local function check_header(name, value, seen)
  if type(name) ~= "string" or not forms.is_token(name) then
    raise("%s is not a valid header name", show(name))
  elseif own[core.lower(name)] then
    raise("the header '%s' is set by Base and cannot be given", name)
  elseif seen[core.lower(name)] then
    raise("the header '%s' is set twice", name)
  elseif type(value) ~= "string" and type(value) ~= "number" then
    raise("the header '%s' must be a string or a number, but is a %s", name,
      type(value))
  elseif core.text(value):find "[\r\n\0]" then
    raise("the header '%s' contains CR, LF or NUL", name)
  end
end

-- name in lower case -> value
local function read_headers(given)
  local headers = {}
  for name, value in sorted(given or {}) do
    check_header(name, value, headers)
    headers[core.lower(name)] = core.text(value)
  end
  return headers
end

-- A name without a value removes the header that libcurl would set.
local function print_headers(headers, method, has_body)
  local lines = {}
  for name, value in pairs(headers) do
    lines[#lines + 1] = value:find "%S" and name .. ": " .. value or name .. ";"
  end
  if has_body or method:find "^P" then
    lines[#lines + 1] = "expect:"
    if not headers["content-type"] then lines[#lines + 1] = "content-type:" end
  end
  table.sort(lines, core.precedes)
  return lines
end

local function encode(value)
  local ok, encoded = pcall(json.encode, value)
  if not ok then raise("'json': %s", encoded) end
  return encoded
end

local function read_body(checked, headers)
  if checked.json == nil then return checked.body end
  if checked.body then raise "'body' and 'json' cannot both be set" end
  headers["content-type"] = headers["content-type"] or "application/json"
  return encode(checked.json)
end

local function check_method(checked)
  local is_reading = checked.method == "GET" or checked.method == "HEAD"
  if checked.redirects > 0 and (not is_reading or checked.body) then
    raise "'redirects' works only for GET and HEAD without a body"
  elseif checked.method == "HEAD" and checked.body then
    raise "a HEAD request cannot have a body"
  end
end

-- --- the whole ---

-- The key of a request: everything that decides about the answer. Each part
-- begins with its length, so that two different requests never have the same
-- key.
local function key_of(request)
  local parts = { request.method, request.url, request.body or "",
    tostring(request.body ~= nil), request.unix or "", request.ca or "",
    tostring(request.trusts_anybody), request.redirects, request.max_body }
  table.move(request.headers, 1, #request.headers, #parts + 1, parts)
  for i, part in ipairs(parts) do parts[i] = string.pack("s8", part) end
  return table.concat(parts)
end

local function join(given, method, url, body)
  local all = {}
  if given ~= nil and type(given) ~= "table" then
    raise("the options must be a table, but are %s",
      type(given) == "string" and "a string" or show(given))
  end
  for name, value in sorted(given or {}) do
    if method and (name == "method" or name == "url" or name == "body") then
      raise("only http.request takes the option '%s'", name)
    end
    all[name] = value
  end
  all.method, all.url = method or all.method, url or all.url
  if body ~= nil then all.body = body end
  return all
end

--- Reads the options of one request.
-- @param given table or nil what the script gave
-- @param method string or nil; nil when `given` has everything (http.request)
-- @param url, body any what the script gave beside the options
-- @return table `method`, `url`, `headers` (lines), `body`, `unix`, `ca`,
--   `trusts_anybody`, `connect_timeout` (ms), `redirects`, `max_body` for
--   core.http_start; `timeout`, `cache`, `single_flight`, and the `key` of an
--   answer that may serve others
-- Raises for every mistake.
function options.read(given, method, url, body)
  local checked = read_all(join(given, method, url, body))
  check_url(checked.url)
  local headers = read_headers(checked.headers)
  checked.body = read_body(checked, headers)
  check_method(checked)
  local request = {
    method = checked.method,
    url = add_query(checked.url, checked.query),
    headers = print_headers(headers, checked.method, checked.body ~= nil),
    body = checked.body,
    unix = checked.unix,
    ca = checked.ca,
    trusts_anybody = not checked.verify,
    connect_timeout = math.ceil(checked.connect_timeout * 1000),
    redirects = checked.redirects,
    max_body = checked.max_body,
    timeout = checked.timeout,
    cache = checked.cache,
    single_flight = checked.single_flight,
  }
  local is_shared = request.cache or request.single_flight
  request.key = is_shared and key_of(request) or nil
  return request
end


return options

--- What text has to look like to be an address, a listener or an origin. Each
-- function takes a string (is_text anything) and raises nothing.
local forms = {}

local LONGEST_UNIX_PATH = 107 -- bytes: sun_path without its final zero

-- Letters are those of ASCII: classes like %w, and string.lower, obey a locale
-- that a script has set.
local function lower(text)
  return (text:gsub("[A-Z]", function(letter)
    return string.char(letter:byte() + 32)
  end))
end

function forms.is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("\0")
end

-- What HTTP takes for a name, RFC 9110 section 5.6.2.
function forms.is_token(text)
  return text:find "^[A-Za-z0-9!#$%%&'*+.^_`|~-]+$" ~= nil
end

-- A number of at most five digits, written as inet_pton takes it.
local function is_decimal(text, most)
  return (text == "0" or text:find("^[1-9]%d?%d?%d?%d?$") ~= nil)
    and tonumber(text) <= most
end

local function is_port(text)
  return text ~= "0" and is_decimal(text, 65535)
end

local function is_ipv4(text)
  local parts = { text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$") }
  for _, part in ipairs(parts) do
    if not is_decimal(part, 255) then return false end
  end
  return #parts == 4
end

-- How many groups of an IPv6 address these are, or nil if one of them is none.
local function count_groups(text)
  local count = 0
  if text == "" then return count end
  for group in (text .. ":"):gmatch("([^:]*):") do
    if not group:find("^%x%x?%x?%x?$") then return nil end
    count = count + 1
  end
  return count
end

local function is_ipv6(text)
  local front, ipv4 = text:match("^(.*:)([%d.]+%.%d+)$")
  if ipv4 then
    if not is_ipv4(ipv4) then return false end
    text = front .. "0:0" -- it stands for two groups
  end
  local before, after = text:match("^(.-)::(.*)$")
  if not before then return count_groups(text) == 8 end
  before, after = count_groups(before), count_groups(after)
  return before ~= nil and after ~= nil and before + after <= 7
end

-- "0:0:0:0:0:0:0:1": the one form of an IPv6 address in all its spellings.
function forms.plain_ipv6(text)
  local front, a, b, c, d =
    text:match "^(.*:)(%d+)%.(%d+)%.(%d+)%.(%d+)$"
  if front then
    text = ("%s%x:%x"):format(front, a * 256 + b, c * 256 + d)
  end
  local before, after = text:match "^(.-)::(.*)$"
  local groups, rest = {}, {}
  for group in (before or text):gmatch "%x+" do groups[#groups + 1] = group end
  for group in (after or ""):gmatch "%x+" do rest[#rest + 1] = group end
  while #groups + #rest < 8 do groups[#groups + 1] = "0" end
  table.move(rest, 1, #rest, #groups + 1, groups)
  for i, group in ipairs(groups) do
    groups[i] = ("%x"):format(tonumber(group, 16))
  end
  return table.concat(groups, ":")
end

function forms.is_address(text)
  return is_ipv4(text) or is_ipv6(text)
end

function forms.is_network(text)
  if text == "unix" then return true end -- whoever comes to a Unix socket
  local address, bits = text:match("^(.*)/(%d+)$")
  if not address then return forms.is_address(text) end
  return is_ipv4(address) and is_decimal(bits, 32)
    or is_ipv6(address) and is_decimal(bits, 128)
end

function forms.is_listener(text)
  local file = text:match("^unix:(.+)$")
  if file and #file > LONGEST_UNIX_PATH then
    return false, ("whose path is longer than %d bytes")
      :format(LONGEST_UNIX_PATH)
  end
  if file or text == "systemd" then return true end
  -- A name as FileDescriptorName= takes it, though only of plain characters.
  if text:find "^systemd:[A-Za-z0-9_.@-]+$" then return true end
  local address, port = text:match("^(.*):(%d+)$")
  if not address or not is_port(port) then return false end
  local ipv6 = address:match("^%[(.*)%]$")
  if ipv6 then return is_ipv6(ipv6) end
  return address == "" or is_ipv4(address)
end

local function is_host(text)
  local ipv6 = text:match("^%[(.*)%]$")
  if ipv6 then return is_ipv6(ipv6) end
  local name = text:gsub("^%*%.", "")
  return name:find("^[A-Za-z0-9_-][A-Za-z0-9._-]*$") ~= nil
    and not name:find("%.%.")
    and not name:find("%.$")
end

-- A host as a browser writes it, or nil and a reason.
function forms.to_host(text)
  if text:find "^[^%[].*:%d*$" or text:find "^%[.*%]:" then
    return nil, "which says more than a host"
  end
  return is_host(text) and text:lower() or nil
end

local default_ports = { http = "80", https = "443" }

-- What stands behind the scheme of a page that came over no network: nothing
-- for "file://", a name for "chrome-extension://abc" and "app://-".
local function is_local_name(text)
  return text:find("^[\x21-\x7e]*$") and not text:find('[?#@\\"*=]')
end

-- An origin as a browser writes it: lower case, and no port that goes without
-- saying. Or nil and a reason. core/net/peer/origin.c calls one listable by the
-- same rules.
function forms.to_origin(text)
  if text == "*" or text == "null" then return text end
  local scheme, rest = lower(text):match("^([a-z][a-z0-9+.-]*)://(.*)$")
  if not scheme then return nil end
  if rest:find("/") then return nil, "which says more than scheme and host" end
  if not default_ports[scheme] and is_local_name(rest) then
    return scheme .. "://" .. rest
  end
  local host, port = rest:match("^(.+):(%d+)$")
  host = host or rest
  if not is_host(host) or port and not is_port(port) then return nil end
  local is_said = port and port ~= default_ports[scheme]
  return scheme .. "://" .. host .. (is_said and ":" .. port or "")
end

return forms

--- Checks whether a text is an address, a listener or an origin. Each function
-- takes a string (is_text any value) and raises nothing. The grammar is C's;
-- the functions ask C only when they are called, since docs/site reads the
-- settings without C.
local core = setmetatable({}, { __index = function(_, name)
  return require "base.core"[name]
end })

local forms = {}

function forms.is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("\0")
end

-- A token of HTTP.
function forms.is_token(text)
  return core.is_token(text)
end

function forms.is_command(text)
  if text:find "^%$" then
    return false, "which begins with $, as Base's own do"
  end
  return #text <= core.longest.command
end

-- Why the text is no pattern of a channel's rule, or nil: it is a channel's
-- name, or the beginning of names and one * at its end.
function forms.pattern_complaint(text)
  local beginning = text:match "^(.*)%*$"
  local name = beginning or text
  if text == "" then return "is empty" end
  if #name > core.longest.channel then
    return ("is longer than %d bytes"):format(core.longest.channel)
  end
  if name:find("*", 1, true) then return "has a * before its end" end
  if name:find "^%$" then
    return "begins with $: such names are Base's own"
  end
  if not utf8.len(name) then return "is not valid UTF-8" end
  if name ~= "" and not core.is_channel_name(name) then
    return "contains control characters"
  end
end

function forms.is_unix_path(text)
  return #text <= core.longest.unix_path
end

function forms.is_address(text)
  return core.is_address(text)
end

-- "unix" means every peer of a Unix socket.
function forms.is_network(text)
  return core.is_network(text)
end

function forms.is_listener(text)
  local file = text:match("^unix:(.+)$")
  if file and not forms.is_unix_path(file) then
    return false, ("whose path is longer than %d bytes")
      :format(core.longest.unix_path)
  end
  if file or text == "systemd" then return true end
  -- A name that FileDescriptorName= accepts, but only of plain characters.
  if text:find "^systemd:[A-Za-z0-9_.@-]+$" then return true end
  local address, port = text:match("^(.*):(%d+)$")
  if not address or not core.is_port(port) then return false end
  local ipv6 = address:match("^%[(.*)%]$")
  local is_ipv6 = (ipv6 or address):find(":", 1, true) ~= nil
  return address == ""
    or is_ipv6 == (ipv6 ~= nil) and core.is_address(ipv6 or address)
end

-- A host as a browser writes it, or nil and a reason.
function forms.to_host(text)
  return core.to_host(text)
end

-- An origin as a browser writes it: lower case, without the default port; or
-- nil and a reason.
function forms.to_origin(text)
  return core.to_origin(text)
end

return forms

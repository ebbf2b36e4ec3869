--- Tells whether two places to listen on are the same, however they are
-- written.
local core = require "base.core"

local places = {}

local FAMILIES = { ipv4 = { ipv4 = true }, ipv6 = { ipv6 = true },
  [""] = { ipv4 = true, ipv6 = true } }

-- A place of TCP: its port, its families, its address or nil for all of them.
local function read_tcp(where)
  local address, port = where:match "^(.*):(%d+)$"
  if not address then return nil end
  local ipv6 = address:match "^%[(.*)%]$"
  local plain = ipv6 and core.plain_address(ipv6) or address
  local is_any = plain == "" or plain == (ipv6 and "::" or "0.0.0.0")
  return {
    port = port,
    families = FAMILIES[ipv6 and "ipv6" or address ~= "" and "ipv4" or ""],
    address = not is_any and plain or nil,
  }
end

-- The path of a Unix socket, the same for the same file.
local function read_unix(where, exists)
  local path = where:match "^unix:(.*)$"
  if not path then return nil end
  path = path:gsub("/+", "/")
  local folder, name = path:match "^(.*/)([^/]*)$"
  if not folder then folder, name = "./", path end
  local _, _, _, identity = exists(folder)
  return (identity or folder:gsub("/%./", "/"):gsub("^%./(.)", "%1"))
    .. " " .. name
end

local function share_family(a, b)
  for family in pairs(a.families) do
    if b.families[family] then return true end
  end
  return false
end

--- Whether the server could not listen on both at once.
-- @param a string a place in normal form, as `listen` has it
-- @param b string another
-- @param exists function as config.check has it
-- @return boolean
function places.clash(a, b, exists)
  a, b = a:gsub("^proxy ", ""), b:gsub("^proxy ", "")
  if a == b then return true end
  local path, other = read_unix(a, exists), read_unix(b, exists)
  if path or other then return path == other end
  a, b = read_tcp(a), read_tcp(b)
  if not a or not b or a.port ~= b.port or not share_family(a, b) then
    return false
  end
  return not a.address or not b.address or a.address == b.address
end

return places

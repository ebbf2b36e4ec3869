--- Checks what base.lua returned and completes it with the defaults.
local Reader = require "base.reader"
local places = require "base.places"
local public = require "base.public"
local rows = require "base.settings"

local config = {}

--- Every setting: see base.settings.
config.settings = rows

local function place(checked)
  local host = checked.address or ""
  if host:find(":", 1, true) then host = "[" .. host .. "]" end
  return (checked.proxy and "proxy " or "") .. host .. ":" .. checked.port
end

-- Gives the first listener with a port this port. False when no listener has a
-- port.
local function replace_port(listeners, new_port)
  for i, listener in ipairs(listeners) do
    local where = listener:gsub("^proxy ", "")
    local is_bound = not where:find "^unix:" and not where:find "^systemd"
    local host = is_bound and listener:match("^(.*):%d+$")
    if host then
      listeners[i] = host .. ":" .. new_port
      return true
    end
  end
  return false
end

-- Makes `listen` from `address` and `port`, unless the file has `listen`.
local function settle_listen(reader, given, checked, new_port)
  if given.listen == nil then
    checked.port = new_port or checked.port
    checked.listen = { place(checked) }
    return
  end
  for _, name in ipairs { "port", "address", "proxy" } do
    if given[name] ~= nil then
      reader:report("'listen' replaces '%s': set only one of them", name)
    end
  end
  if not checked.listen then
    checked.listen = { place(checked) }
  elseif new_port and not replace_port(checked.listen, new_port) then
    reader:report("--port cannot be used: 'listen' has no port to replace")
  end
  checked.port, checked.address, checked.proxy = nil, nil, nil
end

local function is_near(where)
  return where:find "^unix:" or where:find "^127%." or where:find "^%[::1%]"
end

-- A listener with PROXY headers needs `trusted_proxies`: a peer that reaches it
-- chooses its own address.
local function check_proxies(reader, checked)
  if #checked.trusted_proxies > 0 then return end
  for _, listener in ipairs(checked.listen) do
    local where = listener:match "^proxy (.*)$"
    if where and not is_near(where) then
      reader:report("'proxy' at '%s' needs 'trusted_proxies', or any "
        .. 'client could claim any address: list your proxies, such as '
        .. '{ "10.0.0.0/8" }, or trust everybody: { "0.0.0.0/0", "::/0" }',
        where)
    end
  end
end

local NOT_THERE = 2 -- ENOENT

local function exists(name)
  local file <close>, why, number = io.open(name, "rb")
  if not file then return number ~= NOT_THERE, nil, why end
  local _, _, code = file:read(0) -- fails in a directory
  return true, code and "directory" or "file"
end

-- The folder of static files when base.lua names none.
local function find_public(reader)
  local is_there, found, trouble = reader.exists("public")
  if not is_there or found == "file" then return nil end
  if trouble then
    reader:report("'public' cannot be read: %s; public = false serves no files",
      trouble)
  end
  return "public"
end

-- Two places on which the server could not listen at once are a mistake.
local function check_places(reader, given, checked)
  local named = {}
  local function add(name, list)
    for i, where in ipairs(list or {}) do
      local index = #list > 1 and ("[%d]"):format(i) or ""
      named[#named + 1] = { name = name .. index, where = where }
    end
  end
  add(given.listen == nil and "port" or "listen", checked.listen)
  add("api.listen", checked.api and checked.api.listen)
  for i, each in ipairs(named) do
    for j = 1, i - 1 do
      if places.clash(each.where, named[j].where, reader.exists) then
        reader:report("'%s' ('%s') is the same address as '%s' ('%s'): each "
          .. "can be listened on once", each.name, each.where, named[j].name,
          named[j].where)
        break
      end
    end
  end
end

-- Applies the command line: a port, a log level.
local function override(reader, options)
  local port, level = options.port, options.log_level
  return port and rows["port"].kind.read(reader, "--port", port),
    level and rows["log.level"].kind.read(reader, "--log-level", level)
end

-- The public folder must not contain files that Base itself reads.
local function check_public(reader, checked)
  local folder, actions = checked.public, checked.actions.path
  local mistake = folder and public.mistake(folder, actions, reader.exists)
  if mistake then
    reader:report("'public' must be a separate folder, but '%s' %s", folder,
      mistake)
  end
end

--- Checks what base.lua returned and completes it.
-- @param settings any what the file returned
-- @param options table or nil: `file`, the name in the mistakes ("base.lua");
--   `exists`, function(path) returning four values: whether the path exists;
--   "file", "directory" or nil; why it cannot be read, or nil; an identity that
--   is the same for the same folder, whatever its path, or nil; `port` and
--   `log_level`, which win over those of the file
-- @return table every setting in normal form: groups are tables, `listen` is a
--   list of "127.0.0.1:9000", "[::1]:9000", ":9000" (all addresses) and
--   "unix:/path", `public` is a path or nil, times are seconds, sizes bytes; a
--   setting with a mistake has its default
-- @return table the mistakes, a list of lines; the settings are valid if it is
--   empty
-- @usage local checked, mistakes = config.check(dofile("base.lua"))
function config.check(settings, options)
  options = options or {}
  local reader =
    Reader.new(options.file or "base.lua", options.exists or exists)
  if type(settings) ~= "table" then
    reader:report("must return a table of settings, but returns %s",
      Reader.show(settings))
    return config.check({}, options), reader.mistakes
  end
  local checked = reader:read(nil, settings)
  local port, level = override(reader, options)
  settle_listen(reader, settings, checked, port)
  check_proxies(reader, checked)
  check_places(reader, settings, checked)
  checked.log.level = level or checked.log.level
  if settings.public == nil then
    checked.public = find_public(reader)
  end
  checked.public = checked.public or nil -- it was false
  check_public(reader, checked)
  return checked, reader.mistakes
end

return config

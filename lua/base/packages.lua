--- The `package` of a project's files. Each load has one of its own, so that a
-- change by a file (of package.path, say) ends with the load, and modules found
-- by it are loaded anew with the next.
local core = require "base.core"

local packages = {}

-- The modules of the real `package` that are loaded once for the process.
local global = package

-- Makes a table of the load over one of the process. Writing nil removes the
-- load's value, or else the process's.
local function overlay(own, shared)
  return setmetatable({}, {
    __index = function(_, name)
      if own[name] ~= nil then return own[name] end
      return shared[name]
    end,
    __newindex = function(_, name, value)
      if value == nil and own[name] == nil then shared[name] = nil end
      own[name] = value
    end,
    __pairs = function()
      local all = {}
      for name, value in pairs(shared) do all[name] = value end
      for name, value in pairs(own) do all[name] = value end
      return next, all, nil
    end,
  })
end

--- Makes the `package` of a load.
-- @param load Load
-- @return table
function packages.new(load)
  load.preload = {}
  local own = {
    path = global.path,
    cpath = global.cpath,
    config = global.config,
    loaded = overlay(load.loaded, global.loaded),
    preload = overlay(load.preload, global.preload),
    searchers = table.move(global.searchers, 1, #global.searchers, 1, {}),
    searchpath = global.searchpath,
    loadlib = global.loadlib,
  }
  load.loaded.package = own
  return own
end

-- The entries of a path, each with whether the project has added it.
local function entries(path, shared)
  local known, list = {}, {}
  for entry in shared:gmatch "[^;]+" do known[entry] = true end
  for entry in path:gmatch "[^;]+" do
    list[#list + 1] = { entry = entry, is_own = not known[entry] }
  end
  return list
end

--- Returns what is wrong with a `package` that the project has changed, or nil.
function packages.complaint(load)
  for _, name in ipairs { "path", "cpath" } do
    local kind = type(load.package[name])
    if kind ~= "string" then
      return ("'package.%s' must be a string, not %s"):format(name, kind)
    end
  end
  local kind = type(load.package.searchers)
  return kind ~= "table" and "'package.searchers' must be a table, not " .. kind
    or nil
end

-- Looks for a module's file along package.path or cpath. Returns its path and
-- whether the project has added the entry by which it was found.
local function search(load, name, which)
  local file = name:gsub("%.", "/"):gsub("%%", "%%%%")
  for _, each in ipairs(entries(load.package[which], global[which])) do
    local path = each.entry:gsub("%?", file)
    if core.kind(each.is_own and load:place(path) or path) == "file" then
      return path, each.is_own
    end
  end
end

--- Notes the folders of package.path in which the project has modules.
function packages.note_folders(load)
  if packages.complaint(load) then return end
  for _, each in ipairs(entries(load.package.path, global.path)) do
    local folder = each.is_own and each.entry:match "^(.-)/*[^/]*%?"
    if folder and folder ~= "" then load:note(folder, "folder") end
  end
end

-- The project's own folder comes before package.path.
local function find_in_root(load, name)
  local path = name:gsub("%.", "/")
  for _, candidate in ipairs { path .. ".lua", path .. "/init.lua" } do
    if core.kind(load:place(candidate)) == "file" then return candidate end
  end
end

-- The searchers that the project has put into package.searchers.
local function ask_searchers(load, name)
  local known = {}
  for _, searcher in ipairs(global.searchers) do known[searcher] = true end
  for _, searcher in ipairs(load.package.searchers) do
    if not known[searcher] then
      local make, data = searcher(name)
      if type(make) == "function" then return make, data or name end
    end
  end
end

-- C code stays in the process, so its module belongs to the process. Returns
-- why it could not be opened, or nil.
local function open_c_module(load, name)
  local path, is_own = search(load, name, "cpath")
  if not is_own or global.loaded[name] ~= nil then return nil end
  local symbol = name:gsub("^[^-]*%-", ""):gsub("%.", "_")
  local open, why = global.loadlib(load:place(path), "luaopen_" .. symbol)
  if not open then
    return ("error loading module '%s' from file '%s':\n\t%s"):format(name,
      path, why)
  end
  global.preload[name] = function() return open(name, path) end
end

--- Finds the function or file that makes a module of the project.
-- @param load Load
-- @param name string
-- @return function that makes it, or nil if it is a Lua file; and the path of
--   that file, or the argument for the function. nil, nil if it is not a module
--   of the project, and perhaps why it cannot be loaded
function packages.find(load, name)
  if load.preload[name] then return load.preload[name], ":preload:" end
  local path = find_in_root(load, name)
  if path then return nil, path end
  local found, is_own = search(load, name, "path")
  if is_own then return nil, found end
  local make, data = ask_searchers(load, name)
  if make then return make, data end
  return nil, nil, not found and open_c_module(load, name) or nil
end

-- Modules of the process that projects have required: name -> the file and its
-- identity then.
local remembered = {}

--- Notes that a project has required a module of the process that is not
-- Base's.
function packages.remember(name)
  if remembered[name] ~= nil or (name .. "."):find "^base%." then return end
  remembered[name] = false
  if global.preload[name] then return end
  local path = global.searchpath(name, global.path)
    or global.searchpath(name, global.cpath)
  if not path then return end
  local _, identity = core.kind(path)
  remembered[name] = { path = path, identity = identity }
end

--- The modules of the process whose files have changed since; no load reads
-- them again.
-- @return list of { name =, path = }, in the order of the names
function packages.changed()
  local list = {}
  for name, file in pairs(remembered) do
    local _, identity = core.kind(file and file.path or "")
    if file and identity ~= file.identity then
      list[#list + 1] = { name = name, path = file.path }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- Adds the other places that were searched to an error of Lua's `require`.
function packages.add_tried(load, name, text)
  local head = ("module '%s' not found:"):format(name)
  if text:sub(1, #head) ~= head then return text end
  local file = name:gsub("%.", "/"):gsub("%%", "%%%%")
  local lines = { text }
  for _, each in ipairs(entries(load.package.path, global.path)) do
    if each.is_own then
      lines[#lines + 1] = ("\n\tno file '%s'"):format(
        (each.entry:gsub("%?", file)))
    end
  end
  return table.concat(lines)
end

return packages

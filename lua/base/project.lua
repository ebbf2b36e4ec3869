--- Loads a project: base.lua, its actions, and whatever they require.
local Load = require "base.load"
local config = require "base.config"
local core = require "base.core"
local packages = require "base.packages"
local rows = require "base.settings"
local walk = require "base.walk"

local project = {
  --- The folder of the project: in the server the working directory.
  root = ".",
  --- Settings that replace base.lua, without actions: for tests.
  source = nil,
  --- print writes to the log.
  print = Load.print,
}

local is_limited = false -- by what a base.lua says
local serving -- what was loaded last and serves

--- Begins a load; a test uses it to load a single file.
-- @return Load
function project.new_load()
  return Load.new(project.root)
end

local function limit_runs(limits)
  core.limit_runs(limits.run_time, limits.run_memory, limits.memory)
end

local defaults = {}
for _, name in ipairs { "run_time", "run_memory", "memory" } do
  defaults[name] = rows["limits." .. name].default
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

local function warn_of_missing(settings, actions)
  if settings.actions.resolver then return end
  for _, command in ipairs(settings.actions.public) do
    if not actions[command] then
      core.log("warn", ("actions.public names '%s', which no file in %s serves")
        :format(command, settings.actions.path))
    end
  end
end

-- What base.lua returns, or an empty default to find further mistakes.
local function read_settings(load)
  if project.source then return project.source end
  if core.kind(load:place("base.lua")) ~= "file" then
    load:note("base.lua", "file")
    load:mistake("base.lua: no such file: create one that returns a table with "
      .. "`authenticate`, see docs/reference/settings.md")
    return { authenticate = function() end }
  end
  local before = #load.mistakes
  local settings = load:file("base.lua")
  if #load.mistakes > before then
    return { authenticate = function() end }
  end
  return settings
end

-- All actions by name; none if there is no folder. If the project serves
-- actions already, a missing folder is a mistake: it is being replaced, or is
-- not mounted, and its actions would be lost.
local function read_actions(load, path)
  if project.source then return {} end
  local kind, why = core.kind(load:place(path))
  load:note(path, "folder")
  if kind == "directory" then return walk.actions(load, path) end
  if kind or why then
    load:mistake(("%s: %s"):format(path, kind and "is not a folder"
      or "cannot be read: " .. why))
  elseif serving and next(serving.actions) then
    load:mistake(("%s: the actions folder no longer exists: to serve no "
      .. "actions, create an empty one, or restart"):format(path))
  end
  return {}
end

local function warn_of_emptiness(actions)
  if serving and next(serving.actions) and not next(actions) then
    core.log("warn", "the actions folder is now empty: no actions are served")
  end
end

local function warn_of_modules()
  if not serving then return end
  for _, module in ipairs(packages.changed()) do
    core.log("warn", ("%s has changed: restart to load the module '%s' again, "
      .. "as it is outside the project"):format(module.path,
      module.name))
  end
end

-- What the checks of the settings need to know of the disk.
local function exists_below(load)
  return function(path)
    local place = load:place(path)
    local kind, identity = core.kind(place)
    if not kind then return identity ~= nil, nil, identity end
    return true, kind, core.unreadable(place), identity
  end
end

-- Reads everything; returns the settings and the actions.
local function read(load, options)
  local settings, mistakes = config.check(read_settings(load), {
    exists = exists_below(load),
    port = options.port,
    log_level = options.log_level,
  })
  for _, mistake in ipairs(mistakes) do load:mistake(mistake) end
  limit_runs(#mistakes == 0 and settings.limits or defaults)
  is_limited = true
  load.settings = #load.mistakes == 0 and settings or nil
  return { settings, read_actions(load, settings.actions.path) }
end

local function make_project(settings, actions)
  return {
    settings = settings,
    authenticate = settings.authenticate,
    welcome = settings.welcome,
    http = settings.http,
    on = settings.on,
    before = settings.on.before,
    actions = actions,
    public = set_of(settings.actions.public),
    resolver = settings.actions.resolver,
    channels = settings.channels,
  }
end

--- Loads the whole project, within the limits of a run.
-- @param options table `port` and `log_level` of the command line, or nil
-- @return table the project, or nil after a mistake
-- @return table every mistake, a list of lines
-- @return table what was looked at: path -> "file", or "folder" for all below
-- @return table the settings, or nil after a mistake in them
function project.load(options)
  local load = project.new_load()
  if not is_limited then limit_runs(defaults) end
  local ok, found = core.call(read, load, options)
  if not ok then
    load:mistake(Load.line_of(found, load.at or "base.lua"))
  end
  load:finish()
  if #load.mistakes > 0 then
    return nil, load.mistakes, load.seen, load.settings
  end
  local settings, actions = table.unpack(found)
  warn_of_missing(settings, actions)
  warn_of_emptiness(actions)
  warn_of_modules()
  return make_project(settings, actions), load.mistakes, load.seen, settings
end

--- Sets the project that serves from here on.
-- @param loaded table that project.load has returned
function project.use(loaded)
  serving = loaded
end

return project

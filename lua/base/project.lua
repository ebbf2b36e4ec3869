--- Loads a project: base.lua, its actions, and whatever they require. Each load
-- stands alone, with modules of its own, so that a reload runs the new code and
-- what is still running keeps the old.
local config = require "base.config"
local core = require "base.core"
local rows = require "base.settings"

local project = {
  --- The folder of the project; the server has made it the working directory.
  root = ".",
  --- Settings in the place of base.lua, without actions: what tests use.
  source = nil,
}

local is_limited = false -- by what a base.lua says

local Load = {}
Load.__index = Load

local function place(path)
  return project.root == "." and path or project.root .. "/" .. path
end

-- A file's text is compiled under its name below the project's folder, which so
-- stands in errors and tracebacks.
function Load:compile(path)
  local file <close>, why = io.open(place(path), "rb")
  if not file then
    return nil, ("%s: cannot be read: %s"):format(path,
      (why:gsub("^.*: ", "")))
  end
  local text = file:read("a")
  if not text then return nil, path .. ": is not a file" end
  return load(text, "@" .. path, "t", self.env)
end

-- Runs a chunk of a file that loads: it may not wait. Returns true and what it
-- returns, or false and the error as one line.
local function run_file(path, chunk, ...)
  local ok, result = core.call(chunk, ...)
  if ok then return true, result end
  local text = tostring(result):match("^[^\n]*"):gsub(":$", "")
  if not text:find("^[^\n]-:%d+:") then text = path .. ": " .. text end
  return false, text
end

local function find_module(name)
  local path = name:gsub("%.", "/")
  for _, candidate in ipairs { path .. ".lua", path .. "/init.lua" } do
    if core.kind(place(candidate)) == "file" then return candidate end
  end
end

local function require_elsewhere(name)
  local ok, result = pcall(require, name)
  if not ok then error(result, 3) end
  return result
end

--- The `require` of the project's files: the project's modules first, then
-- those of Lua; `base` and `base.*` are always Base's own.
function Load:require(name)
  if type(name) ~= "string" then
    error("a module's name is a string, not " .. type(name), 3)
  end
  if name == "base" or name:find("^base%.") then
    return require_elsewhere(name)
  end
  if self.loaded[name] ~= nil then return self.loaded[name] end
  local path = find_module(name)
  if not path then return require_elsewhere(name) end
  if self.loading[name] then
    error(("module '%s' requires itself, through others perhaps")
      :format(name), 3)
  end
  local chunk, why = self:compile(path)
  if not chunk then error(why, 0) end
  -- However it ends: a limit ends it without coming back here.
  local mark <close> = setmetatable({}, { __close = function()
    self.loading[name] = nil
  end })
  self.loading[name] = mark
  local ok, result = run_file(path, chunk, name, path)
  if not ok then error(result, 0) end
  if result == nil then result = true end
  self.loaded[name] = result
  return result
end

local function refuse_global(_, name)
  error(("writing the global '%s': use 'local', or base.state for what is to "
    .. "last"):format(tostring(name)), 2)
end

local function refuse_hook()
  error("debug.sethook is not for the files of a project, as nothing could end "
    .. "a hook that loops: limits.run_time ends what takes too long", 2)
end

-- A __gc and a hook run where no limit can end them.
local function make_debug()
  return setmetatable({
    setmetatable = core.debug_setmetatable,
    sethook = refuse_hook,
  }, { __index = debug })
end

-- What the project's files see as their globals: Lua's own, read-only.
local function make_env(self)
  local env = {
    require = function(name) return (self:require(name)) end,
    os = setmetatable({ exit = core.exit }, { __index = os }),
    debug = make_debug(),
    setmetatable = core.setmetatable,
    print = project.print,
  }
  env._G = env
  env.load = function(text, name, mode, given)
    return load(text, name, mode, given == nil and env or given)
  end
  env.loadfile = function(path, mode, given)
    return loadfile(path, mode, given == nil and env or given)
  end
  env.dofile = function(path)
    local chunk, why = loadfile(path, "bt", env)
    if not chunk then error(why, 2) end
    return chunk()
  end
  return setmetatable(env, { __index = _G, __newindex = refuse_global })
end

--- print goes to the log.
function project.print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  core.log("info", table.concat(parts, " "))
end

--- Begins a load: what a test uses to load a single file.
-- @return table with `mistakes`, a list of lines
function project.new_load()
  local self = setmetatable({
    loaded = {}, loading = {}, mistakes = {},
  }, Load)
  self.env = make_env(self)
  return self
end

function Load:mistake(text)
  self.mistakes[#self.mistakes + 1] = text
end

--- Loads a file and returns what it returns, or nil after a mistake.
function Load:file(path)
  local chunk, why = self:compile(path)
  if not chunk then return self:mistake(why) end
  local ok, result = run_file(path, chunk)
  if not ok then return self:mistake(result) end
  return result
end

function Load:add_action(actions, command, path)
  local before = #self.mistakes
  local action = self:file(path)
  if type(action) == "function" then
    actions[command] = action
  elseif #self.mistakes == before then
    self:mistake(("%s: an action file returns a function(connection, "
      .. "message), but this one returns %s"):format(path, type(action)))
  end
end

function Load:add_folder(actions, root, prefix)
  local folder = root .. (prefix == "" and "" or "/" .. prefix:sub(1, -2))
  local names, why = core.list(place(folder))
  if not names then return self:mistake(why) end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = folder .. "/" .. name
    local kind = core.kind(place(path))
    if kind == "directory" then
      self:add_folder(actions, root, prefix .. name .. "/")
    elseif kind == "file" and name:find("%.lua$") then
      self:add_action(actions, prefix .. name:sub(1, -5), path)
    end
  end
end

--- Loads every file below a folder as an action.
-- @param root string the folder, usually "actions"
-- @return table from command ("room/join") to function
function Load:actions(root)
  local actions = {}
  if core.kind(place(root)) == "directory" then
    self:add_folder(actions, root, "")
  end
  return actions
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

-- What base.lua returns, or enough to go on looking for mistakes.
function Load:settings()
  if project.source then return project.source end
  if core.kind(place("base.lua")) ~= "file" then
    self:mistake("base.lua: there is none here: a file that returns a table "
      .. "with `authenticate`, see the README")
    return { authenticate = function() end }
  end
  local before = #self.mistakes
  local settings = self:file("base.lua")
  if #self.mistakes > before then
    return { authenticate = function() end }
  end
  return settings
end

local function kind_below_root(path)
  local kind = core.kind(path:find("^/") and path or place(path))
  return kind ~= nil, kind
end

--- Loads the whole project.
-- @param options table `port` and `log_level` of the command line, or nil
-- @return table the project, or nil after a mistake
-- @return table every mistake, a list of lines
function project.load(options)
  local self = project.new_load()
  if not is_limited then limit_runs(defaults) end
  local settings, mistakes = config.check(self:settings(), {
    exists = kind_below_root,
    port = options.port,
    log_level = options.log_level,
  })
  for _, mistake in ipairs(mistakes) do self:mistake(mistake) end
  limit_runs(#mistakes == 0 and settings.limits or defaults)
  is_limited = true
  local actions = project.source and {} or self:actions(settings.actions.path)
  if #self.mistakes > 0 then return nil, self.mistakes end
  warn_of_missing(settings, actions)
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
  }, self.mistakes
end

return project

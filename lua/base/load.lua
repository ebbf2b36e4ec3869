--- One load of a project's files: reads and runs them, with their globals and
-- their `require`. Each load has modules of its own, so that a reload runs the
-- new code while scripts that still run keep the old.
local core = require "base.core"
local errors = require "base.errors"
local packages = require "base.packages"

local Load = {}
Load.__index = Load

--- Begins a load.
-- @param root string the folder of the project
-- @return Load with `mistakes`, a list of lines, and `seen`, what was looked at
function Load.new(root)
  local self = setmetatable({
    root = root, loaded = {}, loading = {}, outside = {}, mistakes = {},
    seen = {},
  }, Load)
  self.package = packages.new(self)
  self.env = self:make_env()
  return self
end

--- The path by which a file of the project is opened.
function Load:place(path)
  if self.root == "." or path:find "^/" then return path end
  return self.root .. "/" .. path
end

--- Notes what the load depends on, for --watch.
-- @param path string
-- @param kind string "file", or "folder" for all below it
function Load:note(path, kind)
  self.seen[path] = kind
end

-- Later reads are not noted: their number has no limit.
function Load:note_given(path)
  if type(path) ~= "string" or self.is_over then return end
  self:note(path, "file")
end

--- Ends the load: from now on only modules that are required later are added.
function Load:finish()
  packages.note_folders(self)
  self.is_over = true
end

--- Notes a mistake.
function Load:mistake(text)
  self.mistakes[#self.mistakes + 1] = text
end

-- Skips a byte order mark and a first line that begins with "#", as lua5.4
-- does; the lines keep their numbers.
local function without_mark(text)
  return (text:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", ""))
end

--- Compiles a file under its name below the project's folder; errors and
-- tracebacks show that name.
-- @return function, or nil and why
function Load:compile(path)
  self.at = path
  self:note(path, "file")
  local file <close>, why = io.open(self:place(path), "rb")
  if not file then
    return nil, ("%s: cannot be read: %s"):format(path,
      (why:gsub("^.*: ", "")))
  end
  local text = file:read("a")
  if not text then return nil, path .. ": is not a file" end
  return load(without_mark(text), "@" .. path, "t", self.env)
end

--- An error as one line that begins with a place.
function Load.line_of(err, path)
  local text = errors.text(err):match("^[^\n]*"):gsub(":$", "")
  return text:find("^[^\n]-:%d+:") and text or path .. ": " .. text
end

-- Runs a chunk of a file that loads; it may not wait. Returns true and its
-- result, or false and the error as one line.
local function run_file(path, chunk, ...)
  local ok, result = core.call(chunk, ...)
  if ok then return true, result end
  return false, Load.line_of(result, path)
end

--- Loads a file and returns what it returns, or nil after a mistake.
function Load:file(path)
  local chunk, why = self:compile(path)
  if not chunk then return self:mistake(why) end
  local ok, result = run_file(path, chunk)
  if not ok then return self:mistake(result) end
  return result
end

local function require_elsewhere(self, name)
  local ok, result = pcall(require, name)
  if ok then
    self.outside[name] = true
    packages.remember(name)
    return result
  end
  if type(result) == "string" then
    result = packages.add_tried(self, name, result)
  end
  error(result, 4)
end

-- Runs the function that makes a module, once.
local function make_module(self, name, path, make)
  if self.loading[name] then
    error(("module '%s' requires itself, directly or through other modules")
      :format(name), 4)
  end
  -- Clears the mark however the call ends: a limit ends it without returning
  -- here.
  local mark <close> = setmetatable({}, { __close = function()
    self.loading[name] = nil
  end })
  self.loading[name] = mark
  local ok, result = run_file(path, make, name, path)
  if not ok then error(result, 0) end
  if result == nil then result = self.loaded[name] end
  if result == nil then result = true end
  self.loaded[name] = result
  return result
end

local function require_own(self, name)
  if self.loaded[name] ~= nil then return self.loaded[name] end
  local known = self.outside[name] and package.loaded[name]
  if known then return known end
  local complaint = packages.complaint(self)
  if complaint then error(complaint, 4) end
  local make, path, why = packages.find(self, name)
  if why then error(why, 4) end
  if make then return make_module(self, name, path, make) end
  if not path then return require_elsewhere(self, name) end
  local chunk, mistake = self:compile(path)
  if not chunk then error(mistake, 0) end
  return make_module(self, name, path, chunk)
end

--- The `require` of the project's files: the project's modules first, then
-- those of Lua; `base` and `base.*` are always Base's own.
function Load:require(name)
  if type(name) ~= "string" then
    error("a module's name must be a string, not " .. type(name), 3)
  end
  if name == "base" or name:find("^base%.") then
    return (require_elsewhere(self, name))
  end
  return (require_own(self, name))
end

local function refuse_global(_, name)
  error(("cannot assign the global '%s': use 'local', or base.state for what "
    .. "must survive a reload"):format(tostring(name)), 2)
end

local function refuse_hook()
  error("debug.sethook is not available to a project's files: nothing could "
    .. "end a hook that loops. limits.run_time ends what takes too long", 2)
end

-- A __gc and a hook are refused: they run where no limit can end them.
local function make_debug()
  return setmetatable({
    setmetatable = core.debug_setmetatable,
    sethook = refuse_hook,
  }, { __index = debug })
end

-- The globals of the project's files: Lua's own, read-only.
function Load:make_env()
  local env = {
    require = function(name) return (self:require(name)) end,
    package = self.package,
    os = setmetatable({ exit = core.exit }, { __index = os }),
    debug = make_debug(),
    setmetatable = core.setmetatable,
    print = Load.print,
  }
  env._G = env
  env.load = function(text, name, mode, given)
    return load(text, name, mode, given == nil and env or given)
  end
  env.loadfile = function(path, mode, given)
    self:note_given(path)
    return loadfile(path, mode, given == nil and env or given)
  end
  env.dofile = function(path)
    self:note_given(path)
    local chunk, why = loadfile(path, "bt", env)
    if not chunk then error(why, 2) end
    return chunk()
  end
  return setmetatable(env, { __index = _G, __newindex = refuse_global })
end

--- print writes to the log.
function Load.print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = core.text(parts[i]) end
  core.log("info", table.concat(parts, " "))
end

return Load

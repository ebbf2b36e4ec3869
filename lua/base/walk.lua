--- Walks the folder of the actions.
local core = require "base.core"

local MOST = 10000 -- folders, those behind links counted each time

local walk = {}

local function add_action(load, actions, command, path)
  if command:find "^%$" then
    return load:mistake(("%s: would serve '%s', but commands that begin with $ "
      .. "are Base's own: choose a name without it"):format(path, command))
  end
  local before = #load.mistakes
  local action = load:file(path)
  if type(action) == "function" then
    actions[command] = action
  elseif #load.mistakes == before then
    load:mistake(("%s: an action file must return a function(connection, "
      .. "message), but this one returns %s"):format(path, type(action)))
  end
end

local add_folder

local function add_entry(self, command, path)
  local load = self.load
  local kind, identity = core.kind(load:place(path))
  if kind == "directory" then
    add_folder(self, command .. "/", path, identity)
  elseif kind == "file" and path:find "%.lua$" then
    add_action(load, self.actions, command:sub(1, -5), path)
  elseif not kind and identity then
    load:mistake(("%s: cannot be read: %s"):format(path, identity))
  end
end

-- A link may lead elsewhere, and two links to the same folder. A link that
-- leads back to a folder around it has no end, and a few folders that each have
-- several links into the next make more folders than can be read.
function add_folder(self, prefix, path, identity)
  local load = self.load
  if self.above[identity] then
    core.log("warn", ("%s is a link to a folder that contains it: it is not "
      .. "followed"):format(path))
    return
  end
  self.count = self.count + 1
  if self.count > MOST then
    if self.count == MOST + 1 then
      load:mistake(("%s: contains more than %d folders, perhaps through "
        .. "links"):format(self.root, MOST))
    end
    return
  end
  load.at = path
  local names, why = core.list(load:place(path))
  if not names then
    return load:mistake(("%s: cannot be read: %s"):format(path,
      (why:gsub("^.*: ", ""))))
  end
  table.sort(names, core.precedes)
  self.above[identity] = true
  for _, name in ipairs(names) do
    add_entry(self, prefix .. name, path .. "/" .. name)
  end
  self.above[identity] = nil
end

--- Loads every file below a folder as an action.
-- @param load Load
-- @param root string the folder, usually "actions"
-- @return table from command ("room/join") to function
function walk.actions(load, root)
  local self = {
    load = load, root = root, actions = {}, count = 0, above = {},
  }
  local _, identity = core.kind(load:place(root))
  add_folder(self, "", root, identity)
  return self.actions
end

return walk

--- Checks that the folder of static files may be public.
local public = {}

local DEEPEST = 100 -- of folders above another

-- An identity that is the same for the same folder, whatever its path; nil
-- without a folder.
local function identity_of(exists, path)
  local _, kind, _, identity = exists(path)
  return kind == "directory" and identity or nil
end

-- Whether a folder is inside of another, or is that other one.
local function is_inside(exists, path, other)
  local wanted, last = identity_of(exists, other), nil
  for _ = 1, wanted and DEEPEST or 0 do
    local identity = identity_of(exists, path)
    if identity == wanted then return true end
    if not identity or identity == last then return false end -- it is "/"
    path, last = path .. "/..", identity
  end
  return false
end

--- Says what is wrong with a folder of static files.
-- @param folder string its path
-- @param actions string that of the actions
-- @param exists function as config.check has it
-- @return what it holds, in words; nil where nothing is wrong
function public.mistake(folder, actions, exists)
  if is_inside(exists, ".", folder) then
    return "contains the project, with base.lua and its secrets"
  elseif is_inside(exists, actions, folder) then
    return "contains the actions folder"
  elseif is_inside(exists, folder, actions) then
    return "is inside the actions folder"
  end
end

return public

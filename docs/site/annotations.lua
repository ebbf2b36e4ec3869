--- Reads the annotations of types/: what each file says of classes, functions
-- and aliases, in the order of the file. It knows the tags of LuaCATS that are
-- used there and refuses every other, so that nothing is left out by mistake.
local annotations = {}

-- Where a type ends: at the first space that is not inside brackets, nor behind
-- the colon of a function's result.
local function take_type(text)
  local depth, i = 0, 1
  while i <= #text do
    local char = text:sub(i, i)
    if char:find "[<({%[]" then depth = depth + 1 end
    if char:find "[>)}%]]" then depth = depth - 1 end
    local is_end = depth == 0 and char == " "
      and not text:sub(1, i - 1):find "[:,|]$"
    if is_end then break end
    i = i + 1
  end
  return text:sub(1, i - 1), text:sub(i + 1)
end

local function take_name(text)
  local name, optional, rest = text:match "^(%S-)(%??) +(.*)$"
  return name, optional == "?", rest
end

-- --- tags; each adds to the block what its line says ---

local tags = {}

function tags.meta() end

function tags.class(block, text)
  local name, parent = text:match "^([%w_.]+):? ?([%w_.]*)$"
  block.item = {
    kind = "class", name = name, text = block:take_text(), fields = {},
    parent = parent ~= "" and parent or nil,
  }
  assert(name, "a class has a name")
end

function tags.field(block, text)
  text = text:gsub("^public ", "") -- who sees it; needed before that very name
  local key = text:match "^%b[]"
  local name, optional, rest
  if key then
    name, rest = key, text:sub(#key + 2)
  else
    name, optional, rest = take_name(text)
  end
  assert(block.item and block.item.kind == "class", "a field is of a class")
  table.insert(block.item.fields, {
    name = name, type = rest, optional = optional or false,
    text = block:take_text(),
  })
end

function tags.alias(block, text)
  local name, rest = text:match "^(%S+) +(.*)$"
  block.item = {
    kind = "alias", name = name, type = rest, text = block:take_text(),
  }
end

function tags.param(block, text)
  local name, optional, rest = take_name(text)
  local type, meaning = take_type(rest)
  table.insert(block.params, {
    name = name, optional = optional, type = type, text = meaning,
  })
end

tags["return"] = function(block, text)
  local type, rest = take_type(text)
  local name, meaning = rest:match "^(%S*) ?(.*)$"
  table.insert(block.returns, { name = name, type = type, text = meaning })
end

function tags.overload(block, text)
  table.insert(block.overloads, text)
end

-- --- blocks: lines of comments up to a line of code ---

local Block = {}
Block.__index = Block

local function new_block()
  return setmetatable(
    { lines = {}, params = {}, returns = {}, overloads = {} }, Block)
end

-- The text since the last tag, without empty lines around it.
function Block:take_text()
  local text = table.concat(self.lines, "\n"):match "^%s*(.-)%s*$"
  self.lines = {}
  return text
end

function Block:add(line)
  local tag, rest = line:match "^@(%S+) ?(.*)$"
  if not tag then
    table.insert(self.lines, line)
    return
  end
  local read = tags[tag] or error("unknown tag @" .. tag, 0)
  read(self, rest)
end

local function check_params(block, names)
  local documented = {}
  for i, param in ipairs(block.params) do documented[i] = param.name end
  local said, bound = table.concat(documented, ", "), names:gsub("%s+", " ")
  if said ~= bound then
    error(("takes (%s), but (%s) is documented"):format(bound, said), 0)
  end
end

-- The item that the block says, with the line of code below it.
function Block:finish(code)
  local name, params = code:match "^function ([%w_.:]+)%((.-)%)"
  if name then
    check_params(self, params)
    local item = {
      kind = "function", name = name, text = self:take_text(),
      params = self.params, returns = self.returns, overloads = self.overloads,
    }
    if item.text == "" then error(name .. " has no text", 0) end
    return item
  end
  if self.item then
    self.item.variable = code:match "^local ([%w_]+) = {}$"
    return self.item
  end
  local text = self:take_text()
  return text ~= "" and { kind = "text", text = text } or nil
end

--- Reads one file.
-- @param path string
-- @return table a list of items. Each has `kind` and `text`. A "class" has
--   `name`, `parent`, `variable` (the local that its functions hang in) and
--   `fields`; a "function" has `name` ("connection:send"), `params`, `returns`
--   and `overloads`; an "alias" has `name` and `type`; a "text" is a comment by
--   itself
-- Raises for what it does not understand, with the line.
-- @usage local items = annotations.read "types/base/connection.lua"
function annotations.read(path)
  local items, block, number = {}, new_block(), 0
  local function take(step, line)
    local ok, item = pcall(step, block, line)
    if not ok then error(("%s:%d: %s"):format(path, number, item), 0) end
    items[#items + 1] = item
  end
  for line in io.lines(path) do
    number = number + 1
    local comment = line:match "^%-%-%-(.*)$"
    if comment then
      take(block.add, comment)
    else
      take(block.finish, line)
      block = new_block()
    end
  end
  take(block.finish, "")
  return items
end

return annotations

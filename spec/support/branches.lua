--- Which branches of Lua were taken. Lua itself cannot say, so a copy of the
-- code counts: each function that is called, each condition by what it came to,
-- each right side of an `and` or `or`. Lines stay where they are.
--
--   lua5.4 spec/support/branches.lua instrument FROM TO
--   lua5.4 spec/support/branches.lua report FROM COUNTS
--
-- FROM is a folder of modules, TO gets the copy. A process that runs it writes
-- its counts into the folder that BASE_BRANCHES names, when its Lua ends.
local branches = {}

-- What the copy calls. Of each file: `test` sees a condition, `pass` a function
-- or a right side; what `pass` returns lets the expression go on.
local RUNTIME = [[
local folder, counts, exit = os.getenv "BASE_BRANCHES", {}, os.exit
local function write()
  if not folder then return end
  local name = ("%s/%d-%x"):format(folder, os.time(), math.random(0))
  local file = assert(io.open(name, "w"))
  for key, count in pairs(counts) do file:write(key, " ", count, "\n") end
  file:close()
  folder = nil
end
-- Not every program closes its Lua when it exits.
os.exit = function(...)
  write()
  exit(...)
end
setmetatable(counts, { __gc = write })
local function count(key)
  counts[key] = (counts[key] or 0) + 1
end
return function(file)
  local function test(id, value)
    count(("%s %d %s"):format(file, id, value and "true" or "false"))
    return value
  end
  local function pass(id, goes_on)
    count(("%s %d run"):format(file, id))
    return goes_on
  end
  return test, pass
end
]]

-- One token: its kind or itself, where it ends.
local function token_at(text, at)
  local long = text:match("^%-%-%[(=*)%[", at) or text:match("^%[(=*)%[", at)
  if long then
    local _, stop = text:find("]" .. long .. "]", at, true)
    return "literal", stop
  end
  local _, stop = text:find("^%-%-[^\n]*", at)
  if stop then return "space", stop end
  _, stop = text:find("^%s+", at)
  if stop then return "space", stop end
  local quote = text:match("^[\"']", at)
  if quote then
    stop = at + 1
    while text:sub(stop, stop) ~= quote do
      stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
    end
    return "literal", stop
  end
  _, stop = text:find("^[%a_][%w_]*", at)
  if stop then return text:sub(at, stop), stop end
  _, stop = text:find("^%d[%w.]*", at)
  if stop then return "literal", stop end
  return text:sub(at, at), at
end

--- Makes a copy of a module that counts.
-- @param text string the module
-- @param name string its file, "base/api.lua" say
-- @return string the copy
-- @return list of { line =, what =, outcomes = { … } }, whose places are the
--   numbers in the counts
function branches.instrument(text, name)
  local out, points, open = {}, {}, {}
  local line, at = 1, 1
  local function point(what, ...)
    table.insert(points, { line = line, what = what, outcomes = { ... } })
    return #points
  end
  local function put(...)
    for _, words in ipairs { ... } do out[#out + 1] = words end
  end
  put(('local _test, _pass = require "base.branches" %q '):format(name))
  while at <= #text do
    local kind, stop = token_at(text, at)
    local word = text:sub(at, stop)
    put(word)
    if kind == "if" or kind == "elseif" or kind == "while" then
      put((" _test(%d, "):format(point(kind, "true", "false")))
      open[#open + 1] = kind == "while" and "do" or "then"
    elseif kind == "for" then
      open[#open + 1] = "for"
    elseif kind == open[#open] then -- the end of a condition
      open[#open] = nil
      out[#out] = ") " .. word
    elseif kind == "do" and open[#open] == "for" then
      open[#open] = nil
    elseif kind == "and" or kind == "or" then
      put((" _pass(%d, %s) %s "):format(point(kind, "run"),
        kind == "and", kind))
    elseif kind == "function" then
      open[#open + 1] = "function"
    elseif kind == ")" and open[#open] == "function" then
      open[#open] = nil
      put((" _pass(%d) "):format(point("function", "run")))
    end
    line = line + select(2, word:gsub("\n", ""))
    at = stop + 1
  end
  return table.concat(out), points
end

local function modules(folder)
  local list <close> = assert(io.popen(
    ("cd '%s' && find . -name '*.lua' | sort"):format(folder)))
  local names = {}
  for path in list:lines() do names[#names + 1] = path:sub(3) end
  return names
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write(path, text)
  os.execute(("mkdir -p '%s'"):format(path:match("^(.*)/")))
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function instrument_all(from, to)
  for _, name in ipairs(modules(from)) do
    local copy = branches.instrument(read(from .. "/" .. name), name)
    assert(load(copy, "@" .. name))
    write(to .. "/" .. name, copy)
  end
  write(to .. "/base/branches.lua", RUNTIME)
end

local function counted(folder)
  local list <close> = assert(io.popen(("cat '%s'/*"):format(folder)))
  local counts = {}
  for text in list:lines() do
    local key, count = text:match("^(.*) (%d+)$")
    counts[key] = (counts[key] or 0) + math.tointeger(count)
  end
  return counts
end

local function report(from, folder)
  local counts, missed = counted(folder), {}
  print(("%-38s %8s"):format("file", "branches"))
  for _, name in ipairs(modules(from)) do
    local _, points = branches.instrument(read(from .. "/" .. name), name)
    local all, taken = 0, 0
    for id, point in ipairs(points) do
      for _, outcome in ipairs(point.outcomes) do
        all = all + 1
        if counts[("%s %d %s"):format(name, id, outcome)] then
          taken = taken + 1
        else
          missed[#missed + 1] = ("%s:%d: %s was never %s"):format(name,
            point.line, point.what, outcome)
        end
      end
    end
    print(("%-38s %7.2f%%"):format(name, all == 0 and 100 or 100 * taken / all))
  end
  print(table.concat(missed, "\n"))
end

local commands = { instrument = instrument_all, report = report }
if commands[...] then commands[...](select(2, ...)) end

return branches

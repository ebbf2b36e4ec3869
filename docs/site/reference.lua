--- Makes the pages of the Lua reference from the annotations of types/.
local annotations = require "docs.site.annotations"
local words = require "docs.site.words"

local reference = {}

-- Every page: its file below docs/reference/lua/, the file of types/ that it is
-- made from, its title. Of a page with `functions_only`, fields are told
-- elsewhere.
local pages = {
  { "base", "types/base.lua", "base" },
  { "settings", "types/base/settings.lua", "Functions of base.lua",
    functions_only = true },
  { "hooks", "types/base/hooks.lua", "Hooks" },
  { "connection", "types/base/connection.lua", "connection" },
  { "channel", "types/base/channel.lua", "channel" },
  { "user", "types/base/user.lua", "user" },
  { "message", "types/base/message.lua", "message" },
  { "request", "types/base/request.lua", "request and response" },
  { "http", "types/base/http.lua", "base.http" },
  { "json", "types/base/json.lua", "base.json" },
  { "test", "types/base/test.lua", "base.test" },
}

-- How a script calls the values of a class.
local names = {
  ["base.Users"] = "base.users",
  ["base.Connections"] = "base.connections",
  ["base.Log"] = "base.log",
  ["base.Timer"] = "timer",
  ["base.Settings"] = "",
  ["base.Settings.Actions"] = "actions",
  ["base.Settings.Channel"] = "rule",
  ["base.Hooks"] = "on",
  ["base.Connection"] = "connection",
  ["base.User"] = "user",
  ["base.Channel"] = "channel",
  ["base.Message"] = "message",
  ["base.Request"] = "request",
  ["base.HttpRequest"] = "request of http",
  ["base.HttpResponse"] = "response",
  ["base.http"] = "http",
  ["base.http.Reply"] = "reply",
  ["base.json"] = "json",
  ["base.test"] = "test",
}

local MARK = "<!-- Made from %s by `script/docs --reference`: change it there."
  .. " -->"

-- --- items ---

local function name_of(class)
  return names[class] or class
end

-- The name of a function as a script writes it: the variable stands for the
-- class.
local function full_name(item, classes)
  local variable, rest = item.name:match "^([%w_]+)(.*)$"
  local class = classes[variable]
  local name = class and name_of(class) or variable
  return name == "" and rest:sub(2) or name .. rest
end

-- Reads a page's file; each item gets a `heading`, but the first class, whose
-- text is the page's own.
local function read(page)
  local items = annotations.read(page[2])
  local classes, has_class = {}, false
  for _, item in ipairs(items) do
    if item.kind == "class" then
      if item.variable then classes[item.variable] = item.name end
      item.heading = has_class and name_of(item.name) or nil
      has_class = true
    elseif item.kind == "function" then
      item.heading = full_name(item, classes)
    elseif item.kind == "alias" then
      item.heading = item.name
    end
  end
  return items
end

local function is_shown(page, item)
  local is_told = item.kind == "function" or not item.heading
    or item.kind == "alias" and item.type:find "^fun"
  return is_told or not page.functions_only
end

--- The anchor of a heading, as a Git hosting page makes it.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%- _]", ""):gsub(" ", "-"))
end

-- Where each class and alias is told: its name -> how scripts call it, and
-- "connection.md#…".
local function find_places(read_pages)
  local places = {}
  for i, page in ipairs(pages) do
    for _, item in ipairs(read_pages[i]) do
      if (item.kind == "class" or item.kind == "alias")
        and is_shown(page, item) then
        local heading = item.heading
        places[item.name] = { name_of(item.name), page[1] .. ".md"
          .. (heading and "#" .. anchor(heading) or "") }
      end
    end
  end
  places["base.Settings"] = { "settings", "../settings.md" }
  return places
end

-- --- pages ---

local function add(lines, ...)
  for _, line in ipairs { ... } do lines[#lines + 1] = line end
end

-- "`name` (type, optional): text", as a point of a list.
local function print_value(value, prefix, places)
  local kind = words.type(value.type, places)
    .. (value.optional and ", optional" or "")
  local text = value.text ~= "" and ": " .. value.text or ""
  return ("- %s`%s` (%s)%s"):format(prefix, value.name, kind, text)
end

local function add_function(lines, item, places)
  add(lines, "## " .. item.heading, "",
    words.signature(item.heading, item.params))
  for _, overload in ipairs(item.overloads) do
    add(lines, "or " .. words.signature(item.heading, words.overload(overload)))
  end
  add(lines, "", item.text, "")
  for _, param in ipairs(item.params) do
    add(lines, print_value(param, "", places))
  end
  for _, value in ipairs(item.returns) do
    add(lines, print_value(value, "Returns ", places))
  end
  if #item.params + #item.returns > 0 then add(lines, "") end
end

local function print_field(field, places)
  local kind = words.type(field.type, places)
    .. (field.optional and ", optional" or "")
  local cell = ("| `%s` | %s | %s |"):format(field.name, kind,
    (field.text:gsub("%s*\n%s*", " ")))
  return (cell:gsub("  +|", " |"))
end

local function add_class(lines, page, item, places)
  if item.heading then add(lines, "## " .. item.heading, "") end
  if item.text ~= "" then add(lines, item.text, "") end
  if item.parent then
    add(lines, ("It has all fields of %s, and these:"):format(
      words.type(item.parent, places)), "")
  end
  local is_first = true
  for _, field in ipairs(item.fields) do
    if not field.name:find "^%[" and not page.functions_only then
      if is_first then
        add(lines, "| field | type | meaning |", "| --- | --- | --- |")
      end
      add(lines, print_field(field, places))
      is_first = false
    end
  end
  if not is_first then add(lines, "") end
end

local function add_alias(lines, item, places)
  add(lines, "## " .. item.heading, "", item.text, "")
  if item.type:find "^fun" then
    add(lines, words.signature("function", words.overload(item.type)), "")
  else
    add(lines, words.type(item.type, places), "")
  end
end

local function print_page(page, items, places)
  local lines = { "# " .. page[3], "", MARK:format(page[2]), "" }
  for _, item in ipairs(items) do
    if not is_shown(page, item) or item.kind == "text" then
      goto continue
    elseif item.kind == "function" then
      add_function(lines, item, places)
    elseif item.kind == "class" then
      add_class(lines, page, item, places)
    else
      add_alias(lines, item, places)
    end
    ::continue::
  end
  return table.concat(lines, "\n")
end

-- The page of all pages: what all of them have in common, and every function.
local function print_index(read_pages)
  local lines = { "# The Lua reference", "", MARK:format "types/", "" }
  for _, items in ipairs(read_pages) do
    for _, item in ipairs(items) do
      if item.kind == "text" then add(lines, item.text, "") end
    end
  end
  add(lines, "| page | functions |", "| --- | --- |")
  for i, page in ipairs(pages) do
    local links = {}
    for _, item in ipairs(read_pages[i]) do
      if item.kind == "function" then
        links[#links + 1] = ("[%s](lua/%s.md#%s)"):format(item.heading, page[1],
          anchor(item.heading))
      end
    end
    local cell = table.concat(links, ", ")
    add(lines, ("| [%s](lua/%s.md) | %s |"):format(page[3], page[1], cell))
  end
  add(lines, "")
  return table.concat(lines, "\n")
end

--- Every page of the reference.
-- @return table from path ("docs/reference/lua/user.md") to text
-- Raises for annotations that it does not understand.
function reference.pages()
  local read_pages, made = {}, {}
  for i, page in ipairs(pages) do read_pages[i] = read(page) end
  local places = find_places(read_pages)
  for i, page in ipairs(pages) do
    made[("docs/reference/lua/%s.md"):format(page[1])] =
      print_page(page, read_pages[i], places)
  end
  made["docs/reference/lua.md"] = print_index(read_pages)
  return made
end

--- The files that the pages are made from.
-- @return table a list of paths
function reference.sources()
  local paths = {}
  for i, page in ipairs(pages) do paths[i] = page[2] end
  return paths
end

--- Writes every page to where it belongs.
function reference.write()
  for path, text in pairs(reference.pages()) do
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
  end
end

return reference

--- What can be checked of the pages of the documentation. Each check returns a
-- list of mistakes, "docs/index.md:7: …".
local cjson = require "cjson"
local files = require "spec.support.files"
local markdown = require "docs.site.markdown"

local pages = {}

local LONGEST = 300 -- lines

-- Tags of HTML that both a Git hosting page and the site show.
local TAGS = { a = true, br = true, details = true, img = true, p = true,
  picture = true, source = true, sub = true, summary = true, sup = true }

--- Every page whose links and code are checked.
-- @param root string the project's folder
-- @return table a list of paths below it
function pages.list(root)
  local found = files.run(("cd %s && find docs *.md core/README.md "
    .. "-name '*.md' -not -path 'docs/site/*' | sort"):format(
    files.quote(root)))
  local list = {}
  for path in found:gmatch "[^\n]+" do list[#list + 1] = path end
  return list
end

--- Reads pages.
-- @param root string
-- @param list table of paths below it
-- @return table from path to what docs.site.markdown reads
function pages.read(root, list)
  local read = {}
  for _, path in ipairs(list) do
    read[path] = markdown.read(files.read(root .. "/" .. path))
  end
  return read
end

-- Walks pages and lines in their order, and collects what `check` returns.
local function collect(read, kind, check)
  local paths, mistakes = {}, {}
  for path in pairs(read) do paths[#paths + 1] = path end
  table.sort(paths)
  for _, path in ipairs(paths) do
    for _, each in ipairs(read[path][kind]) do
      local mistake = check(path, each)
      if mistake then
        mistakes[#mistakes + 1] = ("%s:%d: %s"):format(path, each.line, mistake)
      end
    end
  end
  return mistakes
end

local function exists(path)
  return os.execute("test -e " .. files.quote(path)) == true
end

--- Links that lead nowhere.
function pages.dead_links(root, read)
  return collect(read, "links", function(path, link)
    local file, anchor = markdown.resolve(path, link.target)
    if not file then return nil end
    if not exists(root .. "/" .. file) then
      return ("'%s' leads to no file"):format(link.target)
    end
    local page = read[file]
    if anchor and file:find "%.md$" then
      page = page or pages.read(root, { file })[file]
      if not page.anchors[anchor] then
        return ("'%s' leads to no heading"):format(link.target)
      end
    end
  end)
end

--- Pages below docs/ that are too long to be read at once.
function pages.too_long(read)
  local mistakes = {}
  for path, page in pairs(read) do
    if path:find "^docs/" and page.line_count > LONGEST then
      mistakes[#mistakes + 1] = ("%s: %d lines, more than %d"):format(path,
        page.line_count, LONGEST)
    end
  end
  table.sort(mistakes)
  return mistakes
end

local function add_links(set, items)
  for _, item in ipairs(items) do
    if item.link then set["docs" .. item.link .. ".md"] = true end
    add_links(set, item.items or {})
  end
  return set
end

--- Pages below docs/ that the navigation of the site leaves out.
-- @param read table
-- @param navigation table as docs.site.site makes it
function pages.hidden(read, navigation)
  local shown = add_links({ ["docs/index.md"] = true }, navigation)
  local mistakes = {}
  for path in pairs(read) do
    if path:find "^docs/" and not shown[path] then
      mistakes[#mistakes + 1] = path .. ": docs/index.md does not link to it"
    end
  end
  table.sort(mistakes)
  return mistakes
end

--- Prose that the site does not show, or not as a Git hosting page does.
function pages.not_shown(read)
  return collect(read, "prose", function(_, line)
    local tag = line.text:match "</?(%l+)[^>]*>"
    if tag and not TAGS[tag] and not line.text:find "<%l+:" then
      return ("<%s> is no tag to use: put it into code"):format(tag)
    elseif line.text:find "{{" then
      return "{{ is read by the site's generator: put it into code"
    end
  end)
end

-- --- code ---

local function parses(text, name)
  local chunk, why = load(text, "=" .. name, "t")
  return chunk ~= nil, why
end

--- The name of the file that a piece of Lua is, from its first line; or nil.
function pages.file_name(code)
  return code.text:match "^%-%- ([%w_/.-]+%.lua)\n"
end

-- A piece of Lua is a file, or statements, or an expression, or the inside of a
-- table.
local function check_lua(code)
  local text = code.text
  local ok, why = parses(text, "lua")
  if ok then return nil end
  if not pages.file_name(code) then
    if parses("return " .. text, "lua") then return nil end
    if parses("return {" .. text .. "}", "lua") then return nil end
  end
  return why
end

local function check_json(code)
  local ok, why = pcall(cjson.decode, code.text)
  return not ok and why or nil
end

local function check_sh(code)
  local path = os.tmpname()
  files.write(path, code.text)
  local ok, why = pcall(files.run, "sh -n " .. path)
  os.remove(path)
  return not ok and tostring(why):gsub("^.-sh: ", "") or nil
end

local CHECKS = { lua = check_lua, json = check_json, sh = check_sh }

--- Pieces of Lua, JSON and shell that are none.
function pages.bad_code(read)
  return collect(read, "code", function(_, code)
    local check = CHECKS[code.language]
    return check and check(code)
  end)
end

-- --- whole projects ---

local AUTHENTICATE = [[
return {
  authenticate = function(connection, register)
    register(connection, { id = 1 })
  end,
}
]]

-- Every piece of Lua of these pages that is a file: a list of { name, text,
-- line }.
local function files_of(page)
  local list = {}
  for _, code in ipairs(page.code) do
    local name = code.language == "lua" and pages.file_name(code)
    if name then
      list[#list + 1] = { name = name, text = code.text, line = code.line }
    end
  end
  return list
end

-- Modules that one page shows and another requires.
local function all_modules(read)
  local modules = {}
  for _, page in pairs(read) do
    for _, file in ipairs(files_of(page)) do
      if not file.name:find "/" and file.name ~= "base.lua" then
        modules[file.name] = file.text
      end
    end
  end
  return modules
end

--- The projects that pages show: each base.lua with the actions and modules of
-- its page, or the actions with a small base.lua.
-- @param read table
-- @return table a list of { name = "docs/index.md:7", files = path -> text }
function pages.projects(read)
  local modules, list = all_modules(read), {}
  local function add(path, line, files_there, base)
    local project = { name = ("%s:%d"):format(path, line), files = {} }
    for name, text in pairs(modules) do project.files[name] = text end
    for _, file in ipairs(files_there) do
      project.files[file.name] = file.text
    end
    project.files["base.lua"] = base
    list[#list + 1] = project
  end
  for path, page in pairs(read) do
    local found, has_base = files_of(page), false
    for _, file in ipairs(found) do
      if file.name == "base.lua" then
        add(path, file.line, found, file.text)
        has_base = true
      end
    end
    if not has_base and #found > 0 then
      add(path, found[1].line, found, AUTHENTICATE)
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

return pages

--- Lays out what the generator makes a site of: the pages of docs/, whatever
-- else they link to, and the navigation.
--
-- Links are written for a Git hosting page. What lies outside of docs/ comes
-- below source/ here: pages as they are, any other file as a page that shows
-- it, a folder as a page that lists it.
local cjson = require "cjson"
local markdown = require "docs.site.markdown"

local site = {}

-- The parts of the site, in the order in which a reader needs them.
local PARTS = {
  { "tutorial", "Tutorial" },
  { "how-to", "How-to" },
  { "reference", "Reference" },
  { "explanation", "Explanation" },
}

local HOME = "docs/index.md"

-- What is copied as it is: a browser shows it by itself.
local SHOWN = { png = true, svg = true, jpg = true, json = true, pdf = true }

-- --- files ---

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function run(command)
  local pipe <close> = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close(), command)
  return text
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  local text, why = file:read "a"
  return text or error(path .. ": " .. why, 0)
end

local function write(path, text)
  run("mkdir -p " .. quote(path:match "^(.*)/"))
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

-- Names that the site's generator does not know for what they are.
local LANGUAGES = { mjs = "js", service = "ini", socket = "ini" }

local function extension(path)
  return path:match "%.(%w+)$"
end

local function is_page(path)
  return extension(path) == "md"
end

-- --- where things lie in the site ---

local function place(path)
  if path:find "/$" then return "source/" .. path .. "index.md" end
  local own = path:match "^docs/(.*)$"
  local other = "source/" .. path
  if own and (is_page(path) or SHOWN[extension(path)]) then return own end
  if is_page(path) or SHOWN[extension(path)] then return other end
  return other .. ".md"
end

-- The way from one place of the site to another.
local function relative(from, to)
  local up = from:gsub("[^/]*$", "")
  while up ~= "" and to:sub(1, #up) ~= up do
    up = up:gsub("[^/]*/$", "")
  end
  local depth = select(2, from:sub(#up + 1):gsub("/", ""))
  return ("../"):rep(depth) .. to:sub(#up + 1)
end

-- The file that is shown for a path, or "folder/"; nil where there is nothing.
local function find(path)
  if os.execute("test -f " .. quote(path)) then return path end
  local readme = path .. "/README.md"
  if os.execute("test -f " .. quote(readme)) then return readme end
  return os.execute("test -d " .. quote(path)) and path .. "/" or nil
end

-- --- pages ---

-- The link as the site has it; notes what it leads to.
local function rewrite(path, target, found)
  local file, anchor = markdown.resolve(path, target)
  if not file or target:find "^#" then return target end
  local there = find(file)
  if not there then
    error(("%s: the link '%s' leads nowhere"):format(path, target), 0)
  end
  found[#found + 1] = there
  return relative(place(path), place(there)) .. (anchor and "#" .. anchor or "")
end

-- The page's text with every link rewritten, and the files that they lead to.
local function convert(path)
  local text, lines, found = read(path), {}, {}
  for line in text:gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  local links = markdown.read(text).links
  -- From the right, so that what is to come stays where it was.
  table.sort(links, function(a, b) return a.from > b.from end)
  for _, link in ipairs(links) do
    local line = lines[link.line]
    lines[link.line] = line:sub(1, link.from - 1)
      .. rewrite(path, link.target, found)
      .. line:sub(link.from + #link.target)
  end
  return table.concat(lines, "\n") .. "\n", found
end

-- A page that lists a folder.
local function show_folder(folder)
  local lines = { "# " .. folder, "" }
  for name in run("ls -p " .. quote(folder)):gmatch "[^\n]+" do
    lines[#lines + 1] = ("- `%s`"):format(name)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- A page that shows a file, in a fence that nothing in it ends.
local function show(path)
  local text = read(path)
  local fence = "```"
  while text:find(fence, 1, true) do fence = fence .. "`" end
  local kind = extension(path) or "text"
  return ("# %s\n\n%s%s\n%s%s\n"):format(path, fence,
    LANGUAGES[kind] or kind, text, fence)
end

-- Lays out one file, and returns what it links to.
local function lay_out_one(path, folder)
  local to = folder .. "/" .. place(path)
  if is_page(path) then
    local text, found = convert(path)
    write(to, text)
    return found
  elseif path:find "/$" then
    write(to, show_folder(path))
  elseif extension(path) == "json" then
    -- What no page includes is served from the folder `public`.
    write(folder .. "/public/" .. place(path), read(path))
  else
    write(to, SHOWN[extension(path)] and read(path) or show(path))
  end
  return {}
end

-- --- navigation ---

-- The pages of a folder to which a page links, in its order: a page that it
-- links to twice counts where it stands last.
local function linked_pages(path, folder)
  local list, seen = {}, {}
  local links = markdown.read(read(path)).links
  for i = #links, 1, -1 do
    local file = markdown.resolve(path, links[i].target)
    local is_here = file and file:sub(1, #folder + 1) == folder .. "/"
    if is_here and is_page(file) and not seen[file] then
      seen[file] = true
      table.insert(list, 1, file)
    end
  end
  return list
end

-- A page, with those of the folder of its name below it.
local function entry(path)
  local item = {
    text = markdown.read(read(path)).title:gsub("`", ""),
    link = "/" .. place(path):gsub("%.md$", ""),
  }
  local below = linked_pages(path, (path:gsub("%.md$", "")))
  if #below > 0 then
    item.items, item.collapsed = {}, true
    for i, each in ipairs(below) do item.items[i] = entry(each) end
  end
  return item
end

--- The navigation: a list of parts, each with its pages in the order in which
-- docs/index.md links to them.
-- @return table as VitePress has its sidebar
function site.navigation()
  local parts = {}
  for _, part in ipairs(PARTS) do
    local folder, title = table.unpack(part)
    local items = {}
    for _, path in ipairs(linked_pages(HOME, "docs/" .. folder)) do
      -- A page below another one is that one's.
      local is_below = path:sub(#"docs/" + #folder + 2):find "/"
      if not is_below then items[#items + 1] = entry(path) end
    end
    if #items > 0 then
      parts[#parts + 1] = { text = title, items = items, collapsed = true }
    end
  end
  return parts
end

--- Lays out all pages below a folder, which has to be empty.
-- @param folder string
-- @return integer how many pages there are
-- Raises for a link that leads nowhere.
function site.lay_out(folder)
  local queue, seen, count = {}, {}, 0
  local pages = run "find docs -path docs/site -prune -o -name '*.md' -print"
  for path in pages:gmatch "[^\n]+" do queue[#queue + 1] = path end
  while #queue > 0 do
    local path = table.remove(queue)
    if not seen[path] then
      local found = lay_out_one(path, folder)
      table.move(found, 1, #found, #queue + 1, queue)
      count = count + (SHOWN[extension(path)] and 0 or 1)
    end
    seen[path] = true
  end
  write(folder .. "/navigation.json", cjson.encode(site.navigation()))
  return count
end

return site

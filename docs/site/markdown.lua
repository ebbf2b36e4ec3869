--- Reads a page of Markdown: its links, the anchors of its headings, and its
-- pieces of code.
local markdown = {}

-- Characters of other scripts that are no letters: dashes, quotes, arrows and
-- the like, U+2000 to U+2BFF.
local SYMBOL = "\xe2[\x80-\xaf][\x80-\xbf]"

--- The anchor that a heading gets, on a Git hosting page and in our site.
-- @param heading string its text, which may hold code and links
-- @return string
-- @usage markdown.anchor "`limits.rate`, `burst`" --> "limitsrate-burst"
function markdown.anchor(heading)
  local text = heading:gsub("!?%[(.-)%]%b()", "%1"):gsub(SYMBOL, "")
  return (text:lower():gsub("[^%w%- _\x80-\xff]", ""):gsub(" ", "-"))
end

-- Blanks out what is code inside of a line, without moving what is behind it.
local function without_code(line)
  return (line:gsub("(`+)(.-)%1", function(ticks, code)
    return ticks .. (" "):rep(#code) .. ticks
  end))
end

local function add_links(page, line, number)
  local function add(from, target)
    page.links[#page.links + 1] =
      { target = target, line = number, from = from }
  end
  for from, target in line:gmatch "%]%(<?()([^%s)>]+)[^)]*%)" do
    add(from, target)
  end
  local from, reference = line:match "^%[[^%]]+%]: +<?()([^%s>]+)"
  if reference then add(from, reference) end
  for attribute, place, target in line:gmatch '%s(%l+)="()([^"]*)"' do
    if attribute == "src" or attribute == "href" then add(place, target) end
  end
end

local function add_anchor(page, anchor)
  local count = page.anchors[anchor]
  page.anchors[anchor] = (count or 0) + 1
  if count then page.anchors[("%s-%d"):format(anchor, count)] = 1 end
end

local function read_line(page, line, number)
  local heading = line:match "^#+ +(.-)%s*#*$"
  if heading then
    page.title = page.title or heading
    add_anchor(page, markdown.anchor(heading))
  end
  local plain = without_code(line)
  for id in plain:gmatch '<a id="([^"]+)"' do add_anchor(page, id) end
  add_links(page, plain, number)
  page.prose[#page.prose + 1] = { text = plain, line = number }
end

--- Reads a page.
-- @param text string
-- @return table `title`, its first heading; `links`, a list of { target =,
--   line =, from = } with the column at which the target begins; `anchors`, a
--   table whose keys they are; `code`, a list of { language =, text =,
--   line = }; `prose`, a list of { text =, line = }, the other lines, in which
--   inline code is blank; `line_count`
function markdown.read(text)
  local page =
    { links = {}, anchors = {}, code = {}, prose = {}, line_count = 0 }
  local fence, code
  for line in text:gmatch "([^\n]*)\n" do
    page.line_count = page.line_count + 1
    local ticks, language = line:match "^%s*(```+)%s*(%S*)"
    if fence and ticks and #ticks >= #fence and language == "" then
      code.text = table.concat(code.lines, "\n") .. "\n"
      fence, code.lines = nil, nil
    elseif fence then
      table.insert(code.lines, (line:gsub("^" .. code.indent, "", 1)))
    elseif ticks then
      fence = ticks
      code = { language = language, line = page.line_count, lines = {},
        indent = line:match "^%s*" }
      page.code[#page.code + 1] = code
    else
      read_line(page, line, page.line_count)
    end
  end
  return page
end

--- Where a link of a page leads.
-- @param path string of the page, from the project's folder on
-- @param target string as the link says it
-- @return string or nil the path of a file, from the project's folder on; nil
--   for another site
-- @return string or nil the anchor
function markdown.resolve(path, target)
  if target:find "^%a[%w+.-]*:" then return nil end
  local file, anchor = target:match "^([^#?]*)[^#]*#?(.*)$"
  anchor = anchor ~= "" and anchor or nil
  if file == "" then return path, anchor end
  local parts = {}
  for part in (path:gsub("[^/]*$", "") .. file):gmatch "[^/]+" do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, "/"), anchor
end

return markdown

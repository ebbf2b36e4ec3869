--- Files and folders of a spec.
local files = {}

--- A word for the shell.
function files.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

--- What a command prints, without the last line feed.
-- Raises when it fails.
function files.run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  if not pipe:close() then error(command .. ": " .. text, 2) end
  return (text:gsub("\n$", ""))
end

--- A new empty folder for a spec, to be removed with files.remove.
function files.folder()
  return files.run "mktemp -d"
end

function files.remove(folder)
  files.run("rm -rf " .. files.quote(folder))
end

--- The text of a file, or nil when there is none.
function files.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

--- Writes a file, and the folders above it.
function files.write(path, text)
  files.run("mkdir -p " .. files.quote(path:match("^(.*)/") or "."))
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

return files

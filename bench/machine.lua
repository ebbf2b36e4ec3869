--- What the figures were measured on.
local cjson = require "cjson"

local process = require "bench.process"
local servers = require "bench.servers"

local machine = {}

local function first_line(command)
  return process.capture(command):match "^%C+" or "unknown"
end

local function package_version(name)
  local path = ("bench/node_modules/%s/package.json"):format(name)
  local text = process.read(path)
  return text and cjson.decode(text).version or "not installed"
end

--- @return table with `cpu`, `cores`, `kernel`, `date`, and `versions`, a list
--   of pairs of name and version
function machine.describe()
  local cpus = process.read "/proc/cpuinfo" or ""
  local versions = {
    { "Base", first_line "git describe --always --dirty" },
    { "Lua", first_line("lua5.4 -v"):match "%d[%d.]*" },
    { "Node", first_line("node --version"):match "%d[%d.]*" },
  }
  for _, server in ipairs(servers) do
    if server.package then
      versions[#versions + 1] =
        { server.title, package_version(server.package) }
    end
  end
  return {
    cpu = cpus:match "model name%s*:%s*(%C+)" or "unknown",
    cores = select(2, cpus:gsub("processor%s*:", "")),
    kernel = first_line "uname -sr",
    date = os.date "!%Y-%m-%d",
    versions = versions,
  }
end

return machine

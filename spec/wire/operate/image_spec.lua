-- The image for containers, as far as it can be judged without building it.
local files = require "spec.support.files"
local quickstart = require "spec.support.quickstart"
local server = require "spec.support.server"

-- What a debugging build needs besides, and what every image has.
local NOT_OF_IT = { "libasan", "libubsan", "liblua", "libc6", "libgcc",
  "libcap" }

local function is_of_it(package)
  for _, prefix in ipairs(NOT_OF_IT) do
    if package:sub(1, #prefix) == prefix then return false end
  end
  return true
end

-- The packages of the libraries that the program names itself.
local function packages_of(program)
  local needed = {}
  for name in files.run("readelf -d " .. files.quote(program))
    :gmatch "NEEDED.-%[(.-)%]" do
    needed[name] = true
  end
  local found = {}
  for name, path in files.run("ldd " .. files.quote(program))
    :gmatch "(%S+) => (%S+)" do
    if needed[name] then
      local real = files.run("readlink -f " .. files.quote(path))
      -- By its name: /lib and /usr/lib are one, but not to dpkg.
      local owner = files.run("dpkg -S " .. files.quote(real:match "[^/]+$"))
      found[#found + 1] = owner:match "^[^:]+"
    end
  end
  return found
end

describe("The image", function()
  local has_tools =
    pcall(files.run, "command -v readelf && command -v dpkg")

  it("has each library that the server needs", function()
    if not has_tools then return pending "needs readelf and dpkg" end
    local system, image =
      files.read("Dockerfile"):match "FROM debian:(%d+)%-slim(.*)"
    local here = files.read "/etc/os-release"
    if not (here:find "\nID=debian\n"
        and here:find('\nVERSION_ID="' .. system .. '"\n')) then
      return pending "needs the image's version of Debian"
    end
    local packages = packages_of(server.program())
    assert.is_true(#packages >= 5)
    for _, package in ipairs(packages) do
      if is_of_it(package) then
        assert.truthy(image:find(" " .. package .. " ", 1, true), package)
      end
    end
    -- libwebsockets loads its event loop by name.
    assert.truthy(image:find(" libwebsockets-evlib-uv ", 1, true))
  end)

  it("has the quickstart listen where a published port is", function()
    local address = files.read("Dockerfile"):match "\nENV ADDRESS=(%S+)\n"
    local base <close> = server.start { files = quickstart.files(),
      env = { ADDRESS = address } }
    base:wait_log("listening address=" .. address:gsub("%.", "%%.") .. ":")
  end)

  it("is asked for its health in words that the server answers", function()
    local words = files.read("Dockerfile"):match 'CMD %["bash", "%-c", "(.-)"%]'
    words = words:gsub("\\\\", "\\")
    local base <close> = server.start {}
    words = words:gsub("/9000", "/" .. base.port)
    assert.is_true(pcall(files.run, "bash -c " .. files.quote(words)))
    words = words:gsub("/" .. base.port, "/1")
    assert.is_false(pcall(files.run, "bash -c " .. files.quote(words)
      .. " 2>/dev/null"))
  end)
end)

-- What `cmake --install` puts where it is told to.
local files = require "spec.support.files"
local server = require "spec.support.server"

local BUILT = server.program():match "^(.*)/base$"

describe("The installation", function()
  local folder, docs

  setup(function()
    folder = files.folder()
    docs = folder .. "/share/doc/base"
    files.run(("cmake --install %s --prefix %s"):format(files.quote(BUILT),
      files.quote(folder)))
  end)

  teardown(function() files.remove(folder) end)

  local function unit(place)
    return files.read(place .. "/lib/systemd/system/base.service")
  end

  it("is a unit that names the program that is installed with it", function()
    local program = folder .. "/bin/base"
    local text = unit(folder)
    assert.truthy(text:find("\nExecStart=" .. program .. " /srv/base\n", 1,
      true), text)
    -- Who sends the signal has checked before what would be loaded.
    assert.truthy(text:find("\nExecReload=" .. program .. " check /srv/base\n"
      .. "ExecReload=/bin/kill -HUP $MAINPID\n", 1, true), text)
    assert.matches("^base ", files.run(program .. " --version"))
    assert.matches("^# Base\n",
      files.read(text:match "\nDocumentation=file:(%S+)"))
    assert.matches("\nEnvironmentFile=%-/etc/default/base\n", text)
  end)

  it("is so below a prefix that is given from where one is, too", function()
    files.run(("cd %s && cmake --install %s --prefix other"):format(
      files.quote(folder), files.run("realpath " .. files.quote(BUILT))))
    local other = folder .. "/other"
    assert.truthy(unit(other):find("\nExecStart=" .. other .. "/bin/base ", 1,
      true))
  end)

  -- Every file that the links of a page lead to, as "page: link".
  local function dead_links(page)
    local dead = {}
    local text = files.read(page):gsub("```.-```", "")
    for link in text:gmatch "%]%(([^)%s]+)%)" do
      local path = link:match "^[^#]*"
      local target = page:gsub("[^/]*$", "") .. path
      if not link:find "^%a+:" and path ~= ""
        and not pcall(files.run, "test -e " .. files.quote(target)) then
        dead[#dead + 1] = page .. ": " .. link
      end
    end
    return dead
  end

  it("is all that the README links to, and what that links to", function()
    local pages = files.run(("find %s -name '*.md'"):format(docs))
    local count = 0
    for page in pages:gmatch "[^\n]+" do
      count = count + 1
      assert.same({}, dead_links(page))
    end
    assert.is_true(count >= 7)
  end)
end)

describe("The log line 'listening'", function()
  local function line_of(settings)
    local port = server.free_port()
    local base <close> = server.start { port = port, files = {
      ["base.lua"] = ("return { %s authenticate = function() end }"):format(
        settings:gsub("PORT", port)) } }
    return base:log():match "listening[^\n]*", port
  end

  for settings, url in pairs {
    ["address = '127.0.0.1',"] = "http://127.0.0.1:PORT",
    ["address = '0.0.0.0',"] = "http://localhost:PORT",
    ["listen = '[::1]:1',"] = "http://[::1]:PORT",
    [""] = "http://localhost:PORT",
  } do
    it("has an address to click on: " .. url, function()
      local line, port = line_of(settings)
      assert.equal((url:gsub("PORT", port)), line:match "url=(%S+)")
    end)
  end

  it("has none where a browser cannot go", function()
    local line = line_of "address = '127.0.0.1', proxy = true,"
    assert.is_nil(line:find("url=", 1, true))
  end)
end)

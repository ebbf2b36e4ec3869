-- The projects that the documentation shows pass `base check`, which loads
-- their base.lua, their actions and the modules that these require.
local files = require "spec.support.files"
local pages = require "spec.support.pages"
local process = require "spec.support.process"
local server = require "spec.support.server"

-- Something for each variable that a file asks for.
local function environment(project)
  local env = { LUA_PATH = false, LUA_CPATH = false, LD_PRELOAD = false }
  for _, text in pairs(project.files) do
    for name in text:gmatch 'os%.getenv[ (]*"([%w_]+)"' do
      env[name] = ("a1"):rep(16)
    end
  end
  return env
end

-- Returns what `base check` says that is wrong, or nil.
local function check(project)
  local folder = files.folder()
  files.run("mkdir " .. folder .. "/actions " .. folder .. "/public")
  for path, text in pairs(project.files) do
    files.write(folder .. "/" .. path, text)
  end
  local child = process.start({ server.program(), "check", folder },
    environment(project))
  local status, log = child:wait_end(20), child:log()
  child:remove()
  files.remove(folder)
  return status ~= 0 and log or nil
end

describe("A project of the documentation", function()
  local read = pages.read(".", pages.list ".")
  local projects = pages.projects(read)

  it("is there", function() assert.is_true(#projects > 5) end)

  for _, project in ipairs(projects) do
    it("at " .. project.name .. " passes base check", function()
      assert.is_nil(check(project))
    end)
  end
end)

describe("A wrong project", function()
  -- What is wrong with the only project of a page.
  local function mistake(text)
    local page = require "docs.site.markdown".read(text)
    local projects = pages.projects { ["docs/a.md"] = page }
    assert.equal(1, #projects)
    assert.matches("^docs/a.md:%d+$", projects[1].name)
    return check(projects[1])
  end

  it("is found by its base.lua", function()
    local text = "```lua\n-- base.lua\nreturn { %s authenticate = print }\n"
      .. "```\n"
    assert.is_nil(mistake(text:format ""))
    assert.matches("unknown setting 'prot'", mistake(text:format "prot = 1,"))
  end)

  it("is found by its actions", function()
    local text = "```lua\n-- actions/a.lua\n%s\n```\n"
    assert.is_nil(mistake(text:format "return function() end"))
    assert.matches("actions/a.lua", mistake(text:format "return 1"))
    assert.matches("module 'nobody' not found",
      mistake(text:format 'require "nobody" return print'))
  end)

  it("has the modules that other pages show", function()
    local read = require "docs.site.markdown".read
    local projects = pages.projects {
      ["a.md"] = read '```lua\n-- actions/a.lua\nreturn require "b".f\n```\n',
      ["b.md"] = read "```lua\n-- b.lua\nreturn { f = print }\n```\n",
    }
    assert.equal(2, #projects)
    assert.is_nil(check(projects[1]))
  end)
end)

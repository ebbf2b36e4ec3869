-- The specs that the documentation shows pass, beside the actions that it
-- shows.
local files = require "spec.support.files"
local pages = require "spec.support.pages"

local HERE = files.run "pwd"

-- Runs a project's specs as a user of Base does. Raises when one fails.
local function run_specs(project)
  local folder <close> = setmetatable({ path = files.folder() },
    { __close = function(self) files.remove(self.path) end })
  for path, text in pairs(project.files) do
    files.write(folder.path .. "/" .. path, text)
  end
  return files.run(("cd %s && LUA_PATH=%s LUA_CPATH=%s lua5.4 /usr/bin/busted "
    .. "--output=plainTerminal spec"):format(files.quote(folder.path),
    files.quote("./?.lua;" .. HERE .. "/lua/?.lua;;"),
    files.quote(os.getenv "LUA_CPATH" or HERE .. "/build/dev/lua/?.so;;")))
end

local function has_specs(project)
  for path in pairs(project.files) do
    if path:find "^spec/" then return true end
  end
  return false
end

describe("The specs of the documentation", function()
  local read = pages.read(".", pages.list ".")

  for _, project in ipairs(pages.projects(read)) do
    if has_specs(project) then
      it("pass at " .. project.name, function()
        assert.matches("\n[1-9]%d* success.* / 0 failures / 0 errors",
          run_specs(project))
      end)
    end
  end

  it("are there, and would be found if they failed", function()
    local wrong = { files = { ["spec/a_spec.lua"] = [[
      it("fails", function() assert.is_true(false) end)
    ]] } }
    assert.is_false(pcall(run_specs, wrong))
    local count = 0
    for _, project in ipairs(pages.projects(read)) do
      count = count + (has_specs(project) and 1 or 0)
    end
    assert.is_true(count > 0)
  end)
end)

-- The units for systemd, judged by systemd's own tool.
local files = require "spec.support.files"
local server = require "spec.support.server"

local WORST = 2.0 -- of an exposure from 0 (none) to 10

local has_tool = pcall(files.run, "command -v systemd-analyze")

describe("The units", function()
  local folder

  setup(function()
    folder = files.folder()
    local built = server.program():match "^(.*)/base$"
    local text = files.read(built .. "/base.service")
    -- The program that is not installed yet.
    for _, name in ipairs { "ExecStart", "ExecReload" } do
      text = text:gsub("\n" .. name .. "=%S+/base ",
        "\n" .. name .. "=" .. server.program() .. " ")
    end
    files.write(folder .. "/base.service", text)
    files.write(folder .. "/base.socket", files.read "packaging/base.socket")
  end)

  teardown(function() files.remove(folder) end)

  local function look(words)
    if not has_tool then return pending "needs systemd-analyze" end
    return files.run(words:gsub("DIR", files.quote(folder)) .. " 2>&1")
  end

  it("are without mistakes", function()
    local said = look "systemd-analyze verify DIR/base.service DIR/base.socket"
    if said then assert.equal("", said) end
  end)

  it("leave little to whoever breaks in", function()
    local said = look "systemd-analyze security --offline=true DIR/base.service"
    if not said then return end
    local level = tonumber(said:match "exposure level for %S+ ([%d.]+)")
    assert.is_true(level <= WORST, said)
  end)
end)

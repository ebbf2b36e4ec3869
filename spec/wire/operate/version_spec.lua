-- The version: the program, its log, the changelog and openapi.json agree.
local json = require "cjson"

local files = require "spec.support.files"
local server = require "spec.support.server"

describe("The version", function()
  local program = os.getenv "BASE_PROGRAM"
  local version = files.run(files.quote(program) .. " --version")
    :match "^base (%d+%.%d+%.%d+)"

  it("is the newest of CHANGELOG.md, or the one that it announces", function()
    local changes = files.read "CHANGELOG.md"
    local newest = changes:match "\n## %[([^%]]+)%]"
    if newest == "Unreleased" then
      newest = changes:match "%[Unreleased%]\n\nThis will be ([%d.]+),"
    end
    assert.equal(version, newest)
  end)

  it("is that of openapi.json", function()
    local api = json.decode(files.read "docs/openapi.json")
    assert.equal(version, api.info.version)
  end)

  it("is in the log of a server that starts", function()
    local base <close> = server.start {}
    base:wait_log("info base " .. version .. " is ready")
  end)
end)

-- The guides to channels in docs/how-to/: their Lua serves, and their
-- JavaScript runs, as they stand there.
local pages = require "spec.support.pages"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"

local CLIENT = { "node", "spec/support/peers/guides.mjs" }

-- The guide to what was missed shows a rule only.
local AROUND = [[
return {
  address = "127.0.0.1",
  authenticate = function(connection, register)
    register(connection, { id = connection.request.query.name })
  end,
  channels = { %s },
}]]

local CLEAR = [[
return function(_, message)
  require "base".channel("room:42"):clear()
  return message:respond "ok"
end]]

local function read(name)
  local path = ("docs/how-to/%s.md"):format(name)
  return pages.read(".", { path })
end

local function project(name)
  local projects = pages.projects(read(name))
  assert.equal(1, #projects)
  return projects[1].files
end

local function first_lua(name)
  for _, page in pairs(read(name)) do
    for _, code in ipairs(page.code) do
      if code.language == "lua" then return code.text end
    end
  end
end

describe("The guide to", function()
  local base

  after_each(function() base:stop() end)

  local function start(project_files, env)
    base = server.start { files = project_files, env = env }
  end

  it("rooms runs as it stands there", function()
    start(project "rooms")
    story.play(CLIENT, "rooms", base)
  end)

  it("presence runs as it stands there", function()
    start(project "presence")
    story.play(CLIENT, "presence", base)
  end)

  it("what was missed runs as it stands there", function()
    start { ["base.lua"] = AROUND:format(first_lua "missed"),
      ["actions/clear.lua"] = CLEAR }
    story.play(CLIENT, "missed", base)
  end)

  it("streaming runs as it stands there", function()
    local port, key = server.free_port(), ("a1"):rep(16)
    local streaming = project "streaming"
    streaming["base.lua"] = streaming["base.lua"]:gsub("127%.0%.0%.1:9001",
      "127.0.0.1:" .. port)
    start(streaming, { BASE_KEY = key })
    story.play(CLIENT, "streaming", base, { BASE_KEY = key, API_PORT = port })
  end)
end)

--- Files that the servers need and that nobody has to keep.
local process = require "bench.process"

local ACTIONS = 100

local project = {}

local Project = {}
Project.__index = Project

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

local CERTIFICATE = "openssl req -x509 -newkey ec "
  .. "-pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
  .. "-subj /CN=localhost -keyout '%s/key.pem' -out '%s/cert.pem'"

local ACTION = [[
-- Answers with what it got, and with its number.
local NUMBER = %d

return function(_, message)
  return message:respond("echo", { number = NUMBER, body = message.body })
end
]]

--- Makes them.
-- @return table with `certificate`, a folder with cert.pem and key.pem, and
--   `actions`, one with a hundred actions. To be held in a variable that
--   closes, which removes them.
function project.prepare()
  local self = setmetatable({ folder = process.folder() }, Project)
  self.certificate = self.folder
  self.actions = self.folder .. "/actions"
  local text, is_good =
    process.capture(CERTIFICATE:format(self.folder, self.folder))
  assert(is_good, text)
  assert(os.execute(("mkdir '%s'"):format(self.actions)))
  for i = 1, ACTIONS do
    write(("%s/action_%d.lua"):format(self.actions, i), ACTION:format(i))
  end
  return self
end

function Project:__close()
  process.remove(self.folder)
end

return project

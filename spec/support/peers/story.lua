--- Stories that are told in another language: a program plays the client, and
-- ends with status 0 when everything went as it should.
local files = require "spec.support.files"
local process = require "spec.support.process"
local wait = require "spec.support.wait"

local story = {}

local Story = {}
Story.__index = Story

--- Begins a story.
-- @param program list the interpreter and the file, say
--   { "node", "spec/support/peers/ws_client.mjs" }
-- @param name string the story's
-- @param base server it is played against
-- @param env table or nil: more of the environment, which has PORT
function story.start(program, name, base, env)
  local words = table.move(program, 1, #program, 1, {})
  words[#words + 1] = name
  local all = { PORT = base.port, NODE_PATH = "/usr/share/nodejs" }
  for key, value in pairs(env or {}) do all[key] = value end
  return setmetatable({
    process = process.start(words, all), name = name,
  }, Story)
end

--- Waits until it has printed a line.
function Story:reach(line)
  wait.for_(10, ("%s to reach '%s'"):format(self.name, line), function()
    assert(not self.process:status(), self.process:log())
    return self.process:log():find(line .. "\n", 1, true)
  end)
end

--- Waits for its end, which must be a good one.
function Story:finish()
  local in_time, status = pcall(self.process.wait_end, self.process, 20)
  self.process:remove()
  if not in_time or status ~= 0 then
    error(("%s: %s"):format(self.name, self.process:log()), 2)
  end
end

--- Plays a whole story.
function story.play(...)
  story.start(...):finish()
end

--- Makes a certificate for "localhost" that only who is told trusts.
-- @return string folder with certificate.pem and key.pem, to be removed
function story.certificate()
  local folder = files.folder()
  files.run(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
    .. " -nodes -days 1 -subj /CN=localhost"
    .. " -addext subjectAltName=DNS:localhost"
    .. " -keyout %s/key.pem -out %s/certificate.pem"):format(folder, folder))
  return folder
end

return story

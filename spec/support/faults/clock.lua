--- Clocks that a spec sets for the servers that it starts.
local files = require "spec.support.files"
local preload = require "spec.support.faults.preload"

local clock = {}

local Clock = {}
Clock.__index = Clock

--- Makes clocks that go right, until they are told to jump.
-- @return clock with `env`, what a server that goes by them is started with
-- @usage
-- local clocks <close> = clock.new()
-- local base <close> = server.start { env = clocks.env }
-- clocks:jump { wall = 3600 }
function clock.new()
  local folder = files.folder()
  local self = setmetatable({ folder = folder }, Clock)
  self.path = folder .. "/offsets"
  self.env = {
    LD_PRELOAD = preload.compile("jumping_clock", folder),
    JUMPING_CLOCK = self.path,
  }
  files.write(self.path, ("<i8i8"):pack(0, 0))
  return self
end

--- Sets how far they are off.
-- @param offsets table `wall`, `monotonic`: whole seconds, 0 where left out
function Clock:jump(offsets)
  -- Written over, as the servers have mapped the file.
  local file = assert(io.open(self.path, "r+b"))
  file:write(("<i8i8"):pack(offsets.wall or 0, offsets.monotonic or 0))
  file:close()
end

function Clock:remove()
  files.remove(self.folder)
end

Clock.__close = Clock.remove

return clock

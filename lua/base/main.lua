--- The functions that the core calls: the one place where C finds Lua functions
-- by name.
local api = require "base.api"
local channels = require "base.channels"
local core = require "base.core"
local dispatch = require "base.dispatch"
local errors = require "base.errors"
local failure = require "base.failure"
local handover = require "base.handover"
local project = require "base.project"
local registration = require "base.register"
local serve = require "base.serve"
local slow = require "base.slow"

core.connection.register = registration.register

-- `require "base"` is always ours: a project's folder has a base.lua, too.
package.loaded["base"] = require "base.scripts"
package.loaded["base.json"] = core.json

-- In a test program these globals are the program's own; the project's files
-- get ours.
if not core.is_hosted then
  print = project.print -- luacheck: ignore
  os.exit = core.exit -- luacheck: ignore
  os.execute = core.execute -- luacheck: ignore
end

return {
  load = project.load,
  use = function(loaded)
    project.use(loaded)
    channels.use(loaded)
    dispatch.use(loaded)
    failure.use(loaded)
    registration.use(loaded)
    serve.use(loaded)
  end,
  dispatch = dispatch.run,
  unanswered = dispatch.unanswered,
  receive = dispatch.receive,
  authenticate = registration.authenticate,
  serve = serve.run,
  api = api.serve,
  failed = failure.report,
  text = errors.text,
  slow = slow.report,
  handover = handover,
}

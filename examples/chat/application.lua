-- Asks the application, in the name of the browser: with its cookie.
local http = require "base.http"

local URL = "http://127.0.0.1:" .. (os.getenv "APP_PORT" or "3000")
local application = {}

--- Gets what the application answers at a path.
-- @return the answer; or false if it says no; or nil and why it cannot be asked
function application.ask(connection, path)
  local reply, why = http.get(URL .. path, {
    headers = { cookie = connection.request.headers.cookie }, timeout = 5,
  })
  if not reply then return nil, why end
  local status = reply.status
  if status == 200 then return reply:json() end
  if status >= 400 and status < 500 then return false end
  return nil, path .. " answered " .. status
end

return application

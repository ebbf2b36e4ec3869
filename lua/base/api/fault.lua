--- What a handler of the API returns when it does not serve a request.
-- @param status integer
-- @param code string a word for programs
-- @param message string a sentence for people
-- @param reason string or nil the reason that another part gave
-- @return the status and the answer's body
-- @usage return fault(404, "unknown", "There is nothing here.")
local function fault(status, code, message, reason)
  local body = { code = code, message = message, reason = reason }
  return status, { error = body }
end

return fault

--- Many requests in one.
local core = require "base.core"
local fault = require "base.api.fault"
local forms = require "base.api.forms"
local router = require "base.api.router"

local MOST = 1000
local TURN = 0.01 -- seconds, after which others have their turn
local PAUSE = 0.001

local batch = {}

-- A body may be a text of JSON already.
local function result(status, body)
  if type(body) ~= "string" then body = core.json.encode(body) end
  return ('{"status":%d,"body":%s}'):format(status, body)
end

local function run_one(item, respond)
  local is_request = forms.is_map(item) and type(item.method) == "string"
    and type(item.path) == "string"
  if not is_request then
    return result(fault(422, "request",
      'A request is {"method": …, "path": …, "body": …, "key": …}.'))
  end
  local path, query = router.split(item.path)
  return result(respond(item.method, path, query, item))
end

--- Serves a list of requests, in order. A request that fails does not stop the
-- others.
-- @param items table the list that the application sent
-- @param respond function(method, path, query, item) returning status and body
-- @return status, and the text of { results = … } with `status` and `body` of
--   each. It is a text because encoding all results at once could take too
--   long.
function batch.run(items, respond)
  if not forms.is_list(items) then
    return fault(422, "batch", "The body must be a list of requests.")
  end
  if #items > MOST then
    return fault(422, "batch", ("A batch has at most %d requests.")
      :format(MOST))
  end
  local results = {}
  local began = core.clock()
  for i, item in ipairs(items) do
    results[i] = run_one(item, respond)
    if core.clock() - began > TURN and i < #items then
      core.sleep(PAUSE)
      began = core.clock()
    end
  end
  return 200, '{"results":[' .. table.concat(results, ",") .. "]}"
end

return batch

--- Checks what the application sends: ids, messages, close codes. Each function
-- returns the valid value, or nil and a sentence that says what would be valid.
local core = require "base.core"
local array_mt = core.json.array_mt
local longest = core.longest

local forms = {}

function forms.is_list(value)
  return type(value) == "table" and getmetatable(value) == array_mt
end

function forms.is_map(value)
  return type(value) == "table" and getmetatable(value) ~= array_mt
end

--- The id of a user.
function forms.user_id(text)
  if #text < 1 or #text > longest.user_id then
    return nil, ("A user's id must have 1 to %d bytes."):format(longest.user_id)
  end
  if not utf8.len(text) then return nil, "A user's id must be valid UTF-8." end
  return text
end

--- The id of a connection.
function forms.connection_id(text)
  local id = text:find "^%d+$" and math.tointeger(tonumber(text))
  if not id then return nil, "A connection's id must be an integer." end
  return id
end

--- The name of a channel.
function forms.channel(text)
  if type(text) == "string" and core.is_channel_name(text) then return text end
  return nil, ("A channel's name must have 1 to %d bytes of valid UTF-8, no "
    .. "control characters, and not begin with '$'."):format(longest.channel)
end

--- true or false in a query.
-- @param otherwise boolean where the query does not say
function forms.flag(query, name, otherwise)
  local text = query[name]
  if text == nil then return otherwise end
  if text == "true" or text == "false" then return text == "true" end
  return nil, name .. " must be true or false."
end

--- A number from 1 to `most` in a query.
-- @param otherwise integer or nil where the query does not say; `most`
function forms.count(query, name, most, otherwise)
  local text = query[name]
  if text == nil then return otherwise or most end
  local count = text:find "^%d+$" and math.tointeger(tonumber(text))
  if count and count >= 1 and count <= most then return count end
  return nil, ("%s must be a whole number, 1 to %d."):format(name, most)
end

--- A position in a query, or nil.
function forms.position(query, name)
  local text = query[name]
  if text == nil then return nil end
  local position = text:find "^%d+$" and math.tointeger(tonumber(text))
  if position then return position end
  return nil, name .. " must be a position, a whole number."
end

--- What a user joins or leaves: { channel, info, reason }.
function forms.joining(value)
  if not forms.is_map(value) then
    return nil, 'The body must be {"channel": …}.'
  end
  local name, why = forms.channel(value.channel)
  if not name then return nil, why end
  local info, reason = value.info, value.reason
  if info == core.json.null then info = nil end
  if reason == core.json.null then reason = nil end
  if info ~= nil and not forms.is_map(info) then
    return nil, "The info must be an object."
  elseif info and #core.json.encode(info) > longest.info then
    return nil, ("The info must have at most %d bytes."):format(longest.info)
  end
  local is_reason = type(reason) == "string" and not reason:find("\0", 1, true)
  if reason ~= nil and not is_reason then
    return nil, "The reason must be a string without a zero byte."
  end
  return { channel = name, info = info, reason = reason }
end

--- A message: [command, body].
-- @return string the command, and the body
function forms.message(value)
  local is_pair = forms.is_list(value) and (#value == 1 or #value == 2)
  local command = is_pair and value[1]
  if type(command) ~= "string" then
    return nil, "The body must be [command, body]."
  end
  if #command < 1 or #command > longest.command then
    return nil, ("A command must have 1 to %d bytes."):format(longest.command)
  end
  if command:sub(1, 1) == "$" then
    return nil, "The commands that begin with $ are Base's."
  end
  return command, value[2]
end

local function is_code(code)
  return math.type(code) == "integer" and core.is_close_code(code)
end

-- Many languages send null for what is not set.
local function present(value)
  if value ~= core.json.null then return value end
end

--- How to disconnect: { code, reason }, or nothing.
-- @return true, the code or nil, the reason or nil
function forms.closing(value)
  if value == nil or value == core.json.null then return true end
  if not forms.is_map(value) then
    return nil, 'The body must be {"code": …, "reason": …}, both optional.'
  end
  local code, reason = present(value.code), present(value.reason)
  if code ~= nil and not is_code(code) then
    return nil, "The code must be 1000, 4003, 3000 to 3999 or 4100 to 4999."
  end
  local is_reason = type(reason) == "string"
    and #reason <= longest.close_reason
    and not reason:find("\0", 1, true)
  if reason ~= nil and not is_reason then
    return nil, ("The reason must be a string of at most %d bytes.")
      :format(longest.close_reason)
  end
  return true, code, reason
end

--- How long to wait, from a query.
-- @return number seconds, 10 if the query does not say
function forms.timeout(text)
  if text == nil then return 10 end
  local seconds = text:find "^[%d.]+$" and tonumber(text)
  if not seconds or seconds <= 0 or seconds >= 1e9 then
    return nil, "timeout must be a number of seconds, more than 0."
  end
  return seconds
end

--- A list of users' ids, separated by commas.
-- @param most integer how many ids it may have
function forms.user_ids(text, most)
  local ids = {}
  if not text then return nil, "ids is missing: /users?ids=1,2,3" end
  for id in (text .. ","):gmatch "([^,]*)," do
    if #ids == most then
      return nil, ("At most %d ids are allowed in one request."):format(most)
    end
    local right, why = forms.user_id(id)
    if not right then return nil, why end
    ids[#ids + 1] = right
  end
  return ids
end

return forms

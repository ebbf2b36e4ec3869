-- What `base check` says of rules of channels.
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"

local BASE_LUA = [[
return {
  address = "127.0.0.1",
  authenticate = function() end,
  channels = {%s},
  %s
}]]

local RIGHT = [==[
  ["*"] = {},
  ["news"] = { public = true, history = { size = 1 } },
  ["room:*"] = {
    join = function() return true end,
    send = function() return true end,
    presence = true,
    history = { size = 100, seconds = 3600 },
    occupied = function() end,
    vacated = function() end,
  },
  ["crowd:*"] = { send = true, presence = "count" },
]==]

local WRONG = [==[
  ["100%*:x"] = {},
  ["$news"] = {},
  [""] = {},
  [7] = {},
  ["a\n"] = {},
  news = true,
  crowd = { presence = "counts", send = "true", join = true, public = 1 },
  kept = { history = 100, occupied = { "x" } },
  late = { history = { size = 0, seconds = "5" }, vacated = 1 },
  ["room:*"] = { histroy = { size = 1 }, size = 1, ["on.join"] = true },
]==]

local PATTERN = 'must be the name of a channel such as "news", or the '
  .. 'beginning of names and a * such as "room:*", but '

local LINES = {
  [=['channels[""]' ]=] .. PATTERN .. "is empty",
  [=['channels["$news"]' ]=] .. PATTERN
    .. "begins with $: such names are Base's own",
  [=['channels["100%*:x"]' ]=] .. PATTERN .. "has a * before its end",
  [=['channels["a\x0a"]' ]=] .. PATTERN .. "contains control characters",
  [=['channels["crowd"].join' must be a function(connection, channel, body), ]=]
    .. "but is true",
  [=['channels["crowd"].presence' must be true, "count" or false, but is ]=]
    .. '"counts"',
  [=['channels["crowd"].public' must be true or false, but is 1]=],
  [=['channels["crowd"].send' must be a function(connection, message, ]=]
    .. 'channel), or true or false, but is "true"',
  [=['channels["kept"].history' must be a table such as { size = 100, ]=]
    .. "seconds = 300 }, but is 100",
  [=['channels["kept"].occupied' must be a function(channel), but is a table]=],
  [=['channels["late"].history.seconds' must be a number of seconds, more ]=]
    .. 'than 0, but is "5", a string: convert it with tonumber',
  [=['channels["late"].history.size' must be a whole number, 1 to 100000, ]=]
    .. "but is 0",
  [=['channels["late"].vacated' must be a function(channel), but is 1]=],
  [=['channels["news"]' must be a table such as { send = true }, but is true]=],
  "'channels[7]' " .. PATTERN
    .. 'is a number: write a rule as ["news"] = { send = true }',
  [=[unknown setting 'channels["room:*"].histroy': did you mean ]=]
    .. [=['channels["room:*"].history'?]=],
  [=[unknown setting 'channels["room:*"].on.join']=],
  [=[unknown setting 'channels["room:*"].size': did you mean ]=]
    .. [=['channels["room:*"].history.size'?]=],
}
for i, line in ipairs(LINES) do LINES[i] = "base.lua: " .. line end

-- How `base check` ends, and the lines that it writes.
local function check_folder(folder)
  local child = process.start { server.program(), "check", folder }
  local status = child:wait_end(20)
  local log = child:log()
  child:remove()
  local lines = {}
  for line in log:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return status, lines
end

describe("base check", function()
  local folder

  before_each(function() folder = files.folder() end)
  after_each(function() files.remove(folder) end)

  local function check(channels, more)
    files.write(folder .. "/base.lua", BASE_LUA:format(channels, more or ""))
    return check_folder(folder)
  end

  it("has nothing to say of right rules", function()
    local status, lines = check(RIGHT)
    assert.same({ "no mistakes" }, lines)
    assert.equal(0, status)
  end)

  it("names every mistake in the rules, and what is right", function()
    local status, lines = check(WRONG)
    assert.same(LINES, lines)
    assert.equal(1, status)
  end)

  it("names actions with the names of Base's own commands", function()
    for _, path in ipairs { "$join", "room/$say", "$x/y" } do
      files.write(("%s/actions/%s.lua"):format(folder, path),
        "return function() end")
    end
    local status, lines = check("", 'actions = { public = { "$join" } },')
    assert.same({
      "base.lua: 'actions.public[1]' must be a command, 1 to 128 bytes, but is "
        .. '"$join", which begins with $, as Base\'s own do',
      "actions/$join.lua: would serve '$join', but commands that begin with $ "
        .. "are Base's own: choose a name without it",
      "actions/$x/y.lua: would serve '$x/y', but commands that begin with $ "
        .. "are Base's own: choose a name without it",
    }, lines)
    assert.equal(1, status)
  end)
end)

// The project that the tests run against. A connection says in the query who it
// is; without a user it is a guest.
const action = (body) => 'local base = require "base"\n'
  + `return function(connection, message)\n${body}\nend\n`;

export const PROJECT = {
  "base.lua": `
local base = require "base"
return {
  address = "127.0.0.1",
  authenticate = function(connection, register)
    local query = connection.request.query
    if query.refuse then return register(connection, false) end
    if query.slow then base.sleep(tonumber(query.slow)) end
    if query.user then
      register(connection, { id = query.user,
        header = connection.request.headers["x-name"] })
    end
  end,
  welcome = function(user) return { id = user.id, header = user.header } end,
  limits = { members_listed = 3 },
  offline_after = 0.2,
  channels = {
    ["room:*"] = {
      join = function(connection, _, body)
        if body == "slow" then base.sleep(0.1) end
        return body ~= "no", { name = connection.user.id, says = body }
      end,
      send = true, presence = true, history = { size = 100 },
    },
    ["short:*"] = { send = true, history = { size = 3 } },
    ["plain:*"] = { send = true },
    ["crowd:*"] = { presence = "count" },
    ["news"] = { public = true, send = true, history = { size = 10 } },
    ["inbox:*"] = { join = function() return false end,
      history = { size = 100 } },
  },
  actions = { path = "actions", public = { "hello", "login" } },
}`,
  "actions/hello.lua":
    action('return message:respond("alert", "Hello, " .. message.body .. "!")'),
  "actions/login.lua": action(`
    connection:register({ id = message.body })
    return message:respond("ok")`),
  "actions/note.lua": action(`
    base.state.notes = base.state.notes or {}
    table.insert(base.state.notes, message.body)`),
  "actions/notes.lua": action(`
    local notes = base.state.notes or {}
    base.state.notes = {}
    return message:respond("notes", setmetatable(notes,
      require "base.json".array_mt))`),
  "actions/wait.lua": action(`
    base.sleep(message.body)
    return message:respond("ok")`),
  "actions/turn.lua": action(`
    local value, why =
      connection:call(message.body.command, message.body.body, 5)
    return message:respond("ok", { value = value, why = why })`),
  "actions/raw.lua": action("connection:send_text(message.body)"),
  "actions/expire.lua": action(`
    connection:register({ id = connection.user.id }, { expires = 0.05 })`),
  "actions/renew.lua": action(`
    connection:register({ id = connection.user.id }, { expires = 3600 })
    return message:respond("ok")`),
  // [channel, command, body, { keep, except }]
  "actions/tell.lua": action(`
    local name, command, body, options = table.unpack(message.body)
    options = options or {}
    local position = base.channel(name):send(base.Message(command, body),
      { keep = options.keep, except = options.except and connection })
    return message:respond("ok", position)`),
  "actions/enter.lua": action(`
    connection.user:join(message.body)
    return message:respond("ok")`),
  "actions/kick.lua": action(`
    base.channel(message.body):leave(connection, "out")
    return message:respond("ok")`),
  "actions/leave.lua": action('connection:close(4100, "as you wish")'),
};

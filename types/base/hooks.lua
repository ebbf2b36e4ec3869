---@meta

---Functions in the table `on`. All of them may wait. None but `before` holds
---messages up.
---
---```lua
----- in the table that base.lua returns
---on = {
---  before = function(connection, message)
---    return not message.command:find "^admin/" or connection.user.admin == true
---  end,
---},
---```
---@class base.Hooks
local on = {}

---Runs when a connection has opened, before `authenticate`.
---@param connection base.Connection
function on.connect(connection) end

---Runs when a connection is gone, even if an action of it still waits.
---`connection.user` still tells whose it was.
---@param connection base.Connection
---@param code integer
---@param reason string
function on.disconnect(connection, code, reason) end

---Runs with a user's first connection, after `authenticated` was sent.
---@param user base.User
function on.online(user) end

---Runs `offline_after` seconds after the last connection of a user has left,
---unless the user is back by then. Until then the user stays in `base.users`,
---with no connections. It does not run when the server ends.
---@param user base.User
function on.offline(user) end

---Runs before every action. The action runs if the hook returns something true,
---or nothing at all. A returned false or nil answers `forbidden` instead. With
---public actions, `connection.user` may be nil here.
---
---It runs likewise before a message for a channel, also that of a guest:
---`message.channel` is the channel's name.
---@param connection base.Connection
---@param message base.Message
---@return boolean|nil allowed
function on.before(connection, message) end

---Takes text frames in place of messages: the protocol is then your own, and Base
---sends nothing by itself.
---
---`text` and `binary` run one after another, as actions do, and wait like messages
---while `authenticate` runs. Guests may send text as well. When more than
---`limits.pending_messages` wait, the connection is closed with 1013.
---@param connection base.Connection
---@param text string
function on.text(connection, text) end

---Takes binary frames, which are refused without it (1003). Beside messages it is
---for users: a guest who sends some is closed with 4001.
---@param connection base.Connection
---@param bytes string
function on.binary(connection, bytes) end

---Runs after an error has been logged, to tell it to somebody else.
---@param err any what was raised
---@param connection base.Connection|nil
---@param message base.Message|nil
function on.error(err, connection, message) end

---Runs after a reload. It is the new file's.
function on.reload() end

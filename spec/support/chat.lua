--- examples/chat with the real Express and the real server, for specs in a real
-- browser.
local socket = require "socket"

local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local PROJECT = "examples/chat"
local PASSWORDS = { Ada = "lovelace", Bob = "builder", Eve = "online" }

local chat = { PROJECT = PROJECT }

local Chat = {}
Chat.__index = Chat

--- Whether somebody listens on a port.
function chat.takes_connections(port)
  local peer = socket.connect("127.0.0.1", port)
  if peer then peer:close() end
  return peer ~= nil
end

--- Installs what the application takes.
function chat.install()
  files.run(PROJECT .. "/install")
end

--- Starts the application and Base.
-- @param chromium browser in which its pages are opened
-- @param env table or nil more of the environment
function chat.start(chromium, env)
  local self = setmetatable({ chromium = chromium }, Chat)
  self.env = {
    BASE_KEY = ("k"):rep(32), SESSION_SECRET = "s",
    APP_PORT = server.free_port(), BASE_PORT = server.free_port(),
    BASE_API_PORT = server.free_port(), LD_PRELOAD = false,
  }
  for name, value in pairs(env or {}) do self.env[name] = value end
  self.url = ("http://127.0.0.1:%d/"):format(self.env.APP_PORT)
  self.app = process.start({ "node", PROJECT .. "/app.mjs" }, self.env)
  wait.for_(20, "the application", function()
    return chat.takes_connections(self.env.APP_PORT)
  end)
  self:start_base()
  return self
end

--- Starts Base; another one has ended before.
function Chat:start_base()
  self.base = server.start {
    project = PROJECT, port = self.env.BASE_PORT, env = self.env,
  }
end

--- Closes the pages and ends both.
function Chat:stop()
  self.chromium:clear()
  self.base:stop()
  self.app:remove()
end

--- A page on which somebody tries to log in.
function Chat:log_in(name, password)
  local page = self.chromium:open(self.chromium:context(), self.url)
  page:type("#name", name)
  page:type("#password", password)
  page:click "#login"
  return page
end

--- The page of somebody who is in the first room.
function Chat:enter(name)
  local page = self:log_in(name, PASSWORDS[name])
  page:wait_text("#state", "Live as " .. name)
  page:wait_text("#members", name)
  return page
end

--- One more tab of the same browser.
function Chat:tab_of(page)
  local tab = self.chromium:open(page.context, self.url)
  tab:wait_text("#state", "Live as")
  return tab
end

--- Writes into what is shown.
function chat.say(page, text)
  page:type("#text", text)
  page:click "#send"
end

--- Shows a room, or the conversation with somebody.
function chat.choose(page, title)
  page:evaluate(([[document.querySelectorAll("nav button").forEach(
    (each) => each.textContent.startsWith("%s") && each.click())]])
    :format(title))
  page:wait_text("#title", title)
end

--- Waits for a text in the list that is shown.
function chat.wait_line(page, text, seconds)
  page:wait_text("#lists ol:not([hidden])", text, seconds)
end

--- How many lines of a class are in it.
function chat.line_count(page, class)
  return page:count("#lists ol:not([hidden]) ." .. class)
end

return chat

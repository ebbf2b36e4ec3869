--- A real browser and its pages, for specs. browser.mjs does the work.
local cjson = require "cjson"
local socket = require "socket"

local process = require "spec.support.process"
local wait = require "spec.support.wait"

local START_TIME = 30 -- seconds
local PATIENCE = 10

local browser = {}

local Browser = {}
Browser.__index = Browser

local Page = {}
Page.__index = Page

--- Starts it. To be ended with stop; it also ends with the spec.
function browser.start()
  local self = setmetatable({ contexts = {}, pages = {} }, Browser)
  self.process = process.start({ "node", "spec/support/peers/browser.mjs" },
    { NODE_PATH = "/usr/share/nodejs", LD_PRELOAD = false })
  local port = wait.for_(START_TIME, "the browser", function()
    assert(not self.process:status(), self.process:log())
    return self.process:log():match "port (%d+)"
  end)
  self.socket = assert(socket.connect("127.0.0.1", tonumber(port)))
  self.socket:settimeout(2 * PATIENCE)
  return self
end

--- Runs one of the commands of browser.mjs.
-- Raises when it fails.
function Browser:run(...)
  assert(self.socket:send(cjson.encode { ... } .. "\n"))
  local line = assert(self.socket:receive "*l")
  local answer = cjson.decode(line)
  if answer.error then error(answer.error, 3) end
  return answer.value
end

--- Cookies of their own, as in another browser.
-- @return context for open
function Browser:context()
  local context = self:run "context"
  table.insert(self.contexts, context)
  return context
end

--- Opens a page in a window of its own, and waits until it is there.
function Browser:open(context, url)
  local page = setmetatable({
    browser = self, context = context, id = self:run("open", context, url),
  }, Page)
  table.insert(self.pages, page)
  return page
end

--- Saves pages side by side as a picture.
-- @param path string of a PNG file
function Browser:picture(path, ...)
  local ids = {}
  for i, page in ipairs { ... } do ids[i] = page.id end
  self:run("picture", path, table.unpack(ids))
end

--- What all open pages complained of on their consoles, once.
-- @return list of strings
function Browser:complaints()
  local all = {}
  for _, page in ipairs(self.pages) do
    for _, text in ipairs(self:run("complaints", page.id)) do
      all[#all + 1] = text
    end
  end
  return all
end

--- Closes all pages and forgets all cookies.
function Browser:clear()
  for _, context in ipairs(self.contexts) do self:run("leave", context) end
  self.contexts, self.pages = {}, {}
end

--- Ends it.
function Browser:stop()
  self.socket:close()
  self.process:wait_end(PATIENCE)
  self.process:remove()
end

--- The value of an expression in JavaScript.
function Page:evaluate(expression)
  return self.browser:run("evaluate", self.id, expression)
end

--- Makes the window so large, in pixels; a narrow one is a phone's.
function Page:size(width, height)
  self.browser:run("size", self.id, width, height)
end

--- Loads it again, and waits until it is there.
function Page:reload()
  self:evaluate "window.isOld = true; location.reload()"
  self:until_ "!window.isOld && document.readyState === 'complete'"
end

--- Waits until an expression is true.
-- Raises at the deadline, with what the page shows.
function Page:until_(expression, seconds)
  return self.browser:run("until", self.id, expression, seconds or PATIENCE)
end

--- Waits until an element has a text somewhere in it.
function Page:wait_text(selector, text, seconds)
  return self.browser:run("until", self.id,
    ("document.querySelector(%s)?.textContent.includes(%s)"):format(
      cjson.encode(selector), cjson.encode(text)), seconds or PATIENCE)
end

--- The text of an element.
function Page:text(selector)
  return self.browser:run("evaluate", self.id,
    ("document.querySelector(%s).textContent"):format(cjson.encode(selector)))
end

--- How many elements there are.
function Page:count(selector)
  return self.browser:run("evaluate", self.id,
    ("document.querySelectorAll(%s).length"):format(cjson.encode(selector)))
end

--- Clicks with the mouse into the middle of an element.
function Page:click(selector)
  self.browser:run("click", self.id, selector)
end

--- Types over what an input holds.
function Page:type(selector, text)
  self.browser:run("type", self.id, selector, text)
end

return browser

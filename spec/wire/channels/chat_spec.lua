-- examples/chat with the real Express, in a real browser. BASE_SCREENSHOT=path
-- saves pictures: path, with "wide" and "phone" before its ending.
local socket = require "socket"

local browser = require "spec.support.peers.browser"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local PROJECT = "examples/chat"
local PASSWORDS = { Ada = "lovelace", Bob = "builder", Eve = "online" }
local MARKUP = "<img src=x onerror=window.hit=1>"

local function takes_connections(port)
  local peer = socket.connect("127.0.0.1", port)
  if peer then peer:close() end
  return peer ~= nil
end

describe("The chat with Express", function()
  local chromium, base, app, env, url

  local function start_app()
    app = process.start({ "node", PROJECT .. "/app.mjs" }, env)
    wait.for_(20, "the application", function()
      return takes_connections(env.APP_PORT)
    end)
  end

  setup(function()
    files.run(PROJECT .. "/install")
    chromium = browser.start()
  end)

  teardown(function()
    chromium:stop()
  end)

  before_each(function()
    env = {
      BASE_KEY = ("k"):rep(32), SESSION_SECRET = "s",
      APP_PORT = server.free_port(), BASE_PORT = server.free_port(),
      BASE_API_PORT = server.free_port(), LD_PRELOAD = false,
    }
    start_app()
    base = server.start { project = PROJECT, port = env.BASE_PORT, env = env }
    url = ("http://127.0.0.1:%d/"):format(env.APP_PORT)
  end)

  after_each(function()
    chromium:clear()
    base:stop()
    app:remove()
  end)

  local function log_in(name, password)
    local page = chromium:open(chromium:context(), url)
    page:type("#name", name)
    page:type("#password", password)
    page:click "#login"
    return page
  end

  local function enter(name)
    local page = log_in(name, PASSWORDS[name])
    page:wait_text("#state", "Live as " .. name)
    page:wait_text("#members", name)
    return page
  end

  local function tab_of(page)
    local tab = chromium:open(page.context, url)
    tab:wait_text("#state", "Live as")
    return tab
  end

  local function say(page, text)
    page:type("#text", text)
    page:click "#send"
  end

  -- Shows a room, or the conversation with somebody.
  local function choose(page, title)
    page:evaluate(([[document.querySelectorAll("nav button").forEach(
      (each) => each.textContent.startsWith("%s") && each.click())]])
      :format(title))
    page:wait_text("#title", title)
  end

  -- In the list that is shown.
  local function wait_line(page, text, seconds)
    page:wait_text("#lists ol:not([hidden])", text, seconds)
  end

  local function line_count(page, class)
    return page:count("#lists ol:not([hidden]) ." .. class)
  end

  it("has three in a room: who is there, and what they say", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    for _, page in ipairs { ada, bob, eve } do
      for _, name in ipairs { "Ada ★", "Bob", "Eve" } do
        page:wait_text("#members", name)
      end
    end
    say(ada, "Good morning")
    say(bob, MARKUP)
    for _, page in ipairs { ada, bob, eve } do
      wait_line(page, "Ada Good morning")
      wait_line(page, "Bob " .. MARKUP)
      assert.equal(0, page:count "main img")
      assert.equal(2, line_count(page, "said"))
    end
    assert.is_true(eve:evaluate "window.hit === undefined")
    assert.same({}, chromium:complaints())
  end)

  it("takes several tabs for one, and a reload for nothing", function()
    local ada, bob = enter "Ada", enter "Bob"
    local tab = tab_of(bob)
    say(ada, "one")
    wait_line(tab, "Ada one")
    tab:evaluate "location.reload()"
    tab:until_ "!document.querySelector('#lists')?.textContent"
    wait_line(tab, "Ada one")
    assert.equal(1, line_count(tab, "said"))
    assert.equal(2, ada:count "#members li")
    bob:evaluate "location = 'about:blank'"
    tab:evaluate "location = 'about:blank'"
    ada:until_ "document.querySelectorAll('#members li').length === 1"
  end)

  it("counts what is not read in other rooms", function()
    local ada, bob = enter "Ada", enter "Bob"
    choose(bob, "Work")
    bob:wait_text("#members", "Ada")
    say(bob, "to work")
    ada:wait_text("#rooms", "Work1")
    choose(ada, "Work")
    wait_line(ada, "Bob to work")
    assert.is_nil(ada:text("#rooms"):find "%d")
  end)

  it("opens a room to those whom the application names", function()
    local bob, eve = enter "Bob", enter "Eve"
    bob:wait_text("#rooms", "Office")
    assert.is_nil(eve:text("#rooms"):find "Office")
    -- The page does not decide it.
    eve:evaluate(([[(async () => {
      const { connect } = await import("/base.js");
      const rogue = connect("ws://127.0.0.1:%d/");
      window.refused = [];
      for (const name of ["room:office", "room:..", "inbox:1", "else"]) {
        await rogue.channel(name).join().catch(({ code }) =>
          window.refused.push(code));
      }
      rogue.close();
    })()]]):format(env.BASE_PORT))
    assert.equal("forbidden forbidden forbidden forbidden",
      eve:evaluate "window.refused.join(' ')")
  end)

  it("shows who is writing, and keeps it for nobody", function()
    local ada, bob = enter "Ada", enter "Bob"
    ada:wait_text("#members", "Bob")
    bob:type("#text", "a long sentence")
    ada:wait_text("#typing", "Bob is writing…")
    assert.equal("", bob:text "#typing")
    local eve = enter "Eve"
    assert.equal("", eve:text "#typing")
    bob:click "#send"
    wait_line(ada, "Bob a long sentence")
    ada:until_ "!document.querySelector('#typing').textContent"
  end)

  it("scrolls back through what was said before", function()
    local bob = enter "Bob"
    bob:evaluate(([[(async () => {
      const { connect } = await import("/base.js");
      const peer = connect("ws://127.0.0.1:%d/");
      const room = peer.channel("room:tea");
      await room.join();
      for (let i = 1; i <= 80; i++) await room.ask("said", `number ${i}.`);
      peer.close();
    })()]]):format(env.BASE_PORT))
    local ada = enter "Ada"
    ada:until_ "document.querySelectorAll('#lists .said').length > 30"
    ada:size(1100, 600) -- in which 30 lines find no room
    ada:evaluate "location.reload()"
    ada:until_ "!document.querySelector('#lists')?.textContent"
    wait_line(ada, "number 80.")
    assert.equal(30, line_count(ada, "said"))
    for _, count in ipairs { 60, 80 } do
      ada:evaluate "document.querySelector('#lists ol').scrollTop = 0"
      ada:until_(("document.querySelectorAll('#lists .said').length === %d")
        :format(count))
    end
    ada:evaluate "document.querySelector('#lists ol').scrollTop = 0"
    say(ada, "enough")
    wait_line(ada, "Ada enough")
    assert.is_true(ada:evaluate [[
      [...document.querySelectorAll("#lists ol:not([hidden]) .said")]
        .slice(0, 80).every((line, i) =>
          line.textContent.startsWith(`Bob number ${i + 1}.`))]])
  end)

  it("has private messages, which wait for who is away", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    local tab = tab_of(bob)
    choose(ada, "Bob")
    say(ada, "just for you")
    wait_line(ada, "Ada just for you")
    bob:wait_text("#people", "Ada1")
    choose(tab, "Ada")
    wait_line(tab, "Ada just for you")
    say(tab, "thanks")
    wait_line(ada, "Bob thanks")
    eve:evaluate "location = 'about:blank'"
    choose(ada, "Eve")
    say(ada, "call me")
    wait_line(ada, "Ada call me")
    eve:evaluate(("location = %q"):format(url))
    eve:wait_text("#state", "Live as Eve")
    choose(eve, "Ada")
    wait_line(eve, "Ada call me")
    assert.is_nil(eve:text("#lists"):find "just for you")
  end)

  it("lets a moderator put somebody out, and nobody else", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    local tab = tab_of(bob)
    ada:wait_text("#members", "Bob")
    assert.equal(0, eve:count "#members button")
    assert.equal(403, eve:evaluate [[fetch("/kick", { method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"room":"tea","user":2}' }).then((reply) => reply.status)]])
    ada:click "#members [title='Put Bob out']"
    wait_line(bob, "Ada has put you out.")
    wait_line(tab, "Ada has put you out.")
    wait_line(eve, "Ada has put Bob out.")
    eve:until_ "!document.querySelector('#members').textContent.includes('Bob')"
    say(bob, "But why?")
    bob:wait_text("#wrong", "not a member")
    choose(bob, "Work") -- where he may stay
    bob:wait_text("#members", "Bob")
    choose(bob, "Tea kitchen")
    bob:wait_text("#wrong", "You may come back in")
    tab:evaluate "location.reload()"
    tab:wait_text("#wrong", "You may come back in")
  end)

  it("shows notices of the application in all rooms", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    choose(bob, "Work")
    assert.is_true(bob:evaluate "document.querySelector('#notice').hidden")
    ada:type("#notice-text", "The lift works again.")
    ada:click "#notice button"
    for _, page in ipairs { ada, bob, eve } do
      wait_line(page, "The lift works again.")
    end
  end)

  it("comes back with what was missed, none of it twice", function()
    local ada, bob = enter "Ada", enter "Bob"
    say(ada, "before")
    wait_line(bob, "Ada before")
    base:signal "USR2" -- a new process of the server
    base:wait_log("is starting", 20)
    ada:wait_text("#state", "Live as Ada", 20)
    say(ada, "after")
    wait_line(bob, "Ada after", 20)
    assert.equal(2, line_count(bob, "said"))
    assert.equal(2, line_count(ada, "said"))
  end)

  it("sends all tabs away with the logout", function()
    local ada, bob = enter "Ada", enter "Bob"
    local tab = tab_of(ada)
    ada:click "#logout"
    ada:until_ "document.querySelector('#login')"
    tab:until_ "document.querySelector('#login')"
    bob:until_ "document.querySelectorAll('#members li').length === 1"
    local page = log_in("Ada", "wrong")
    page:until_ "location.search === '?wrong'"
  end)

  it("fits into a wide window and on a phone", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    ada:size(1280, 800)
    bob:size(390, 844)
    say(bob, "The kettle is on.")
    wait_line(ada, "Bob The kettle is on.")
    say(ada, "Tea in five minutes, for those who want some: green or black?")
    wait_line(bob, "Ada Tea in five minutes")
    eve:type("#text", "Bl")
    bob:wait_text("#typing", "Eve is writing…")
    for _, page in ipairs { ada, bob } do
      assert.is_true(page:evaluate [[
        document.documentElement.scrollWidth <= innerWidth
          && document.documentElement.scrollHeight <= innerHeight
          && document.querySelector("#send").getBoundingClientRect().bottom
            <= innerHeight]])
    end
    local path = os.getenv "BASE_SCREENSHOT"
    if not path then return end
    path = path:gsub("%.png$", "")
    chromium:picture(path .. "-wide.png", ada)
    chromium:picture(path .. "-phone.png", bob)
  end)

  it("runs by one command, which ends both", function()
    local ports = { server.free_port(), server.free_port(),
      server.free_port() }
    local own = { BASE_PROGRAM = files.run("realpath " .. server.program()),
      LD_PRELOAD = false }
    local words = { PROJECT .. "/run", "--port", ports[1], "--base-port",
      ports[2], "--api-port", ports[3] }
    local run = process.start(words, own)
    wait.for_(20, "all ports", function()
      for _, port in ipairs(ports) do
        if not takes_connections(port) then return false end
      end
      return true
    end)
    run:signal "TERM"
    assert.equal(0, run:wait_end(20))
    run:remove()
    for _, port in ipairs(ports) do
      assert.is_false(takes_connections(port))
    end
    local help = process.start({ PROJECT .. "/run", "--help" }, own)
    assert.equal(0, help:wait_end(10))
    assert.matches("^usage: examples/chat/run", help:log())
    help:remove()
  end)

  it("has less than 120 lines of Lua", function()
    local count = tonumber(files.run(("cat %s/*.lua %s/actions/*.lua | wc -l")
      :format(PROJECT, PROJECT)))
    assert.is_true(count > 0 and count < 120, count .. " lines")
  end)
end)

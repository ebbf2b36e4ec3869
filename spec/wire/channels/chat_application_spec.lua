-- What the application of examples/chat decides and does, in a real browser.
-- BASE_SCREENSHOT=path saves pictures: path, with "wide" and "phone" before its
-- ending.
local browser = require "spec.support.peers.browser"
local chat = require "spec.support.chat"
local files = require "spec.support.files"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local wait_line = chat.wait_line

describe("The application of the chat", function()
  local chromium, app

  setup(function()
    chat.install()
    chromium = browser.start()
  end)

  teardown(function()
    chromium:stop()
  end)

  before_each(function()
    app = chat.start(chromium)
  end)

  after_each(function()
    app:stop()
  end)

  it("opens a room to those whom the application names", function()
    local bob, eve = app:enter "Bob", app:enter "Eve"
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
    })()]]):format(app.env.BASE_PORT))
    assert.equal("forbidden forbidden forbidden forbidden",
      eve:evaluate "window.refused.join(' ')")
  end)

  it("lets a moderator put somebody out, and nobody else", function()
    local ada, bob, eve = app:enter "Ada", app:enter "Bob", app:enter "Eve"
    local tab = app:tab_of(bob)
    ada:wait_text("#members", "Bob")
    assert.equal(0, eve:count "#members button")
    assert.equal(403, eve:evaluate [[fetch("/kick", { method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"room":"tea","user":2}' }).then((reply) => reply.status)]])
    ada:click "#members [title='Put Bob out']"
    wait_line(bob, "Ada has put you out.")
    wait_line(tab, "Ada has put you out.")
    wait_line(eve, "Ada has put Bob out.")
    eve:until_ [[!document.querySelector("#members").textContent
      .includes("Bob")]]
    chat.say(bob, "But why?")
    bob:wait_text("#wrong", "not a member")
    chat.choose(bob, "Work") -- where he may stay
    bob:wait_text("#members", "Bob")
    chat.choose(bob, "Tea kitchen")
    bob:wait_text("#wrong", "You may come back in")
    tab:reload()
    tab:wait_text("#wrong", "You may come back in")
  end)

  it("lets somebody come back in time, who then sees all", function()
    app:stop()
    app = chat.start(chromium, { KICK_SECONDS = "1" })
    local ada, bob = app:enter "Ada", app:enter "Bob"
    chat.say(bob, "What a day!")
    wait_line(ada, "Bob What a day!")
    ada:click "#members [title='Put Bob out']"
    wait_line(bob, "Ada has put you out.")
    chat.say(ada, "Peace at last.")
    wait_line(ada, "Ada Peace at last.")
    -- He tries until he may.
    bob:until_ [[(() => {
      const [tea, work] = document.querySelectorAll("#rooms button");
      work.click();
      tea.click();
      return document.querySelector("#members").textContent.includes("Bob");
    })()]]
    wait_line(bob, "Ada has put Bob out.")
    wait_line(bob, "Ada Peace at last.")
    assert.equal(2, chat.line_count(bob, "said"))
    ada:wait_text("#members", "Bob")
  end)

  it("shows notices of the application in all rooms", function()
    local ada, bob, eve = app:enter "Ada", app:enter "Bob", app:enter "Eve"
    chat.choose(bob, "Work")
    assert.is_true(bob:evaluate "document.querySelector('#notice').hidden")
    ada:type("#notice-text", "The lift works again.")
    ada:click "#notice button"
    for _, page in ipairs { ada, bob, eve } do
      wait_line(page, "The lift works again.")
    end
  end)

  it("sends all tabs away with the logout", function()
    local ada, bob = app:enter "Ada", app:enter "Bob"
    local tab = app:tab_of(ada)
    ada:click "#logout"
    ada:until_ "document.querySelector('#login')"
    tab:until_ "document.querySelector('#login')"
    bob:until_ "document.querySelectorAll('#members li').length === 1"
    local page = app:log_in("Ada", "wrong")
    page:until_ "location.search === '?wrong'"
  end)

  it("fits into a wide window and on a phone", function()
    local ada, bob, eve = app:enter "Ada", app:enter "Bob", app:enter "Eve"
    ada:size(1280, 800)
    bob:size(390, 844)
    chat.say(bob, "The kettle is on.")
    wait_line(ada, "Bob The kettle is on.")
    chat.say(ada, "Tea in five minutes, for those who want some: which one?")
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
    local words = { chat.PROJECT .. "/run", "--port", ports[1], "--base-port",
      ports[2], "--api-port", ports[3] }
    local run = process.start(words, own)
    wait.for_(20, "all ports", function()
      for _, port in ipairs(ports) do
        if not chat.takes_connections(port) then return false end
      end
      return true
    end)
    run:signal "TERM"
    assert.equal(0, run:wait_end(20))
    run:remove()
    for _, port in ipairs(ports) do
      assert.is_false(chat.takes_connections(port))
    end
    local help = process.start({ chat.PROJECT .. "/run", "--help" }, own)
    assert.equal(0, help:wait_end(10))
    assert.matches("^usage: examples/chat/run", help:log())
    help:remove()
  end)

  it("has less than 120 lines of Lua", function()
    local count = tonumber(files.run(("cat %s/*.lua %s/actions/*.lua | wc -l")
      :format(chat.PROJECT, chat.PROJECT)))
    assert.is_true(count > 0 and count < 120, count .. " lines")
    local said = ("All the Lua is %d lines"):format(count)
    assert.matches(said, files.read(chat.PROJECT .. "/README.md"), 1, true)
  end)
end)

-- What people do in examples/chat, with the real Express, in a real browser.
local browser = require "spec.support.peers.browser"
local chat = require "spec.support.chat"

local wait_line, line_count = chat.wait_line, chat.line_count

local MARKUP = "<img src=x onerror=window.hit=1>"

describe("The chat with Express", function()
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

  it("has three in a room: who is there, and what they say", function()
    local ada, bob, eve = app:enter "Ada", app:enter "Bob", app:enter "Eve"
    for _, page in ipairs { ada, bob, eve } do
      for _, name in ipairs { "Ada ★", "Bob", "Eve" } do
        page:wait_text("#members", name)
      end
    end
    chat.say(ada, "Good morning")
    chat.say(bob, MARKUP)
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
    local ada, bob = app:enter "Ada", app:enter "Bob"
    local tab = app:tab_of(bob)
    chat.say(ada, "one")
    wait_line(tab, "Ada one")
    tab:reload()
    wait_line(tab, "Ada one")
    assert.equal(1, line_count(tab, "said"))
    assert.equal(2, ada:count "#members li")
    bob:evaluate "location = 'about:blank'"
    tab:evaluate "location = 'about:blank'"
    ada:until_ "document.querySelectorAll('#members li').length === 1"
  end)

  it("counts what is not read in other rooms", function()
    local ada, bob = app:enter "Ada", app:enter "Bob"
    chat.choose(bob, "Work")
    bob:wait_text("#members", "Ada")
    chat.say(bob, "to work")
    ada:wait_text("#rooms", "Work1")
    chat.choose(ada, "Work")
    wait_line(ada, "Bob to work")
    assert.is_nil(ada:text("#rooms"):find "%d")
  end)

  it("shows who is writing, and keeps it for nobody", function()
    local ada, bob = app:enter "Ada", app:enter "Bob"
    ada:wait_text("#members", "Bob")
    bob:type("#text", "a long sentence")
    ada:wait_text("#typing", "Bob is writing…")
    assert.equal("", bob:text "#typing")
    local eve = app:enter "Eve"
    assert.equal("", eve:text "#typing")
    bob:click "#send"
    wait_line(ada, "Bob a long sentence")
    ada:until_ "!document.querySelector('#typing').textContent"
  end)

  it("scrolls back through what was said before", function()
    local bob = app:enter "Bob"
    bob:evaluate(([[(async () => {
      const { connect } = await import("/base.js");
      const peer = connect("ws://127.0.0.1:%d/");
      const room = peer.channel("room:tea");
      await room.join();
      for (let i = 1; i <= 80; i++) await room.ask("said", `number ${i}.`);
      peer.close();
    })()]]):format(app.env.BASE_PORT))
    local ada = app:enter "Ada"
    ada:until_ "document.querySelectorAll('#lists .said').length > 30"
    ada:size(1100, 600) -- in which 30 lines find no room
    ada:reload()
    wait_line(ada, "number 80.")
    assert.equal(30, line_count(ada, "said"))
    for _, count in ipairs { 60, 80 } do
      ada:evaluate "document.querySelector('#lists ol').scrollTop = 0"
      ada:until_(("document.querySelectorAll('#lists .said').length === %d")
        :format(count))
    end
    ada:evaluate "document.querySelector('#lists ol').scrollTop = 0"
    chat.say(ada, "enough")
    wait_line(ada, "Ada enough")
    assert.is_true(ada:evaluate [[
      [...document.querySelectorAll("#lists ol:not([hidden]) .said")]
        .slice(0, 80).every((line, i) =>
          line.textContent.startsWith(`Bob number ${i + 1}.`))]])
  end)

  it("has private messages, which wait for who is away", function()
    local ada, bob, eve = app:enter "Ada", app:enter "Bob", app:enter "Eve"
    local tab = app:tab_of(bob)
    chat.choose(ada, "Bob")
    chat.say(ada, "just for you")
    wait_line(ada, "Ada just for you")
    bob:wait_text("#people", "Ada1")
    chat.choose(tab, "Ada")
    wait_line(tab, "Ada just for you")
    chat.say(tab, "thanks")
    wait_line(ada, "Bob thanks")
    eve:evaluate "location = 'about:blank'"
    chat.choose(ada, "Eve")
    chat.say(ada, "call me")
    wait_line(ada, "Ada call me")
    eve:evaluate(("location = %q"):format(app.url))
    eve:wait_text("#state", "Live as Eve")
    chat.choose(eve, "Ada")
    wait_line(eve, "Ada call me")
    assert.is_nil(eve:text("#lists"):find "just for you")
  end)

  it("comes back with what was missed, none of it twice", function()
    local ada, bob = app:enter "Ada", app:enter "Bob"
    chat.say(ada, "before")
    wait_line(bob, "Ada before")
    app.base:signal "USR2" -- a new process of the server
    app.base:wait_log("is starting", 20)
    ada:wait_text("#state", "Live as Ada", 20)
    chat.say(ada, "after")
    wait_line(bob, "Ada after", 20)
    assert.equal(2, line_count(bob, "said"))
    assert.equal(2, line_count(ada, "said"))
  end)

  it("reads a room anew whose history is another one", function()
    local ada, bob = app:enter "Ada", app:enter "Bob"
    chat.say(ada, "before")
    wait_line(bob, "Ada before")
    app.base:signal "KILL"
    app.base:wait_end(137)
    app:start_base()
    for _, page in ipairs { ada, bob } do
      page:wait_text("#members", "Bob", 20)
      page:until_("!document.querySelector('#lists .said')", 20)
    end
    chat.say(ada, "after")
    wait_line(bob, "Ada after")
    assert.equal(1, line_count(bob, "said"))
  end)
end)

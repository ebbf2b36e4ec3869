-- The quickstart's page in a real browser. BASE_SCREENSHOT=path saves a picture
-- of two users, one of them on a phone, who have talked and whispered.
local browser = require "spec.support.peers.browser"
local files = require "spec.support.files"
local quickstart = require "spec.support.quickstart"
local server = require "spec.support.server"

local MARKUP = "<img src=x onerror=window.hit=1>"

describe("The quickstart's page", function()
  local base, chromium, url

  setup(function()
    chromium = browser.start()
  end)

  teardown(function()
    chromium:stop()
  end)

  before_each(function()
    base = server.start { files = quickstart.files() }
    url = ("http://127.0.0.1:%d/"):format(base.port)
  end)

  after_each(function()
    local complaints = chromium:complaints()
    chromium:clear()
    base:stop()
    assert.same({}, complaints)
  end)

  local function open(context)
    return chromium:open(context or chromium:context(), url)
  end

  -- A page on which somebody has chosen a name.
  local function enter(name)
    local page = open()
    page:wait_text("#state", "Connected as a guest")
    page:type("#name", name)
    page:click "#name-set"
    page:wait_text("#state", "Connected as " .. name)
    page:wait_text("#users", name)
    return page
  end

  -- One more tab in the same browser.
  local function enter_again(page, name)
    local tab = open(page.context)
    tab:wait_text("#state", "Connected as " .. name)
    return tab
  end

  local function say(page, text)
    page:type("#say-text", text)
    page:click "#say"
  end

  local function whisper(page, name, text)
    page:type("#whisper-to", name)
    page:type("#whisper-text", text)
    page:click "#whisper"
  end

  it("says hello to a guest, who may do no more", function()
    local page = open()
    page:wait_text("#state", "Connected as a guest")
    assert.is_true(page:evaluate "document.querySelector('#say').disabled")
    assert.equal("0", page:text "#count")
    page:click "#hello"
    page:wait_text("#hello-answer", "Hello, stranger!")
  end)

  it("says hello by name", function()
    local page = enter "Grüße 世界"
    page:click "#hello"
    page:wait_text("#hello-answer", "Hello, Grüße 世界!")
  end)

  it("shows a room what somebody says, also who comes later", function()
    local ada, bob = enter "Ada", enter "Bob"
    say(ada, "Good morning!")
    ada:wait_text("#log .said", "Ada Good morning!")
    bob:wait_text("#log .said", "Ada Good morning!")
    local eve = enter "Eve"
    eve:wait_text("#log .said", "Ada Good morning!")
    assert.equal(0, eve:count "#log .missed")
  end)

  it("has rooms, of which it shows one", function()
    local ada, bob = enter "Ada", enter "Bob"
    say(ada, "in the lobby")
    bob:wait_text("#log .said", "in the lobby")
    bob:click "#rooms [value=garden]"
    ada:wait_text("#log", "Bob is gone")
    bob:wait_text("#count", "1")
    say(bob, "in the garden")
    bob:wait_text("#log .said", "in the garden")
    bob:click "#rooms [value=lobby]"
    ada:wait_text("#log", "Bob came in")
    bob:wait_text("#log .said", "in the lobby")
    for _, page in ipairs { ada, bob } do
      assert.is_nil(page:text("#log"):find "in the garden")
      assert.equal(1, page:count "#log .said")
    end
  end)

  it("shows a whisper in all tabs of one user, and to nobody else", function()
    local ada, bob, eve = enter "Ada", enter "Bob", enter "Eve"
    local tab = enter_again(bob, "Bob")
    whisper(ada, "Bob", "at noon")
    ada:wait_text("#whisper-answer", "Heard in 2 tabs")
    bob:wait_text("#log .whispered", "Ada whispers at noon")
    tab:wait_text("#log .whispered", "Ada whispers at noon")
    -- What is said behind it has arrived, so the whisper would have, too.
    say(ada, "See you!")
    eve:wait_text("#log .said", "Ada See you!")
    assert.is_nil(eve:text("#wire"):find "at noon")

    local picture = os.getenv "BASE_SCREENSHOT"
    if not picture then return end
    ada:size(1280, 844)
    bob:size(390, 844)
    say(bob, "Hello Ada, I have just come in.")
    ada:wait_text("#log", "just come in")
    bob:evaluate "document.querySelector('.start').scrollIntoView()"
    ada:evaluate "scrollTo(0, 0)"
    chromium:picture(picture, ada, bob)
  end)

  it("shows what strangers write as text, and nothing else", function()
    local stranger, ada = enter(MARKUP), enter "Ada"
    ada:wait_text("#users", MARKUP)
    whisper(stranger, "Ada", MARKUP .. "<b>psst</b>")
    ada:wait_text("#log .whispered", MARKUP .. " whispers " .. MARKUP)
    say(stranger, MARKUP)
    ada:wait_text("#log .said", MARKUP .. " " .. MARKUP)
    whisper(ada, MARKUP, "back")
    ada:wait_text("#whisper-answer", "Heard in one tab")
    for _, page in ipairs { stranger, ada } do
      assert.equal(0, page:count "main img, main b, [onerror]")
      assert.is_true(page:evaluate "window.hit === undefined")
    end
  end)

  it("shows who is here, as they come and go", function()
    local ada = enter "Ada"
    ada:wait_text("#count", "1")
    local bob = enter "Bob"
    ada:wait_text("#count", "2")
    ada:wait_text("#log", "Bob came in")
    bob:wait_text("#users", "AdaBob")
    ada:click "#users li:last-child button"
    assert.equal("Bob",
      ada:evaluate "document.querySelector('#whisper-to').value")
    assert.equal("whisper-text", ada:evaluate "document.activeElement.id")
    bob:click "#connect"
    bob:wait_text("#state", "Disconnected")
    ada:wait_text("#log", "Bob is gone")
    ada:wait_text("#count", "1")
  end)

  it("answers a question of the server", function()
    local ada = enter "Ada"
    ada:click "#quiz"
    ada:wait_text("#question", "What is ")
    local a, b = ada:text("#question"):match "(%d+) × (%d+)"
    ada:type("#answer-text", tostring(a * b))
    ada:click "#answer"
    ada:wait_text("#quiz-answer", "That is right!")

    ada:click "#quiz"
    ada:until_ "!document.querySelector('#question-form').hidden"
    ada:click "#pass"
    ada:wait_text("#quiz-answer", "No answer (passed).")
  end)

  it("shows an error with the ref that is in the log", function()
    local ada = enter "Ada"
    ada:click "#oops"
    ada:wait_text("#error", "failed")
    local ref = assert(ada:text("#error"):match "ref (%w+)")
    assert.matches("actions/oops.lua:4", base:log():match(
      "[^\n]*ref=" .. ref .. "[^\n]*"))
    ada:click "#unknown"
    ada:wait_text("#error", "unknown")
    whisper(ada, "Nobody", "hello?")
    ada:wait_text("#whisper-answer", "Nobody is not here.")
  end)

  it("shows a changed action after a reload, still connected", function()
    local ada = enter "Ada"
    ada:click "#hello"
    ada:wait_text("#hello-answer", "Hello, Ada!")
    files.write(base.dir .. "/actions/hello.lua", [[
      return function(_, message)
        return message:respond("alert", "Good day, " .. message.body .. ".")
      end]])
    base:reload()
    ada:click "#hello"
    ada:wait_text("#hello-answer", "Good day, Ada.")
    assert.is_nil(ada:text("#log"):find "Lost")
    local _, times = ada:text("#wire"):gsub('%["authenticated"', "")
    assert.equal(1, times)
  end)

  it("comes back by itself after a restart", function()
    local ada, bob = enter "Ada", enter "Bob"
    ada:wait_text("#count", "2")
    base:stop()
    for _, page in ipairs { ada, bob } do
      page:wait_text("#log", "Lost (1012)")
    end
    base = server.start { files = quickstart.files(), port = base.port }
    ada:wait_text("#state", "Connected as Ada", 20)
    bob:wait_text("#state", "Connected as Bob", 20)
    whisper(bob, "Ada", "we are back")
    ada:wait_text("#log", "Bob whispers we are back")

    -- Who knocks too early finds nobody, and Chromium says so.
    for _, text in ipairs(chromium:complaints()) do
      assert.matches("ERR_CONNECTION_REFUSED", text)
    end
  end)

  it("shows what was missed while the connection was lost", function()
    local ada, bob = enter "Ada", enter "Bob"
    ada:wait_text("#count", "2")
    bob:click "#lose"
    bob:wait_text("#log", "Lost (1005)")
    assert.equal("waiting", bob:evaluate "state.dataset.state")
    say(ada, "Bob is in a tunnel.")
    say(ada, "He will be back.")
    bob:wait_text("#state", "Connected as Bob")
    bob:wait_text("#lose-answer", "2 messages were said meanwhile.")
    assert.equal(2, bob:count "#log .missed")
    assert.is_nil(ada:text("#log"):find "is gone")
    bob:click "#lose"
    bob:wait_text("#log", "Lost (1005)")
    bob:wait_text("#lose-answer", "Nothing was said meanwhile.")
  end)

  it("has each answer in sight beside its button, on a phone", function()
    local page = open()
    page:size(390, 844)
    page:wait_text("#state", "Connected as a guest")
    page:type("#name", "Ada")
    page:click "#name-set"
    page:wait_text("#users", "Ada")

    -- Whether all of an element is between the top and the wire.
    local function assert_in_sight(selector)
      assert.is_true(page:evaluate(([[(() => {
        const { top, bottom, left, right } =
          document.querySelector("%s").getBoundingClientRect();
        const wire = document.querySelector(".wire-panel");
        const header = document.querySelector(".top");
        return top >= header.getBoundingClientRect().bottom && left >= 0
          && bottom <= wire.getBoundingClientRect().top && right <= 390;
      })()]]):format(selector)), selector)
    end

    for button, output in pairs { hello = "hello-answer", oops = "error",
      lose = "lose-answer" } do
      page:click("#" .. button)
      page:until_(("document.querySelector('#%s').textContent"):format(output))
      assert_in_sight("#" .. output)
    end
    say(page, "on a phone")
    page:wait_text("#log .said", "on a phone")
    assert_in_sight "#log"
    whisper(page, "Ada", "to myself")
    page:wait_text("#whisper-answer", "Heard in one tab")
    assert_in_sight "#whisper-answer"
    assert.is_true(page:evaluate
      "document.documentElement.scrollWidth <= innerWidth")
  end)

  it("speaks permessage-deflate with the server", function()
    local page = open()
    page:wait_text("#state", "Connected as a guest")
    page:evaluate [[(() => {
      const text = JSON.stringify(["ping", "ü".repeat(20000), 1]);
      window.peer = new WebSocket(`ws://${location.host}/`);
      peer.onopen = () => peer.send(text);
      peer.onmessage = ({ data }) => {
        if (data.startsWith('["pong"'))
          window.answered = data.replace("pong", "ping") === text;
      };
    })()]]
    page:until_ "window.answered !== undefined"
    assert.is_true(page:evaluate "window.answered")
    assert.equal("permessage-deflate; server_no_context_takeover; "
      .. "client_no_context_takeover", page:evaluate "peer.extensions")
  end)
end)

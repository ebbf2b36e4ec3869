-- examples/stream with the real Python, in a real browser. BASE_SCREENSHOT=path
-- saves pictures: path, with "stream" and "stream-phone" before its ending.
local socket = require "socket"

local browser = require "spec.support.peers.browser"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local PROJECT = "examples/stream"
local QUESTION = "<b>What is a channel?</b>"

local function takes_connections(port)
  local peer = socket.connect("127.0.0.1", port)
  if peer then peer:close() end
  return peer ~= nil
end

-- What an answer comes to.
local function whole_text(question)
  local text = files.read(PROJECT .. "/answer.txt"):gsub("%s+$", "")
  return "You asked: " .. (question or QUESTION) .. "\n\n" .. text
end

describe("The answer that is streamed", function()
  local chromium, base, app, env, url

  setup(function()
    chromium = browser.start()
  end)

  teardown(function()
    chromium:stop()
  end)

  -- So many seconds between two words.
  local function start_app(pause)
    env.PAUSE = pause
    app = process.start({ "python3", PROJECT .. "/app.py" }, env)
    wait.for_(20, "the application", function()
      return takes_connections(env.APP_PORT)
    end)
  end

  before_each(function()
    env = {
      BASE_KEY = ("k"):rep(32), APP_PORT = server.free_port(),
      BASE_PORT = server.free_port(), BASE_API_PORT = server.free_port(),
      LD_PRELOAD = false, PYTHONDONTWRITEBYTECODE = "1",
    }
    start_app "0.01"
    base = server.start { project = PROJECT, port = env.BASE_PORT, env = env }
    url = ("http://127.0.0.1:%d/"):format(env.APP_PORT)
  end)

  after_each(function()
    chromium:clear()
    base:stop()
    app:remove()
  end)

  local function open(context)
    local page = chromium:open(context or chromium:context(), url)
    page:wait_text("#state", "Live")
    return page
  end

  local function ask(page, question)
    page:type("#question", question or QUESTION)
    page:click "#ask button"
  end

  -- Waits until there are so many words, and says how many there are.
  local function wait_words(page, count)
    page:until_(([[(document.querySelector(".text")?.textContent ?? "")
      .split(/\s+/).length > %d]]):format(count))
  end

  local function wait_whole(page)
    page:until_("document.querySelector('article.done')", 60)
    assert.equal(whole_text(), page:text ".text")
    assert.equal(1, page:count "article")
    assert.equal(0, page:count "article b")
  end

  it("grows in all tabs of a user, and in nobody else's", function()
    local page, stranger = open(), open()
    local tab = open(page.context)
    ask(page)
    wait_words(page, 20)
    wait_words(tab, 20)
    wait_whole(page)
    wait_whole(tab)
    assert.equal(0, stranger:count "article")
    assert.same({}, chromium:complaints())
  end)

  it("goes on without a gap when the page is loaded again", function()
    app:remove()
    start_app "0.04" -- it is not at its end before the last time
    local page = open()
    ask(page)
    for count = 40, 120, 40 do
      wait_words(page, count)
      page:reload()
    end
    assert.equal(0, page:count "article.done")
    wait_whole(page)
  end)

  it("goes on without a gap while a new server takes over", function()
    local page = open()
    ask(page)
    wait_words(page, 40)
    base:signal "USR2"
    base:wait_log("is starting", 20)
    wait_whole(page)
  end)

  it("survives the end of the server", function()
    local page = open()
    ask(page)
    wait_words(page, 60)
    base:signal "KILL"
    base:wait_end(137)
    base = server.start { project = PROJECT, port = env.BASE_PORT, env = env }
    wait_whole(page)
  end)

  it("shows several answers, the newest first", function()
    local page = open()
    ask(page)
    wait_words(page, 5)
    ask(page, "And why?")
    page:until_("document.querySelectorAll('.done').length === 2", 60)
    assert.equal("And why?", page:text "h2")
    page:reload()
    page:until_("document.querySelectorAll('.done').length === 2", 60)
    assert.equal("And why?", page:text "h2")
  end)

  it("reads from the application what the channel no longer has", function()
    local page = open()
    local questions = { "First?", "Second?", "Third?" }
    for i, question in ipairs(questions) do -- more words than it keeps
      ask(page, question)
      page:until_(("document.querySelectorAll('article').length === %d")
        :format(i))
    end
    page:until_("document.querySelectorAll('.done').length === 3", 60)
    page:reload()
    page:until_("document.querySelectorAll('.done').length === 3", 60)
    for i, question in ipairs(questions) do
      assert.equal(whole_text(question),
        page:text(("article:nth-last-child(%d) .text"):format(i)))
    end
    local times = page:evaluate [[performance.getEntriesByType("resource")
      .filter(({ name }) => name.endsWith("/answers")).length]]
    assert.is_true(times > 0 and times < 5, times .. " times")
  end)

  it("fits into a wide window and on a phone", function()
    local page = open()
    local tab = open(page.context)
    page:size(1280, 800)
    tab:size(390, 844)
    ask(page)
    wait_words(tab, 100)
    local path = os.getenv "BASE_SCREENSHOT"
    if path then
      path = path:gsub("%.png$", "")
      chromium:picture(path .. "-stream.png", page)
      chromium:picture(path .. "-stream-phone.png", tab)
    end
    for _, each in ipairs { page, tab } do
      assert.is_true(each:evaluate
        "document.documentElement.scrollWidth <= innerWidth")
    end
  end)

  it("runs by one command, which ends both", function()
    local ports = { server.free_port(), server.free_port(),
      server.free_port() }
    local own = { BASE_PROGRAM = files.run("realpath " .. server.program()),
      LD_PRELOAD = false, PYTHONDONTWRITEBYTECODE = "1" }
    local words = { "setsid", "env", "--default-signal=INT",
      PROJECT .. "/run", "--port", ports[1], "--base-port", ports[2],
      "--api-port", ports[3] }
    local run = process.start(words, own)
    wait.for_(20, "all ports", function()
      for _, port in ipairs(ports) do
        if not takes_connections(port) then return false end
      end
      return true
    end)
    local page = http.request { port = ports[1] }
    local peer = assert(client.connect { port = ports[2], headers = {
      Cookie = page.headers["set-cookie"]:match "^[^;]*" } })
    assert.equal("authenticated", peer:receive_message()[1])

    -- As Ctrl-C does, for the whole group. Base waits for its client: it is
    -- told once.
    os.execute(("kill -INT -%d"):format(run.id))
    assert.equal(0, run:wait_end(30))
    assert.is_nil(run:log():find("second signal", 1, true))
    run:remove()
    for _, port in ipairs(ports) do
      assert.is_false(takes_connections(port))
    end
    local help = process.start({ PROJECT .. "/run", "--help" }, own)
    assert.equal(0, help:wait_end(10))
    assert.matches("^usage: examples/stream/run", help:log())
    help:remove()
  end)
end)

-- examples/php with the real PHP, in a real browser. BASE_SCREENSHOT=path saves
-- pictures: path, with "before", "after" and "logout" before its ending.
local cjson = require "cjson"
local socket = require "socket"

local browser = require "spec.support.peers.browser"
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"
local wait = require "spec.support.wait"

local PROJECT = "examples/php"
local MARKUP = "<img src=x onerror=window.hit=1>"

local function takes_connections(port)
  local peer = socket.connect("127.0.0.1", port)
  if peer then peer:close() end
  return peer ~= nil
end

describe("The example with PHP", function()
  local chromium, base, php, env, url

  local function start_php()
    php = process.start({ "setsid", "php", "-S",
      "127.0.0.1:" .. env.PHP_PORT, "-t", PROJECT .. "/web" }, env)
    wait.for_(10, "PHP", function()
      return takes_connections(env.PHP_PORT)
    end)
  end

  -- Ends PHP with its workers, which are a group.
  local function stop_php()
    os.execute(("kill -TERM -%d"):format(php.id))
    php:wait_end(10)
    php:remove()
    wait.for_(10, "the end of PHP", function()
      return not takes_connections(env.PHP_PORT)
    end)
  end

  setup(function()
    chromium = browser.start()
  end)

  teardown(function()
    chromium:stop()
  end)

  before_each(function()
    env = {
      APP_DATA = files.folder(), BASE_KEY = ("k"):rep(32),
      BASE_PORT = server.free_port(), BASE_API_PORT = server.free_port(),
      PHP_PORT = server.free_port(), PHP_CLI_SERVER_WORKERS = "4",
      LD_PRELOAD = false,
    }
    files.run("mkdir " .. env.APP_DATA .. "/sessions")
    files.run(("APP_DATA=%s php %s/setup.php"):format(env.APP_DATA, PROJECT))
    start_php()
    base = server.start { project = PROJECT, port = env.BASE_PORT, env = env }
    url = ("http://127.0.0.1:%d/"):format(env.PHP_PORT)
  end)

  after_each(function()
    chromium:clear()
    base:stop()
    stop_php()
    files.remove(env.APP_DATA)
  end)

  local function log_in(name, password, page)
    page = page or chromium:open(chromium:context(), url)
    page:wait_text("h2", "Log in")
    page:type("#name", name)
    page:type("#password", password)
    page:click "#login"
    return page
  end

  local function enter(name)
    local password = name == "Ada" and "lovelace" or "builder"
    local page = log_in(name, password)
    page:wait_text("#state", "Live as " .. name)
    return page
  end

  local function tab_of(page)
    local tab = chromium:open(page.context, url)
    tab:wait_text("#state", "Live as")
    return tab
  end

  local function write_note(page, text)
    page:type("#text", text)
    page:click "#send"
    page:wait_text("#notice", "it")
    page:wait_text("#state", "Live as")
  end

  -- One more socket of a page, whose close code it keeps.
  local function listen(page)
    page:evaluate(([[(() => {
      const socket = new WebSocket("ws://127.0.0.1:%d/");
      window.code = undefined;
      socket.onmessage = () => window.heard = true;
      socket.onclose = ({ code }) => window.code = code;
    })()]]):format(env.BASE_PORT))
  end

  -- What Base tells PHP of Ada: whether she is online, in how many tabs.
  local function ada_is()
    local answer = http.request { port = env.BASE_API_PORT, method = "GET",
      path = "/users/1",
      headers = { Authorization = "Bearer " .. env.BASE_KEY } }
    local body = cjson.decode(answer.body)
    return body.online, body.connections and #body.connections
  end

  local function picture(name, ...)
    local path = os.getenv "BASE_SCREENSHOT"
    if not path then return end
    chromium:picture(path:gsub("%.png$", "") .. "-" .. name .. ".png", ...)
  end

  it("shows a note at once in all tabs of whom it is for", function()
    local ada, bob = enter "Ada", enter "Bob"
    local tab = tab_of(ada)
    picture("before", ada, bob)
    write_note(bob, "The tent is dry.")
    assert.equal("Ada sees it now.", bob:text "#notice")
    ada:wait_text("#notes .new", "Bob The tent is dry.")
    tab:wait_text("#notes .new", "Bob The tent is dry.")
    picture("after", ada, bob)
    write_note(ada, "Thanks!")
    bob:wait_text("#notes .new", "Ada Thanks!")
    assert.is_nil(bob:text("#notes"):find "tent", nil, true)
  end)

  it("has an icon, which its own policy lets through", function()
    local ada = enter "Ada"
    assert.equal(32, ada:evaluate [[(async () => {
      const icon = new Image(32);
      icon.src = document.querySelector("link[rel=icon]").href;
      await icon.decode();
      return icon.width;
    })()]])
    assert.same({}, chromium:complaints())
  end)

  it("shows what somebody writes as text, live and after", function()
    local ada, bob = enter "Ada", enter "Bob"
    write_note(bob, MARKUP)
    ada:wait_text("#notes .new", MARKUP)
    ada:evaluate "location.reload()"
    ada:until_ "!document.querySelector('.new')"
    ada:wait_text("#notes", MARKUP)
    assert.equal(0, ada:count "main img")
    assert.is_true(ada:evaluate "window.hit === undefined")
  end)

  it("asks the owner, and does what the answer says", function()
    local ada, bob = enter "Ada", enter "Bob"
    local tab = tab_of(ada)
    bob:click "[data-thing='1'] button"
    tab:wait_text("#questions", "Bob would like to borrow your ladder.")
    ada:wait_text("#questions", "Bob would like to borrow your ladder.")
    picture("question", ada, bob)
    ada:click ".yes"
    bob:wait_text("#notice", "The ladder is yours for now.")
    bob:wait_text("[data-thing='1']", "Bob has it")
    ada:wait_text("[data-thing='1']", "Bob has it")
    tab:until_ "!document.querySelector('.question')"

    bob:click "[data-thing='2'] button"
    ada:wait_text("#questions", "your tent")
    ada:click ".no"
    bob:wait_text("#notice", "Ada would rather not.")
    assert.equal("", bob:text "[data-thing='2'] .holder")
  end)

  it("lets somebody in who opens a page while PHP asks", function()
    local ada, bob = enter "Ada", enter "Bob"
    bob:click "[data-thing='1'] button"
    ada:wait_text("#questions", "ladder")
    tab_of(ada)
    tab_of(bob)
    ada:click ".yes"
    bob:wait_text("#notice", "yours for now")
  end)

  it("takes loading a page again for no departure", function()
    local ada = enter "Ada"
    ada:evaluate "location = 'about:blank'"
    wait.for_(4, "no tab, and Ada still online", function()
      local online, tabs = ada_is()
      return online and tabs == 0
    end)
    ada:evaluate(("location = %q"):format(url))
    ada:wait_text("#state", "Live as Ada")
    assert.same({ true, 1 }, { ada_is() })
  end)

  it("says that the owner is not here", function()
    local bob = enter "Bob"
    bob:click "[data-thing='1'] button"
    bob:wait_text("#notice", "Ada is not here.")
  end)

  it("ends a user's sockets with the logout", function()
    local ada, bob = enter "Ada", enter "Bob"
    local tab, elsewhere = tab_of(ada), enter "Ada"
    listen(tab)
    tab:until_ "window.heard"
    ada:click "#logout"
    ada:wait_text("#notice", "You are logged out")
    tab:wait_text("#state", "Logged out.")
    elsewhere:wait_text("#state", "Logged out.")
    tab:until_ "window.code"
    assert.equal(4003, tab:evaluate "window.code")
    picture("logout", ada, tab)
    bob:wait_text("#state", "Live as Bob")

    -- The cookies that they still have open nothing.
    for _, page in ipairs { tab, elsewhere } do
      listen(page)
      page:until_ "window.code"
      assert.equal(4001, page:evaluate "window.code")
      page:evaluate "location.reload()"
      page:wait_text("h2", "Log in")
    end
    log_in("Ada", "lovelace", tab)
    tab:wait_text("#state", "Live as Ada")
  end)

  it("lets nobody in with a wrong password", function()
    local page = log_in("Ada", "wrong")
    page:wait_text("#wrong", "Name or password is wrong.")
    local nobody = log_in("Eve", "lovelace")
    nobody:wait_text("#wrong", "Name or password is wrong.")
    local status = page:evaluate "fetch('me.php').then((r) => r.status)"
    assert.equal(401, status)
  end)

  it("takes no form without the session's token", function()
    local ada = enter "Ada"
    for _, page in ipairs { "note", "borrow", "logout" } do
      assert.equal(403, ada:evaluate(
        ("fetch('%s.php', { method: 'POST' }).then((r) => r.status)")
          :format(page)))
    end
    ada:evaluate "location.reload()"
    ada:wait_text("#state", "Live as Ada")
    assert.equal("", ada:evaluate "document.cookie")
  end)

  it("has clients come back when PHP was away", function()
    local ada = enter "Ada"
    stop_php()
    base:stop()
    base = server.start { project = PROJECT, port = env.BASE_PORT, env = env }
    base:wait_log("unreachable", 20)
    ada:wait_text("#state", "Away, coming back…")
    start_php()
    ada:wait_text("#state", "Live as Ada", 30)
  end)

  it("runs by one command, which ends both", function()
    local ports = {
      PHP_PORT = server.free_port(), BASE_PORT = server.free_port(),
      BASE_API_PORT = server.free_port(), APP_DATA = files.folder(),
      BASE_PROGRAM = files.run("realpath " .. server.program()),
      LD_PRELOAD = false,
    }
    local run = process.start({ PROJECT .. "/run" }, ports)
    wait.for_(20, "both", function()
      return takes_connections(ports.PHP_PORT)
        and takes_connections(ports.BASE_PORT)
    end)
    assert.equal("600", files.run("stat -c %a " .. ports.APP_DATA .. "/key"))
    local again = process.start({ PROJECT .. "/run" }, ports)
    assert.equal(1, again:wait_end(10))
    assert.matches("port " .. ports.PHP_PORT .. " is taken", again:log(), 1,
      true)
    again:remove()
    run:signal "TERM"
    assert.equal(0, run:wait_end(20))
    run:remove()
    for _, name in ipairs { "PHP_PORT", "BASE_PORT", "BASE_API_PORT" } do
      assert.is_false(takes_connections(ports[name]))
    end
    files.remove(ports.APP_DATA)
  end)
end)

-- TLS: the setting `tls`, and reading the certificate again on SIGHUP.
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local socket = require "socket"
local stream = require "spec.support.peers.stream"

local MAKE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
  .. "-nodes -days 2 -subj /CN=%s -keyout %s.key -out %s.pem"

local ECHO = [[
return function(_, message)
  return message:respond("echo", message.body)
end
]]

describe("TLS", function()
  local folder, base

  local function make_certificate(name)
    local path = files.quote(folder .. "/" .. name)
    files.run(MAKE:format(name, path, path))
  end

  -- Puts certificate and key, of one name or of two, where the server looks.
  local function install(certificate, key)
    files.write(folder .. "/used.pem",
      files.read(folder .. "/" .. certificate .. ".pem") or certificate)
    files.write(folder .. "/used.key",
      files.read(folder .. "/" .. (key or certificate) .. ".key") or key)
  end

  local function options()
    return {
      files = { ["actions/echo.lua"] = ECHO },
      settings = ('tls = { certificate = %q, key = %q },'):format(
        folder .. "/used.pem", folder .. "/used.key"),
    }
  end

  local function join(tls)
    return client.join { port = base.port, tls = tls or true }
  end

  local function name_shown()
    local peer = join()
    local subject = peer.stream.socket:getpeercertificate():subject()
    peer:close()
    return subject[1].value
  end

  setup(function()
    folder = files.folder()
    make_certificate "first"
    make_certificate "second"
    files.run(("openssl genrsa -out %s 2048"):format(
      files.quote(folder .. "/rsa.key")))
  end)

  before_each(function()
    install "first"
    base = server.start(options())
  end)

  after_each(function()
    base:stop()
  end)

  teardown(function()
    files.remove(folder)
  end)

  it("carries a conversation", function()
    local peer = join()
    local text = ("x"):rep(60000)
    for i = 1, 10 do
      peer:send_message("echo", text, i)
      assert.same({ "echo", text, i }, peer:receive_message())
    end
    peer:send_close(1000)
    assert.equal(1000, (peer:expect_close()))
  end)

  it("carries many messages at once, in their order", function()
    local peer = join()
    local bytes = {}
    for i = 1, 60 do
      bytes[i] = frame.print {
        payload = ('["echo","%s",%d]'):format(("x"):rep(i * 50), i),
      }
    end
    peer:send_raw(table.concat(bytes))
    for i = 1, 60 do
      local message = peer:receive_message()
      assert.same({ i * 50, i }, { #message[2], message[3] })
    end
    peer:close()
  end)

  for _, version in ipairs { "tlsv1_2", "tlsv1_3" } do
    it("takes records that came while it was away, all of them, in " .. version,
      function()
        local peer = join { protocol = version }
        base.process:signal "STOP"
        for i = 1, 60 do
          peer:send_message("echo", ("x"):rep(i * 50), i)
        end
        base.process:signal "CONT"
        for i = 1, 60 do
          local message = peer:receive_message()
          assert.same({ i * 50, i }, { #message[2], message[3] })
        end
        peer:close()
      end)
  end

  it("outlives one who speaks and leaves in the same breath", function()
    local peer = join()
    base.process:signal "STOP"
    peer:send_message("echo", "last words", 1)
    peer.stream.socket:close() -- close_notify and FIN
    base.process:signal "CONT"
    local other = join()
    other:send_message("echo", "still there", 1)
    assert.same({ "echo", "still there", 1 }, other:receive_message())
    other:close()
  end)

  it("is spoken in the versions 1.2 and 1.3", function()
    for _, version in ipairs { "tlsv1_2", "tlsv1_3" } do
      local peer = join { protocol = version }
      peer:send_message("echo", version, 1)
      assert.same({ "echo", version, 1 }, peer:receive_message())
      peer:close()
    end
  end)

  it("is taken by who offers HTTP/2 too", function()
    local peer = join { alpn = { "h2", "http/1.1" } }
    assert.equal("http/1.1", peer.stream.socket:getalpn())
    peer:close()
  end)

  it("is not left out for who speaks in the clear", function()
    local peer = stream.connect { port = base.port }
    peer:send(client.handshake {})
    local got = assert(peer:read_all(socket.gettime() + 10))
    assert.is_nil(got:find "HTTP/1.1 101")
    peer:close()
    assert.equal("first", name_shown())
  end)

  it("shows a new certificate after SIGHUP, and ends nothing", function()
    local peer = join()
    install "second"
    assert.equal("first", name_shown())
    base:reload()
    assert.equal("second", name_shown())
    peer:send_message("echo", "still here", 1)
    assert.same({ "echo", "still here", 1 }, peer:receive_message())
    peer:close()
  end)

  local BAD = {
    { "a key that belongs to another", "second", "first",
      "does not belong to" },
    { "a key of another kind", "second", "rsa", "does not belong to" },
    { "a certificate that is none", "nonsense", "first",
      "the certificate .* cannot be used" },
    { "a key that is none", "first", "nonsense", "the key .* cannot be used" },
    { "an empty certificate", "", "first",
      "the certificate .* cannot be used" },
  }

  for _, case in ipairs(BAD) do
    local name, certificate, key, complaint = table.unpack(case)

    it("keeps the old certificate instead of " .. name, function()
      install(certificate, key)
      base:reload()
      base:wait_log("error tls: [^\n]*" .. complaint)
      base:wait_log "with the old certificate"
      assert.equal("first", name_shown())

      install "second"
      base:reload()
      assert.equal("second", name_shown())
    end)

    it("does not start with " .. name, function()
      install(certificate, key)
      local other = server.launch(options())
      local _, log = other:wait_end(1)
      assert.truthy(log:find(complaint), log)
      assert.is_nil(log:find "listening")
    end)
  end

  it("says that scripts which do not load leave the new certificate",
    function()
      local action = base.dir .. "/actions/echo.lua"
      files.write(action, "return nonsense(")
      install "second"
      base:signal "HUP"
      base:wait_log("error not reloaded: the old scripts stay, with the "
        .. "certificate read again")
      assert.equal("second", name_shown())
      install("nonsense", "first")
      base:signal "HUP"
      base:wait_log("error not reloaded: the old scripts and the old "
        .. "certificate stay")
      assert.equal("second", name_shown())
    end)

  it("keeps the old certificate when the file is gone", function()
    files.remove(folder .. "/used.pem")
    base:signal "HUP"
    base:wait_log "reloaded"
    assert.equal("first", name_shown())
  end)
end)

describe("A TLS handshake without a limit", function()
  -- libwebsockets has one of its own, 5 seconds, where it is told none.
  local OWN_LIMIT = 5

  it("may begin late", function()
    local folder = files.folder()
    local path = files.quote(folder .. "/one")
    files.run(MAKE:format("one", path, path))
    local base <close> = server.start {
      settings = ("tls = { certificate = %q, key = %q }, "
        .. "limits = { handshake_time = 0 },"):format(folder .. "/one.pem",
        folder .. "/one.key") }
    local silent = stream.connect { port = base.port }
    assert.same({ nil, "timeout" },
      { silent:read(1, socket.gettime() + OWN_LIMIT + 1) })
    local secure = assert(require "ssl".wrap(silent.socket,
      { mode = "client", protocol = "any", verify = "none" }))
    secure:settimeout(5)
    assert.is_true(secure:dohandshake())
    secure:close()
    files.remove(folder)
  end)
end)

describe("A Unix socket", function()
  it("is spoken to in the clear beside TLS", function()
    local folder = files.folder()
    local path = files.quote(folder .. "/one")
    files.run(MAKE:format("one", path, path))
    local unix, port = folder .. "/base.sock", server.free_port()
    do
      local base <close> = server.start { port = false, files = {
        ["base.lua"] = ([[
          return {
            listen = { "127.0.0.1:%d", "unix:%s" },
            tls = { certificate = %q, key = %q },
            authenticate = function(connection, register)
              register(connection, { id = connection.address })
            end,
          }]]):format(port, unix, folder .. "/one.pem", folder .. "/one.key"),
      } }
      base:wait_log("listening", 5, 2)
      local peer = client.join { unix = unix }
      assert.equal("unix", peer.authenticated.id)
      peer:close()
      local secure = client.join { port = port, tls = true }
      assert.equal("127.0.0.1", secure.authenticated.id)
      secure:close()
    end
    files.remove(folder)
  end)
end)

-- What base check finds is what would keep the server from starting.
local files = require "spec.support.files"
local http = require "spec.support.peers.http"
local process = require "spec.support.process"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"

local IS_ROOT = files.run "id -u" == "0"

local BASE_LUA = [[
return {
  %s
  authenticate = function(connection, register)
    register(connection, { id = 1 })
  end,
}]]

-- As somebody who is not root, with a copy of the program and the project of
-- which the rest may be nobody's to read.
local AS_NOBODY = { "sh", "-c", [[
  cp "$1" "$0/program" && chmod a+rx "$0" "$0/program" && shift &&
  exec setpriv --reuid 65534 --clear-groups "$0/program" "$@"]] }

describe("base check", function()
  local folder

  before_each(function() folder = files.folder() end)
  after_each(function() files.remove(folder) end)

  local function write(settings)
    files.write(folder .. "/base.lua", BASE_LUA:format(settings))
  end

  local function run(under, ...)
    local words = table.move(under or {}, 1, #(under or {}), 1, {})
    if under == AS_NOBODY then words[#words + 1] = folder end
    table.move({ server.program(), ... }, 1, 1 + select("#", ...), #words + 1,
      words)
    local child = process.start(words)
    local status = child:wait_end(20)
    local log = child:log()
    child:remove()
    return status, log
  end

  -- Both see it, and check names the file and the setting.
  local function refuses(settings, line, options)
    options = options or {}
    write(settings)
    local args = options.args or {}
    local status, log = run(options.under, "check", folder,
      table.unpack(args))
    assert.equal(1, status, log)
    assert.truthy(log:find(line, 1, true), log)
    local started, why = run(options.under, folder, table.unpack(args))
    assert.equal(1, started, why)
    return log
  end

  local function passes(settings)
    write(settings)
    local status, log = run(nil, "check", folder)
    assert.equal("no mistakes\n", (log:gsub("^note: [^\n]*\n", "")))
    assert.equal(0, status)
    return log
  end

  it("recommends origins where others than this machine connect", function()
    for _, settings in ipairs { "", 'listen = { "127.0.0.1:1", ":9000" },',
      'listen = { { "127.0.0.1:9000", proxy = true } },' } do
      assert.matches("^note: 'origins' is not set: [^\n]*\nno mistakes\n$",
        passes(settings))
    end
    for _, settings in ipairs { 'address = "127.0.0.1",',
      'listen = { "[::1]:9000", "unix:base.sock" },', "origins = {},",
      'origins = { "https://shop.example" },' } do
      assert.equal("no mistakes\n", passes(settings))
    end
  end)

  describe("reads certificate and key:", function()
    local pairs_of = {}

    setup(function()
      for i = 1, 2 do pairs_of[i] = story.certificate() end
    end)
    teardown(function()
      for i = 1, 2 do files.remove(pairs_of[i]) end
    end)

    local function tls(certificate, key)
      return ('tls = { certificate = "%s", key = "%s" },'):format(certificate,
        key)
    end

    it("a pair", function()
      passes(tls(pairs_of[1] .. "/certificate.pem", pairs_of[1] .. "/key.pem"))
    end)

    it("the key of another one", function()
      refuses(tls(pairs_of[1] .. "/certificate.pem", pairs_of[2] .. "/key.pem"),
        "base.lua: 'tls.key': the key '" .. pairs_of[2]
          .. "/key.pem' does not belong to the certificate")
    end)

    it("what is none", function()
      files.write(folder .. "/garbage.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
      files.write(folder .. "/empty.pem", "")
      for _, name in ipairs { "garbage.pem", "empty.pem" } do
        refuses(tls(folder .. "/" .. name, pairs_of[1] .. "/key.pem"),
          "base.lua: 'tls.certificate': the certificate")
        refuses(tls(pairs_of[1] .. "/certificate.pem", folder .. "/" .. name),
          "base.lua: 'tls.key': the key")
      end
    end)

    it("a key that needs a passphrase", function()
      files.run(("openssl ec -aes128 -passout pass:secret -in %s/key.pem "
        .. "-out %s/locked.pem"):format(pairs_of[1], folder))
      refuses(tls(pairs_of[1] .. "/certificate.pem", folder .. "/locked.pem"),
        "base.lua: 'tls.key': the key")
    end)
  end)

  describe("looks at each place to listen:", function()
    local KEY = 'key = "0123456789abcdef"'

    for name, case in pairs {
      ["one twice"] =
        { '"127.0.0.1:9000", "127.0.0.1:9000"', "127.0.0.1:9000" },
      ["all addresses, and one of them"] =
        { '"127.0.0.1:9000", ":9000"', ":9000" },
      ["all addresses twice"] = { '":9000", "0.0.0.0:9000"', "0.0.0.0:9000" },
      ["all of IPv6, and all"] = { '":9000", "[::]:9000"', "[::]:9000" },
      ["all of IPv4, and one of them"] =
        { '"0.0.0.0:9000", "127.0.0.1:9000"', "127.0.0.1:9000" },
      ["IPv6 in two spellings"] =
        { '"[::1]:9000", "[0:0::0:0001]:9000"', "[0:0::0:0001]:9000" },
      ["with PROXY headers, and without"] =
        { '"127.0.0.1:9000", { "127.0.0.1:9000", proxy = true }',
          "proxy 127.0.0.1:9000" },
      ["a Unix socket twice"] =
        { '"unix:a.sock", "unix:./a.sock"', "unix:./a.sock" },
    } do
      it(name, function()
        refuses(("listen = { %s },"):format(case[1]), "base.lua: 'listen[2]' ('"
          .. case[2] .. "') is the same address as 'listen[1]'")
      end)
    end

    it("the API's and the clients'", function()
      refuses('port = 9000, api = { listen = ":9000", ' .. KEY .. " },",
        "base.lua: 'api.listen' (':9000') is the same address as 'port' "
          .. "(':9000')")
      refuses('address = "127.0.0.1", api = { listen = "127.0.0.1:9100", '
        .. KEY .. " },",
        "base.lua: 'api.listen' ('127.0.0.1:9100') is the same address as "
          .. "'port'",
        { args = { "--port", "9100" } })
    end)

    it("a Unix socket by way of a link", function()
      files.run(("mkdir %s/run && ln -s run %s/also"):format(folder, folder))
      refuses(('listen = { "unix:%s/run/a", "unix:also/a" },'):format(folder),
        "base.lua: 'listen[2]' ('unix:also/a') is the same address as "
          .. "'listen[1]'")
    end)

    it("those that only look alike", function()
      passes [[listen = { "127.0.0.1:9000", "127.0.0.2:9000", "[::1]:9000",
        "127.0.0.1:9001", "unix:a.sock", "unix:b.sock", "systemd",
        "systemd:api" },]]
    end)

    it("an address of another machine", function()
      refuses('listen = "192.0.2.1:9000",', "base.lua: 'listen': cannot listen "
        .. "on 192.0.2.1:9000: this machine has no such address")
    end)

    it("a Unix socket where none can be", function()
      refuses('listen = "unix:nowhere/a.sock",', "base.lua: 'listen': cannot "
        .. "listen on unix:nowhere/a.sock: there is no such folder")
      files.write(folder .. "/file", "")
      refuses('listen = "unix:file",', "base.lua: 'listen': cannot listen on "
        .. "unix:file: a file of that name exists and is not a socket")
      refuses('listen = "unix:file/a",', "base.lua: 'listen': cannot listen")
      refuses(('listen = "unix:%s",'):format(("x"):rep(108)),
        "whose path is longer than 107 bytes")
    end)

    it("one where somebody listens, whom it does not disturb", function()
      local path = folder .. "/base.sock"
      local settings = [[http = function() return 204 end,
        listen = { "127.0.0.1:%d", "unix:%s" },]]
      local base <close> = server.start { files = {
        ["base.lua"] = BASE_LUA:format(settings:format(1, path)),
      } }
      passes(settings:format(base.port, path))
      assert.equal(204, http.request(base).status)
      assert.equal(204, http.request { unix = path }.status)
    end)
  end)

  it("finds a user that is none", function()
    refuses('user = "no-such-user",',
      "base.lua: 'user': cannot become the account "
      .. "'no-such-user': there is no such account")
    refuses('user = "nobody:no-such-group",', "there is no such group")
    refuses('user = "root",', "that is root")
  end)

  it("goes on with what is left when an action has a mistake", function()
    files.write(folder .. "/actions/bad.lua", "oops oops")
    local log = refuses('user = "no-such-user",', "actions/bad.lua:1: ")
    assert.truthy(log:find("'user': cannot become the account", 1, true), log)
  end)

  if not IS_ROOT then return end

  describe("looks at what its user may:", function()
    it("become root's, and take only what there is of its rights", function()
      passes 'user = "nobody:nogroup",'
      refuses('user = "nobody",', "base.lua: 'user': cannot become the account "
        .. "'nobody': Operation not permitted", { under = { "setpriv",
          "--bounding-set", "-setuid,-setgid" } })
      refuses('user = "nobody",', "could become root again", { under = {
        "setpriv", "--securebits", "+no_setuid_fixup" } })
    end)

    it("be nobody else", function()
      refuses('user = "daemon",', "base.lua: 'user': cannot become the account "
        .. "'daemon': only root can", { under = AS_NOBODY })
    end)

    it("read", function()
      for _, case in ipairs {
        { "mkdir %s/actions && chmod 700 %s/actions", "",
          "actions: cannot be read: Permission denied" },
        { "mkdir -p %s/actions/a && chmod 700 %s/actions/a", "",
          "actions/a: cannot be read: Permission denied" },
        { "mkdir %s/actions && chmod 744 %s/actions && ln -s a %s/actions/b",
          "", "actions/b: cannot be read: Permission denied" },
        { "mkdir %s/public && chmod 700 %s/public", "",
          "base.lua: 'public' cannot be read: Permission denied" },
        { "mkdir %s/files && chmod 700 %s/files", 'public = "files",',
          "base.lua: 'public' must be the path of a folder, but is "
            .. '"files", which cannot be read: Permission denied' },
        { "mkdir %s/doing && chmod 700 %s/doing",
          'actions = { path = "doing" },', "base.lua: 'actions.path'" },
        { "touch %s/key.pem && chmod 600 %s/key.pem",
          'tls = { certificate = "key.pem", key = "key.pem" },',
          "base.lua: 'tls.key' must be the path of a PEM file, but is "
            .. '"key.pem", which cannot be read: Permission denied' },
      } do
        files.run((case[1]:gsub("%%s", files.quote(folder))))
        refuses(case[2], case[3], { under = AS_NOBODY })
        files.run(("rm -rf %s/*"):format(folder))
      end
    end)

    it("listen on", function()
      files.run("mkdir -m 755 " .. folder .. "/run")
      refuses('listen = "unix:run/a.sock",', "base.lua: 'listen': cannot "
        .. "listen on unix:run/a.sock: permission denied",
        { under = AS_NOBODY })
      if files.read "/proc/sys/net/ipv4/ip_unprivileged_port_start" ~= "1024\n"
      then return end
      refuses('listen = "127.0.0.1:79",', "base.lua: 'listen': cannot listen "
        .. "on 127.0.0.1:79: permission denied", { under = AS_NOBODY })
    end)
  end)
end)

-- Requests that scripts make over TLS.
local asking = require "spec.support.asking"
local client = require "spec.support.peers.client"
local files = require "spec.support.files"
local server = require "spec.support.server"
local upstream = require "spec.support.peers.upstream"

local ask, project = asking.ask, asking.project

describe("HTTPS", function()
  local folder, app, base, peer

  setup(function()
    folder = files.folder()
    files.run(("cd %s && openssl req -x509 -newkey ec "
      .. "-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Authority "
      .. "-keyout ca.key -out ca.pem && "
      .. "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
      .. "-subj /CN=localhost -keyout app.key -out app.csr && "
      .. "printf 'subjectAltName=DNS:localhost' >names && "
      .. "openssl x509 -req -in app.csr -CA ca.pem -CAkey ca.key -days 2 "
      .. "-CAcreateserial -extfile names -out app.pem")
      :format(files.quote(folder)))
    app = upstream.start { certificate = folder .. "/app.pem",
      key = folder .. "/app.key" }
    base = server.start { files = project() }
    peer = client.join { port = base.port }
  end)

  teardown(function()
    peer:close()
    base:stop()
    app.process:remove()
    files.remove(folder)
  end)

  local function get(options)
    options.url = app:url("/hello", options.host or "localhost")
    options.host = nil
    local reply, kind = ask(peer, options)
    return kind == "yes" and reply.body or reply
  end

  it("is refused from whom nobody vouches for", function()
    assert.equal("tls", get {})
  end)

  it("is believed with its authority's certificate", function()
    assert.equal("hello", get { ca = folder .. "/ca.pem" })
  end)

  it("is refused for another name", function()
    assert.equal("tls", get { ca = folder .. "/ca.pem", host = "127.0.0.1" })
  end)

  it("is taken from anybody with verify = false, by that script alone",
    function()
      assert.equal("hello", get { verify = false })
      assert.equal("tls", get {})
      assert.equal("hello", get { ca = folder .. "/ca.pem" })
      assert.equal("tls", get {})
    end)

  it("is refused without a certificate to check by", function()
    assert.equal("tls", get { ca = folder .. "/nothing.pem" })
  end)

  it("is not spoken by who speaks in the clear", function()
    local url = ("https://127.0.0.1:%d/"):format(base.port) -- Base itself
    assert.equal("tls", (ask(peer, { url = url })))
  end)
end)

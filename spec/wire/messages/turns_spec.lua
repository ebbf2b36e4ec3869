-- One read may bring thousands of messages: they wait for others in between, in
-- their order, and none is lost.
local client = require "spec.support.peers.client"
local frame = require "spec.support.peers.frame"
local server = require "spec.support.server"
local story = require "spec.support.peers.story"

local FILES = {
  -- Takes a few milliseconds, and says which one it was.
  ["actions/work.lua"] = [[
    local state = require "base".state
    return function(_, message)
      local ends = os.clock() + 0.003
      repeat until os.clock() > ends
      state.worked = (state.worked or 0) + 1
      return message:respond("worked", message.body)
    end]],
  ["actions/count.lua"] = [[
    local state = require "base".state
    return function(_, message)
      return message:respond("count", state.worked or 0)
    end]],
}

local COUNT = 300

-- So many messages in one piece, and what is behind them.
local function flood(behind)
  local frames = {}
  for i = 1, COUNT do
    frames[i] = frame.print { payload = ('["work",%d]'):format(i) }
  end
  return table.concat(frames) .. (behind or "")
end

local function expect_all(peer)
  for i = 1, COUNT do
    assert.same({ "worked", i }, peer:receive_message())
  end
end

-- The bystander is answered before all that was read before it has been done.
local function assert_waits_for_others(base, options)
  local peer = client.join(options)
  local bystander = client.join { port = base.port, user = "bystander",
    tls = options.tls }
  peer:send_raw(flood())
  assert.same({ "worked", 1 }, peer:receive_message())
  bystander:send_message("count", nil, 1)
  local answer = bystander:receive_message()
  assert.is_true(answer[2] > 0 and answer[2] < COUNT, answer[2])
  for i = 2, COUNT do assert.same({ "worked", i }, peer:receive_message()) end
  bystander:close()
  peer:close()
end

describe("Messages of one read", function()
  local base

  before_each(function()
    base = server.start { files = FILES, settings = "limits = { rate = 0 }," }
  end)

  after_each(function()
    base:stop()
  end)

  it("let other connections be served in between", function()
    assert_waits_for_others(base, { port = base.port })
  end)

  it("keep their order after a handshake, too", function()
    local peer = client.connect { port = base.port, behind = flood() }
    assert.equal("authenticated", peer:receive_message()[1])
    expect_all(peer)
    peer:close()
  end)

  it("are answered before the Close behind them", function()
    local peer = client.join { port = base.port }
    peer:send_raw(flood(frame.print {
      opcode = frame.CLOSE, payload = frame.close_payload(1000) }))
    expect_all(peer)
    assert.equal(1000, (peer:expect_close(nil, true)))
    peer:close()
  end)

  it("are answered before their connection ends", function()
    local peer = client.join { port = base.port }
    peer:send_raw(flood())
    peer.stream:finish()
    expect_all(peer)
    peer:close()
  end)

  it("may end inside a frame, and continue", function()
    local peer = client.join { port = base.port }
    local last = frame.print { payload = '["work","last"]' }
    peer:send_raw(flood(last:sub(1, 9)))
    assert.same({ "worked", 1 }, peer:receive_message())
    peer:send_raw(last:sub(10))
    for i = 2, COUNT do assert.same({ "worked", i }, peer:receive_message()) end
    assert.same({ "worked", "last" }, peer:receive_message())
    peer:close()
  end)

  it("are dropped when their connection has closed", function()
    local peer = client.join { port = base.port }
    peer:send_raw(flood())
    assert.same({ "worked", 1 }, peer:receive_message())
    peer:close(true)
    local other = client.join { port = base.port, user = "other" }
    other:send_message("count", nil, 1)
    assert.equal("count", other:receive_message()[1])
    other:close()
  end)
end)

describe("Messages of one read over TLS", function()
  it("let other connections be served in between", function()
    local folder = story.certificate()
    local base <close> = server.start { files = FILES, settings = ([[
      limits = { rate = 0 },
      tls = { certificate = "%s/certificate.pem", key = "%s/key.pem" },
    ]]):format(folder, folder) }
    assert_waits_for_others(base, { port = base.port, tls = true })
  end)
end)

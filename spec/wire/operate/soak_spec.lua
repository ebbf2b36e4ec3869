-- What script/soak makes of its samples, and a short one of a server that works
-- and of one that does not.
local files = require "spec.support.files"
local server = require "spec.support.server"

-- Half an hour. What is noise in it is so without chance.
local STORY = [[
import { judge } from "./bench/soak/report.mjs";
const page = 4096;
const rows = [];
for (let i = 1; i <= 360; i++) {
  const minutes = i / 12;
  const noise = i * 7919 %% 101 / 101 - 0.5;
  rows.push({
    seconds: i * 5,
    resident: page * Math.floor(4500 + (%s)),
    spare_descriptors: 18 + (i %% 10 === 0) + Math.floor(%s),
    p50_ms: 1, p99_ms: 20 + 30 * noise + (%s), worst_ms: 3, late_ms: %s,
  });
}
const { isSteady, verdict, lines } = judge(rows);
console.log([verdict, ...lines].join("\n"));
]]

-- Says what is judged of samples to which memory, in pages, descriptors, p99
-- and what the clients' timers were late are added.
local function judge(added)
  return files.run("node --input-type=module -e "
    .. files.quote(STORY:format(added.memory or "0", added.descriptors or "0",
      added.p99 or "0", added.late or "0")))
end

local STEADY = "^steady, without a fault\n"

describe("The soak's verdict", function()
  it("lets memory warm up", function()
    for _, memory in ipairs {
      "0", "10 * noise",
      "500 * (1 - Math.exp(-minutes / 3))", -- 2 MB, nearly all at once
      "500 * (1 - Math.exp(-minutes / 6))", -- and slowly
      "24 * Math.min(minutes / 30, 0.8)", -- one every minute or so, then none
      "minutes > 18 ? 20 : 0", "minutes > 25 ? 20 : 0",
    } do
      assert.matches(STEADY, judge { memory = memory }, memory)
    end
  end)

  it("sees memory that goes on growing", function()
    for _, memory in ipairs {
      "3.7 * minutes", -- 15 KB each
      "3.7 * minutes + 10 * noise",
      "2.5 * minutes + 500 * (1 - Math.exp(-minutes / 3))",
      "500 * (1 - Math.exp(-minutes / 10))",
      "500 * Math.floor(minutes / 20)", -- at once, but a lot
    } do
      local text = judge { memory = memory }
      assert.matches("^NOT STEADY %(memory%)", text, memory)
      assert.matches("\nmemory +GROWS", text)
    end
  end)

  it("says how fast memory grows, and what would not be seen", function()
    local text = judge { memory = "12 * minutes" }
    local slope = tonumber(text:match "memory +GROWS: %+(%d+)")
    assert.is_true(slope > 48e3 and slope < 50e3, text)
    assert.matches("less than 9%.4 MB a day is not seen", text)
  end)

  it("sees a descriptor that is lost every 13 minutes", function()
    local text = judge { descriptors = "minutes / 13" }
    assert.matches("^NOT STEADY %(descriptors%)", text)
    assert.matches("\ndescriptors +GROWS: 18 .+, 19 .+; %+0%.0[6789]", text)
  end)

  it("sees answers that come later and later", function()
    for _, p99 in ipairs { "10 * minutes", "minutes" } do
      assert.matches("^NOT STEADY %(p99%)", judge { p99 = p99 }, p99)
    end
  end)

  it("does not hold a busy machine against the server", function()
    for _, added in ipairs {
      { p99 = "i % 40 ? 0 : 500" },
      { p99 = "minutes > 27 ? 100 : 0" },
      { p99 = "minutes > 15 ? 100 : 0", late = "minutes > 15 ? 50 : 0" },
      { p99 = "0", descriptors = "i % 10 ? 5 : 0" },
    } do
      assert.matches(STEADY, judge(added), added.p99)
    end
  end)
end)

-- Takes what comes and shakes hands, but says nothing more. As the server of
-- the soak it gets the log's level and the project.
local SILENT = [[
#!/usr/bin/env node
const http = require("node:http");
const https = require("node:https");
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");

const project = process.argv[4];
const read = (name) => readFileSync(`${project}/${name}`);
const UID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function shakeHands(request, socket) {
  const key = request.headers["sec-websocket-key"];
  socket.on("error", () => {}).on("end", () => socket.end()).resume();
  socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
    "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
    createHash("sha1").update(key + UID).digest("base64") + "\r\n\r\n");
}

const tls = { key: read("key.pem"), cert: read("certificate.pem") };
const silent = () => {};
process.on("SIGTERM", () => process.exit(0));
process.on("SIGHUP", silent);
https.createServer(tls, silent).on("upgrade", shakeHands)
  .listen(process.env.SOAK_PORT, "127.0.0.1");
http.createServer(silent).on("upgrade", shakeHands)
  .listen(`${project}/soak.sock`);
http.createServer(silent).listen(`${project}/api.sock`,
  () => console.log("listening for=api"));
]]

-- Returns what the soak of a program says, with its exit status in the end.
local function soak(program, folder, minutes, patience)
  local words = { "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "-u",
    "LD_PRELOAD", "NODE_PATH=/usr/share/nodejs", "SOAK_SAMPLE=0.5",
    "SOAK_PATIENCE=" .. patience, "timeout", "120", "node",
    "bench/soak/soak.mjs", program, folder, minutes, 20, 50 }
  for i, word in ipairs(words) do words[i] = files.quote(word) end
  return files.run("{ " .. table.concat(words, " ") .. "; echo status $?; }")
end

describe("The soak", function()
  local folder

  before_each(function() folder = files.folder() end)
  after_each(function() files.remove(folder) end)

  it("finds no fault in the server, and samples it", function()
    local text = soak(server.program(), folder, 0.2, 20)
    assert.is_nil(text:find "fault: ", text)
    -- Nothing must be steady yet of a server that was just started.
    assert.matches("\nsoak: [^\n]+ in 0%.2 minutes", text)
    assert.is_nil(text:find "FAULTS", text)
    assert.matches("\nmemory  ", text)
    assert.matches("\nreloads +%d+: [1-9]%d* done", text)
    local _, rows = files.read(folder .. "/samples.csv"):gsub("\n%d", "")
    assert.are.equal(24, rows)
  end)

  it("finds fault with one that shakes hands and is silent", function()
    local program = folder .. "/silent"
    files.write(program, SILENT)
    files.run("chmod +x " .. files.quote(program))
    local text = soak(program, folder, 0.05, 1)
    assert.matches("\nsoak: %d+ FAULTS in 0%.05 minutes", text)
    assert.matches("\nstatus 1$", text)
    for _, fault in ipairs {
      "client %d+ is not welcomed", "/count: is not answered",
      "/send: is not answered", "0 answers to %d+ questions",
      "0 answers in all, and not %d+", "of 1 reloads 0 were done",
    } do
      assert.matches("\nfault: [^\n]*" .. fault, text)
    end
  end)
end)

-- What script/soak makes of its samples, and a short one of a server that works
-- and of one that does not.
local files = require "spec.support.files"
local server = require "spec.support.server"

local STORY = [[
import { judge } from "./bench/soak/report.mjs";
const rows = [];
for (let i = 0; i < 360; i++) {
  const seconds = i * 5;
  const noise = (i * 7919 %% 101 - 50) * 1e3;
  const warmUp = Math.min(seconds, 300) * 2e4;
  rows.push({
    seconds, resident: 2e7 + warmUp + noise + %s,
    descriptors: 220 + i %% 3 + %s, p50_ms: 1, p99_ms: 2, worst_ms: 3,
  });
}
const { isSteady, lines } = judge(rows);
console.log(isSteady, lines.join("\n"));
]]

-- Says what is judged of samples to which memory and descriptors are added.
local function judge(memory, descriptors)
  return files.run("node --input-type=module -e "
    .. files.quote(STORY:format(memory, descriptors)))
end

describe("The soak's verdict", function()
  it("calls what only warms up steady", function()
    assert.matches("^true", judge("0", "0"))
  end)

  it("sees a leak of memory, and how large it is", function()
    local text = judge("seconds / 60 * 50e3", "0")
    assert.matches("^false", text)
    local slope = tonumber(text:match "memory +%+(%d+)")
    assert.is_true(slope > 48e3 and slope < 52e3, text)
  end)

  it("sees a leak of descriptors", function()
    local text = judge("0", "Math.floor(seconds / 120)")
    assert.matches("^false", text)
    assert.matches("descriptors +%+0%.[45]", text)
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

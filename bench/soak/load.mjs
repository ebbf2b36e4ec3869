// What the clients of the soak do, and how many of it a second: talk, leave and
// come back; strangers who stop half-way; the application at its API.
import http from "node:http";
import net from "node:net";

import { Client } from "./client.mjs";

const STEP = 10; // milliseconds
const STAY = 10; // seconds, on average
const LARGE = "x".repeat(12_000);
const WAYS = ["close", "close", "close", "vanish", "reset", "middle"];

const pick = (list) => list[Math.floor(Math.random() * list.length)];

// What is asked, and how often of a hundred times.
const QUESTIONS = [
  [62, (client) => client.ask("echo", `hello ${client.number}`)],
  [10, (client) => client.ask("echo", LARGE)],
  [15, (client, world) => client.ask("tell", world.anybody().id,
    (count) => count === 0 || count === 1)],
  [9, (client) => client.ask("ask", client.number)],
  [3, (client) => client.ask("pause", client.number)],
  [1, (client) => client.ask("all", "news", (count) => count > 0)],
];

const questions = QUESTIONS.flatMap(([times, ask]) => Array(times).fill(ask));

function request(world, options, body, isGood) {
  const fail = (why) => world.fail(`${options.path}: ${why}`);
  const call = http.request(options, (answer) => {
    let text = "";
    answer.on("data", (bytes) => (text += bytes));
    answer.on("error", (error) => fail(error.message));
    answer.on("end", () => {
      world.counts.requests++;
      if (answer.statusCode !== 200 || !isGood(JSON.parse(text)))
        fail(`${answer.statusCode} ${text}`);
    });
  });
  const timer = setTimeout(() => call.destroy(new Error("is not answered")),
    world.patience);
  world.calls++;
  call.on("error", (error) => fail(error.message));
  call.on("close", () => {
    clearTimeout(timer);
    world.calls--;
  });
  call.end(body);
}

const kept = new http.Agent({ keepAlive: true, maxSockets: 4 });

function speakAsApplication(world) {
  const headers = { authorization: `Bearer ${world.key}` };
  const options = {
    socketPath: `${world.folder}/api.sock`, headers,
    agent: Math.random() < 0.5 ? kept : false,
  };
  const path = `/users/${world.anybody().id}`;
  const isCount = ({ connections }) => connections === 0 || connections === 1;
  request(world, { ...options, path: `${path}/send`, method: "POST" },
    JSON.stringify(["told", "by the application"]), isCount);
  request(world, { ...options, path }, "", (user) => "online" in user);
  request(world, {
    socketPath: `${world.folder}/soak.sock`, agent: kept, path: "/count",
  }, "", ({ connections }) => connections >= 0);
}

// Half a TLS handshake, or half a WebSocket's.
function beginAndReset(world) {
  const isSecure = Math.random() < 0.5;
  const socket = isSecure ? net.connect(world.port, "127.0.0.1")
    : net.connect(`${world.folder}/soak.sock`);
  socket.on("error", () => {});
  socket.on("connect", () => {
    socket.write(isSecure ? "\x16\x03\x01\x02\x00\x01\x00" :
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: web");
    world.counts.strangers++;
    setTimeout(() => isSecure ? socket.resetAndDestroy() : socket.destroy(),
      Math.random() * 500);
  });
}

// Calls `act` so many times a second.
function often(world, perSecond, act) {
  let owed = 0;
  let last = performance.now();
  return setInterval(() => {
    const now = performance.now();
    owed = Math.min(owed + (now - last) * perSecond / 1000, perSecond);
    last = now;
    for (; owed >= 1; owed--) if (!world.isEnding) act();
  }, STEP);
}

// `rate` questions a second of so many connections. Returns what stops it:
// `silence` has nobody begin anything, `leave` has everybody go.
export function startLoad(world, { connections, rate }) {
  let id = 0;
  const join = () => world.clients.add(new Client(world, ++id));
  world.left = (client) => {
    world.clients.delete(client);
    world.counts.left++;
    if (!world.isEnding) join();
  };
  world.anybody = () => pick([...world.clients]);
  for (let i = 0; i < connections; i++) join();
  const open = () => [...world.clients].filter((client) => client.isOpen);
  const timers = [
    often(world, rate, () => {
      world.counts.due++;
      const client = world.anybody();
      if (client.isOpen) pick(questions)(client, world);
    }),
    often(world, connections / STAY, () => {
      const client = pick(open());
      if (client) client.leave(pick(WAYS));
    }),
    often(world, 5, () => beginAndReset(world)),
    often(world, 5, () => speakAsApplication(world)),
  ];
  return {
    silence() {
      world.isEnding = true;
      timers.forEach(clearInterval);
    },
    leave() {
      kept.destroy();
      for (const client of world.clients)
        if (!client.isLeaving) client.leave(client.isOpen ? "close" : "vanish");
    },
  };
}

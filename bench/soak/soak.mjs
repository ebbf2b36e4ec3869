// node soak.mjs PROGRAM FOLDER MINUTES [CONNECTIONS [RATE]]: mixed traffic,
// churn and reloads; what that costs is sampled, plotted and judged.
import { randomBytes } from "node:crypto";

import { startLoad } from "./load.mjs";
import { addRow, beginTable, judge, plot } from "./report.mjs";
import { Server } from "./server.mjs";

const SAMPLE = 5_000; // milliseconds
const RELOAD = 10_000;
const FAULTS_SHOWN = 10;

const [program, folder, minutes, connections, rate] = process.argv.slice(2);
const table = `${folder}/samples.csv`;
const key = randomBytes(16).toString("hex");
const server = await Server.start(program, folder, key);

let latencies = [];
const faults = [];
const world = {
  port: server.port, folder: server.folder, key,
  clients: new Set(),
  counts: { answers: 0, told: 0, requests: 0, strangers: 0, left: 0 },
  latency: (milliseconds) => latencies.push(milliseconds),
  fail: (what) => faults.push(what),
};

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const part = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function sampler() {
  const began = performance.now();
  let last = { at: began, answers: 0, ...server.look() };
  return () => {
    const now = { at: performance.now(), ...server.look() };
    now.answers = world.counts.answers;
    const seconds = (now.at - last.at) / 1000;
    const sorted = latencies.sort((a, b) => a - b);
    latencies = [];
    const row = {
      seconds: Number(((now.at - began) / 1000).toFixed(1)),
      resident: now.resident,
      descriptors: now.descriptors,
      connections: world.clients.size,
      answers_per_second: Math.round((now.answers - last.answers) / seconds),
      p50_ms: Number(part(sorted, 0.5).toFixed(3)),
      p99_ms: Number(part(sorted, 0.99).toFixed(3)),
      worst_ms: Number(part(sorted, 1).toFixed(3)),
      processor_percent:
        Math.round((now.processor - last.processor) / seconds * 100),
    };
    last = now;
    return row;
  };
}

function showProgress(row) {
  const line = `${(row.seconds / 60).toFixed(1)} of ${minutes} min: ` +
    `${(row.resident / 1e6).toFixed(1)} MB, ${row.descriptors} descriptors, ` +
    `${row.answers_per_second} answers/s, p99 ${row.p99_ms.toFixed(1)} ms, ` +
    `${faults.length} faults`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

async function run() {
  const rows = [];
  const sample = sampler();
  const end = performance.now() + minutes * 60_000;
  const reloading = setInterval(() => server.reload(), RELOAD);
  const stop = startLoad(world, {
    connections: Number(connections), rate: Number(rate),
  });
  let ended;
  server.ended.then((status) => (ended = status));
  beginTable(table);
  while (performance.now() < end && ended === undefined) {
    await sleep(Math.min(SAMPLE, end - performance.now()));
    if (ended !== undefined) break;
    rows.push(sample());
    addRow(table, rows.at(-1));
    showProgress(rows.at(-1));
    for (const client of world.clients)
      if (client.isForgotten(performance.now()))
        world.fail(`client ${client.id} is not answered`);
  }
  clearInterval(reloading);
  stop();
  if (ended !== undefined) faults.push(`the server ended: ${ended}`);
  return { rows, isAlive: ended === undefined };
}

// What is left when everybody has gone.
async function settle(before) {
  const patience = performance.now() + 10_000;
  while (performance.now() < patience &&
         server.look().descriptors > before.descriptors) await sleep(50);
  return server.look();
}

const before = server.look();
const { rows, isAlive } = await run();
const after = isAlive ? await settle(before) : before;
server.process.kill("SIGTERM");
const status = await server.ended;
if (status !== 0) faults.push(`the server's status is ${status}`);
if (after.descriptors > before.descriptors)
  faults.push(`${after.descriptors} descriptors, before ${before.descriptors}`);

const { counts } = world;
const { isSteady, lines } = judge(rows);
if (rows.length > 0) plot(table, `${folder}/soak.png`);
process.stderr.write("\n");
console.log(lines.join("\n"));
console.log(`traffic      ${counts.answers} answers, ${counts.told} told, ` +
  `${counts.requests} requests, ${counts.left} clients came and left, ` +
  `${counts.strangers} broke off, ${server.reloads} reloads`);
console.log(`at the end   ${after.descriptors} descriptors, before ` +
  `${before.descriptors}; ${(after.resident / 1e6).toFixed(1)} MB`);
for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(`fault: ${fault}`);
const verdict = faults.length > 0 ? `${faults.length} FAULTS`
  : isSteady ? "steady, without a fault" : "NOT STEADY";
console.log(`soak: ${verdict} in ${minutes} minutes (${folder}/soak.png)`);
process.exit(faults.length > 0 || !isSteady ? 1 : 0);

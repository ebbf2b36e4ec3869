// node soak.mjs PROGRAM FOLDER MINUTES [CONNECTIONS [RATE]]: mixed traffic,
// churn and reloads; what that costs is sampled, plotted and judged.
//
//   SOAK_PATIENCE  seconds for a welcome or an answer, 20 unless set
//   SOAK_SAMPLE    seconds between two samples, 5 unless set; twice that between
//                  two reloads
import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";

import { startLoad } from "./load.mjs";
import { addRow, beginTable, judge, plot } from "./report.mjs";
import { Server } from "./server.mjs";

const seconds = (name, usual) => (process.env[name] ?? usual) * 1000;

const SAMPLE = seconds("SOAK_SAMPLE", 5);
const RELOAD = SAMPLE * 2;
const PATIENCE = seconds("SOAK_PATIENCE", 20);
const LOOKS = 20; // for descriptors, in a sample
const TICK = 10; // milliseconds
const KINDS_SHOWN = 10; // of faults

const [program, folder, minutes, connections, rate] = process.argv.slice(2);
const table = `${folder}/samples.csv`;
const key = randomBytes(16).toString("hex");
const server = await Server.start(program, folder, key);

let latencies = [];
const faults = [];
const world = {
  port: server.port, folder: server.folder, key,
  patience: PATIENCE,
  clients: new Set(),
  calls: 0, // requests that wait for their answers
  // `due` are the questions that should have been asked
  counts: { due: 0, answers: 0, told: 0, requests: 0, strangers: 0, left: 0 },
  latency: (milliseconds) => latencies.push(milliseconds),
  fail: (what) => faults.push(what),
};

let ended;
server.ended.then((status) => (ended = status));

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const part = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

// The fewest descriptors that are no open client's. What comes and what goes
// only adds to them, so that one that is lost is all that can raise them.
function lookForSpare() {
  let least = Infinity;
  const look = () => {
    if (ended !== undefined) return;
    const open = [...world.clients].filter((client) => client.isOpen).length;
    least = Math.min(least, server.look().descriptors - open);
  };
  setInterval(look, SAMPLE / LOOKS);
  return () => {
    look();
    const spare = least;
    least = Infinity;
    return spare;
  };
}

function sampler() {
  const takeSpare = lookForSpare();
  const began = performance.now();
  const ticks = monitorEventLoopDelay({ resolution: TICK });
  ticks.enable();
  let last = { at: began, answers: 0, ...server.look() };
  return () => {
    const now = { at: performance.now(), ...server.look() };
    now.answers = world.counts.answers;
    const time = (now.at - last.at) / 1000;
    const sorted = latencies.sort((a, b) => a - b);
    latencies = [];
    const row = {
      seconds: Number(((now.at - began) / 1000).toFixed(1)),
      resident: now.resident,
      descriptors: now.descriptors,
      connections: world.clients.size,
      spare_descriptors: takeSpare(),
      answers_per_second: Math.round((now.answers - last.answers) / time),
      p50_ms: Number(part(sorted, 0.5).toFixed(3)),
      p99_ms: Number(part(sorted, 0.99).toFixed(3)),
      worst_ms: Number(part(sorted, 1).toFixed(3)),
      processor_percent:
        Math.round((now.processor - last.processor) / time * 100),
      late_ms:
        Number(Math.max(0, ticks.percentile(99) / 1e6 - TICK).toFixed(3)),
    };
    ticks.reset();
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

// Who waits too long, and whether answers have become few. An answer may be as
// late as that, so that many samples are taken together.
function faultFinder() {
  const past = [{ ...world.counts }];
  return () => {
    for (const client of world.clients) client.complain(PATIENCE);
    past.push({ ...world.counts });
    if (past.length <= Math.ceil(PATIENCE / SAMPLE)) return;
    const [before, now] = [past.shift(), past.at(-1)];
    const [due, answers] =
      [now.due - before.due, now.answers - before.answers];
    if (answers < due / 2) world.fail(`${answers} answers to ${due} questions`);
  };
}

// Nobody begins anything; what was begun comes to its end.
async function finish() {
  const patience = performance.now() + PATIENCE;
  const isQuiet = () => world.calls === 0 && server.loads.isRight &&
    [...world.clients].every((client) => client.isQuiet);
  while (performance.now() < patience && ended === undefined && !isQuiet())
    await sleep(20);
  for (const client of world.clients) client.complain(0);
  if (world.calls > 0) world.fail(`${world.calls} requests are not answered`);
}

async function run() {
  const rows = [];
  const sample = sampler();
  const lookForFaults = faultFinder();
  const reloading = setInterval(() => server.reload(), RELOAD);
  const load = startLoad(world, {
    connections: Number(connections), rate: Number(rate),
  });
  const began = performance.now();
  const count = Math.max(1, Math.round(minutes * 60_000 / SAMPLE));
  beginTable(table);
  for (let i = 1; i <= count; i++) {
    const next = began + i * SAMPLE - performance.now();
    await sleep(Math.max(next, SAMPLE / 2));
    if (ended !== undefined) break;
    rows.push(sample());
    addRow(table, rows.at(-1));
    lookForFaults();
    showProgress(rows.at(-1));
  }
  clearInterval(reloading);
  load.silence();
  await finish();
  load.leave();
  return rows;
}

// One fault of each kind, which is what it says but for the numbers.
function kinds() {
  const found = new Map();
  for (const fault of faults) {
    const kind = fault.replace(/\d+/g, "#");
    found.set(kind, [...found.get(kind) ?? [], fault]);
  }
  return [...found.values()].map(([first, ...more]) =>
    more.length === 0 ? first : `${first} (and ${more.length} like it)`);
}

// What is left when everybody has gone.
async function settle(before) {
  const patience = performance.now() + 10_000;
  while (performance.now() < patience && ended === undefined &&
         server.look().descriptors > before.descriptors) await sleep(50);
  return ended === undefined ? server.look() : before;
}

const before = server.look();
const rows = await run();
const after = await settle(before);
if (ended !== undefined) faults.push(`the server ended: ${ended}`);
server.process.kill("SIGTERM");
const status = await server.ended;
if (status !== 0) faults.push(`the server's status is ${status}`);
if (after.descriptors > before.descriptors)
  faults.push(`${after.descriptors} descriptors, before ${before.descriptors}`);

const { counts } = world;
const { loads } = server;
const least = (rows.at(-1)?.seconds ?? 0) * rate / 2;
if (counts.answers < least)
  faults.push(`${counts.answers} answers in all, and not ` +
    `${Math.round(least)}`);
if (!loads.isRight)
  faults.push(`of ${server.reloads} reloads ${loads.done} were done and ` +
    `${loads.refused} refused`);

const { isSteady, verdict, lines } = judge(rows);
if (rows.length > 0) plot(table, `${folder}/soak.png`);
process.stderr.write("\n");
for (const line of lines) console.log(line);
console.log(`traffic      ${counts.answers} answers, ${counts.told} told, ` +
  `${counts.requests} requests, ${counts.left} clients came and left, ` +
  `${counts.strangers} broke off`);
console.log(`reloads      ${server.reloads}: ${loads.done} done, ` +
  `${loads.refused} refused (one in five does not load)`);
console.log(`at the end   ${after.descriptors} descriptors, before ` +
  `${before.descriptors}; ${(after.resident / 1e6).toFixed(1)} MB`);
for (const fault of kinds().slice(0, KINDS_SHOWN))
  console.log(`fault: ${fault}`);
const outcome = faults.length > 0 ? `${faults.length} FAULTS` : verdict;
console.log(`soak: ${outcome} in ${minutes} minutes (${folder})`);
process.exit(faults.length > 0 || !isSteady ? 1 : 0);

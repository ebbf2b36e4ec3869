// The promise of channels, in random stories: joins, sends, losses of the
// network, restarts, reloads and changes of the process. What a member hears
// has positions without a gap, each message once and all members the same one
// at a position; or the member is told that something was lost.
//
// MODEL_STORIES says how many are told, MODEL_SEED the seed of the first one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Member } from "./support/member.mjs";
import { PROJECT } from "./support/project.mjs";
import { Random } from "./support/random.mjs";
import { Server } from "./support/server.mjs";
import { sleep, until } from "./support/until.mjs";

const STORIES = Number(process.env.MODEL_STORIES ?? 40);
const SEED = Number(process.env.MODEL_SEED ?? 1);
const SIZES = [5, 20, 100]; // of histories
const ROUNDS = 4; // after which everybody must hear the same
const SHOWN = 200; // lines of a story that failed

const WEIGHTS = {
  send: 40, ask: 10, hint: 5, burst: 4, cut: 12, drop: 8, half: 3, delay: 4,
  rejoin: 5, reconnect: 4, reload: 3, restart: 1.5, kill: 1, handOver: 1,
};

const files = {
  ...PROJECT,
  "base.lua": PROJECT["base.lua"]
    .replace("channels = {", `drain = 1,\n  channels = {${
      SIZES.map((size) =>
        `["m${size}:*"] = { send = true, history = { size = ${size} } },`)
        .join("\n")}`)
    .replace("limits = {", "limits = { rate = 0,"),
};

const totals = { stories: 0, messages: 0, heard: 0, recovered: 0, lost: 0 };
let server;
before(async () => { server = await Server.start(files); });
after(() => server.stop());

class Story {
  #lines = [];
  #bodies = new Map(); // epoch and position → body
  #places = new Map(); // body → epoch and position
  #drops = []; // of the network, that end later
  problem = null;

  constructor(seed) {
    this.seed = seed;
    this.random = new Random(seed);
    this.size = this.random.pick(SIZES);
    this.channel = `m${this.size}:${seed}`;
  }

  log(line) {
    this.#lines.push(`${performance.now().toFixed(1)} ${line}`);
  }

  fail(text) {
    this.log(`FAILED: ${text}`);
    this.problem ??= text;
  }

  /** Somebody heard this. */
  note(epoch, position, body) {
    const place = `${epoch}:${position}`;
    const known = this.#bodies.get(place) ?? body;
    if (known !== body) this.fail(`${place} is ${known}, and ${body}`);
    const other = this.#places.get(body) ?? place;
    if (other !== place) this.fail(`${body} is at ${other}, and ${place}`);
    this.#bodies.set(place, body);
    this.#places.set(body, place);
  }

  /** What one sender sent comes in the order in which it was sent. */
  checkOrder() {
    const last = new Map(); // epoch and sender → number
    const places = [...this.#bodies.keys()].map((place) => place.split(":"));
    places.sort(([, a], [, b]) => a - b);
    for (const [epoch, position] of places) {
      const body = this.#bodies.get(`${epoch}:${position}`);
      const [sender, number] = body.split("-");
      const key = `${epoch} ${sender}`;
      if (Number(number) <= (last.get(key) ?? 0)) {
        this.fail(`${body} is behind ${sender}-${last.get(key)}`);
      }
      last.set(key, Number(number));
    }
  }

  async tell() {
    const { random } = this;
    const users = ["ada", "bob", "eve"].slice(0, random.from(1, 3));
    this.members = await Promise.all(users.map((user) =>
      Member.open(this, user, server.port, this.channel, random.from(0, 9))));
    try {
      await Promise.all(this.members.map((member) => member.join()));
      for (let step = random.from(10, 25); step > 0; step--) {
        const what = random.weighted(WEIGHTS);
        totals[what] = (totals[what] ?? 0) + 1;
        const member = random.pick(this.members);
        this.log(`== ${what} ${member.user}`);
        await this[what](member);
        await sleep(random.next() ** 2 * 0.02);
      }
      await this.end();
    } catch (error) {
      this.fail(error.stack);
    } finally {
      await Promise.all(this.members.map((member) => member.close()));
    }
    if (this.problem) {
      const lines = this.#lines.slice(-SHOWN).join("\n");
      throw new Error(`seed ${this.seed}: ${this.problem}\n${lines}`);
    }
  }

  // What can happen.

  send(member) {
    totals.messages++;
    member.room.send("said", member.text());
  }

  burst(member) {
    for (let i = this.random.from(2, 30); i > 0; i--) this.send(member);
  }

  ask(member) {
    totals.messages++;
    member.room.ask("said", member.text()).catch(() => {}); // it may be lost
  }

  hint(member) {
    member.client.ask("tell",
      [this.channel, "said", "typing", { keep: false }]).catch(() => {});
  }

  cut(member) {
    member.proxy.cut();
  }

  drop(member) {
    member.proxy.drop();
    const isCut = this.random.next() < 0.5;
    const end = () => {
      if (isCut) member.proxy.cut();
      member.proxy.restore();
    };
    this.#drops.push(sleep(this.random.from(5, 150) / 1000).then(end));
  }

  half(member) {
    member.proxy.halfClose(this.random.pick(["client", "server"]));
  }

  delay(member) {
    member.proxy.delay(this.random.next() * 0.03);
  }

  rejoin(member) {
    member.leave().catch(() => {});
    member.join();
  }

  reconnect(member) {
    member.client.reconnect();
  }

  reload() {
    return server.reload();
  }

  async restart() {
    await server.end();
    await server.launch();
  }

  async kill() {
    await server.end("KILL");
    await server.launch();
  }

  handOver() {
    return server.handOver();
  }

  /* The network is well again: everybody comes back and hears the same. */
  async end() {
    await Promise.all(this.#drops);
    for (const { proxy } of this.members) proxy.delay(0);
    await server.settled();
    const [first] = this.members;
    let marker;
    const hasAll = () =>
      this.problem || this.members.every(({ seen }) => seen.includes(marker));
    // Who comes back after the marker, to a short history, does not hear it.
    for (let i = 0; i < ROUNDS && !(marker && hasAll()); i++) {
      marker = await first.publish();
      await until(hasAll, { seconds: 5 }).catch(() => {});
    }
    assert(hasAll(), "not everybody hears");
    if (this.problem) return;
    // Some may still be on their way; what is kept is what was heard.
    const kept = await first.room.history({ limit: this.size });
    assert(kept.length > 0, "the history is empty");
    for (const { position, body } of kept) {
      this.note(first.epoch, position, body);
    }
    for (const { heard, losses, recovered } of this.members) {
      totals.heard += heard;
      totals.lost += losses;
      totals.recovered += recovered;
    }
    this.checkOrder();
  }
}

test(`${STORIES} stories from seed ${SEED}`, async () => {
  for (let seed = SEED; seed < SEED + STORIES; seed++) {
    await new Story(seed).tell();
    totals.stories++;
  }
  console.log(`model: ${JSON.stringify(totals)}`);
  if (STORIES >= 40) {
    for (const key of ["recovered", "lost", ...Object.keys(WEIGHTS)]) {
      assert(totals[key] > 0, `no story has: ${key}`);
    }
  }
});

// A member of the model test: a client behind a proxy of its own, and what its
// channel's handler saw, checked as it comes.
import assert from "node:assert/strict";
import { connect, ws } from "./open.mjs";
import { Proxy } from "./proxy.mjs";
import { sleep } from "./until.mjs";

const PASSING = ["closed", "busy", "timeout", "cluster"];

export class Member {
  heard = 0;
  losses = 0;
  recovered = 0;
  seen = []; // bodies, since the last join or loss
  #bodies = new Set(); // since the last join
  #next = null; // the position that has to come, or null: any
  #sent = 0;

  /** `truth` knows the body of each position of each epoch: all agree on it. */
  static async open(story, user, port, channel, last) {
    const self = new Member();
    Object.assign(self, { story, user, channel, epoch: null });
    self.proxy = await Proxy.to(port);
    self.client = connect(`${self.proxy.url}?user=${user}`,
      { WebSocket: ws, delay: 0.02, delayMax: 0.2, opening: 3, silence: 2,
        patience: 1, timeout: 20, trace: (...frame) => self.#trace(...frame) });
    self.room = self.client.channel(channel, { last });
    self.room.on("said", (...message) => self.#hear(...message));
    self.room.on("$left", ({ reason }) =>
      self.#fail(`was put out: ${reason}`));
    self.room.onLost(() => {
      self.losses++;
      self.#next = self.room.position + 1;
      self.seen = [];
    });
    return self;
  }

  #fail(text) {
    this.story.fail(`${this.user}: ${text}`);
  }

  /* The epoch, which handlers are not told. */
  #trace(direction, text) {
    this.story.log(`${this.user} ${direction} ${text.slice(0, 160)}`);
    if (direction !== "received" || !text.startsWith('["$joined"')) return;
    this.epoch = JSON.parse(text)[1].epoch;
  }

  #hear(body, { position, isRecovered }) {
    const { story, epoch } = this;
    story.log(`${this.user} hears ${body} at ${position} of ${epoch}`);
    if (position === null) return;
    this.heard++;
    if (isRecovered) this.recovered++;
    if (this.#next !== null && position !== this.#next) {
      this.#fail(`heard ${position} where ${this.#next} had to come`);
    }
    if (this.#bodies.has(body)) this.#fail(`heard ${body} twice`);
    story.note(epoch, position, body);
    this.#next = position + 1;
    this.#bodies.add(body);
    this.seen.push(body);
  }

  /** Something that no other message has. */
  text() {
    return `${this.user}-${++this.#sent}`;
  }

  /** Joins; a server that is about to change over may refuse for a moment. */
  join() {
    this.joined = this.#join();
    return this.joined;
  }

  async #join() {
    for (;;) {
      try {
        return await this.room.join();
      } catch ({ code, message }) {
        if (code === "left") return; // and joined anew
        if (!PASSING.includes(code)) return this.#fail(`${code}: ${message}`);
        await sleep(0.05);
      }
    }
  }

  async leave() {
    const left = this.room.leave();
    this.seen = [];
    this.#bodies.clear();
    this.#next = null;
    await left;
  }

  /** Publishes a message for certain, asking again until it is answered. */
  async publish(seconds = 20) {
    await this.joined;
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const body = this.text();
      try {
        await this.room.ask("said", body);
        return body;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        assert(PASSING.includes(error.code),
          `${error.code}: ${error.message}`);
        await sleep(0.05);
      }
    }
  }

  async close() {
    this.client.close();
    await this.proxy.stop();
  }
}

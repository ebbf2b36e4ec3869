/*
 * The client's being in a channel, and how it comes back after each loss: it
 * joins again with the position and the epoch of what it has, so that the
 * server says what was missed.
 */
import { failure, type Failure } from "./failure.js";
import { after, Handlers } from "./handlers.js";
import { Inbox, type Place } from "./inbox.js";
import { Members } from "./members.js";
import { toMessage, write, type Id, type Message } from "./message.js";
import type { AskOptions, SendOptions } from "./client.js";
import type { Answer } from "./questions.js";

export interface ChannelOptions {
  /** How many of the last messages a first join is told. */
  last?: number;
  /** For the rule of the channel. */
  body?: any;
}

/** What a membership has of its client. */
export interface Host {
  isOpen(): boolean;
  isUser(): boolean;
  transmit(text: string, options?: SendOptions): boolean;
  ask(text: (id: number) => string, options?: AskOptions): Promise<Answer>;
  /** A handler of the client's own, for what no handler of the channel is
   * for. */
  handle(name: string, ...message: [string, any, Place]): boolean;
  /** There may be room for another join. */
  next(): void;
}

/* Of a join that may succeed later. */
const PASSING = ["busy", "rate", "timeout", "cluster", "failed", "memory"];
const AGAIN = 4; // seconds, at most, until it is tried again
const MOST_FILLED = 1000; // messages: more is not told at once

interface Entry {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

export class Membership {
  /** A join is to be sent. */
  isDue = false;
  /** A join, or what fills a gap, is under way: what comes waits. */
  isSettling = false;
  options: ChannelOptions = {};
  inbox: Inbox;
  members = new Members();
  onLost = new Handlers();
  #isWanted = false;
  #isHere = false; // in it with this connection
  #wasHere = false; // what comes now goes on from what was before
  #entry: Entry | null = null; // of join()
  #joinId: number | null = null; // of the join that is under way
  #letIn: Message | null = null; // a script's "$joined" meanwhile
  #held: Message[] = []; // what came meanwhile

  constructor(readonly name: string, private host: Host) {
    this.inbox = new Inbox((...message) => host.handle(name, ...message));
  }

  join(body: any): Promise<void> {
    this.options.body = body;
    this.#isWanted = this.isDue = true;
    if (!this.#entry) {
      const entry = this.#entry = {} as Entry;
      entry.promise = new Promise((resolve, reject) => {
        Object.assign(entry, { resolve, reject });
      });
    }
    const { promise } = this.#entry;
    this.host.next();
    return promise;
  }

  async leave(): Promise<void> {
    this.#forget(failure({ code: "left", message: "left the channel" }));
    if (this.host.isOpen()) {
      await this.ask("$leave", undefined, { queue: false });
    }
  }

  async ask(command: string, body: unknown, options?: AskOptions) {
    return this.host.ask((id) => write(command, body, id, this.name), options);
  }

  /** Another connection, or another user. */
  retry(): void {
    if (!this.isSettling) this.isDue = this.#isWanted && !this.#isHere;
  }

  /** Sends the join. */
  enter(): void {
    const { epoch, position } = this.inbox;
    const { last, body } = this.options;
    this.isDue = false;
    this.isSettling = true;
    const wish = !this.#wasHere ? { last }
      : position !== null ? { since: position, epoch } : {};
    let mine: number;
    this.host.ask((id) => {
      this.#joinId = mine = id;
      return write("$join", { body, ...wish }, id, this.name);
    }, { queue: false }).catch((error) => {
      if (this.#joinId === mine) this.#refused(error);
    });
  }

  /** Takes a message of this channel. */
  receive(message: Message): void {
    const { command, body, id } = message;
    if (command === "$joined") this.#joined(message);
    else if (id !== null) this.#answered(command, body, id);
    else if (command === "$left") this.#left(body);
    else if (command === "$members") {
      if (this.#isHere) this.members.update(body);
    } else if (command === "error") this.inbox.take(message, false);
    else if (this.isSettling) this.#held.push(message);
    else if (this.#isHere) this.inbox.take(message, false);
  }

  #answered(command: string, body: any, id: Id): void {
    if (command === "error" && id === this.#joinId) {
      this.#refused(failure(body ?? {}));
    }
    if (command === "$left") this.#held = []; // of before it joined anew
  }

  /** The connection was lost. */
  lost(): void {
    this.#isHere = this.isDue = this.isSettling = false;
    this.#joinId = this.#letIn = null;
    this.#held = [];
  }

  /** The connection was closed for good. */
  closed(error: Error): void {
    if (this.#entry) this.#forget(error);
  }

  #joined(message: Message): void {
    const { body, id, position } = message;
    if (id === null && this.#joinId !== null) {
      this.#letIn = message; // the answer to our own join will say more
      return;
    }
    if (id !== this.#joinId) return; // left meanwhile
    const { epoch = null, missed = [], recovered } = body;
    const inbox = this.inbox;
    const before = inbox.position;
    const isFirst = !this.#wasHere;
    const isSame = epoch !== null && epoch === inbox.epoch;
    // In it with this connection all the time: what it was not told yet comes.
    const isHere = this.#isHere && recovered === undefined && isSame;
    const isComplete =
      isFirst || recovered || (this.#isHere && recovered !== false);
    this.#isHere = this.#wasHere = true;
    this.members.begin(body, isFirst);

    if (isComplete) {
      if (epoch !== inbox.epoch) inbox.reset(epoch, null);
      for (const kept of missed) inbox.take(toMessage(kept), true);
      if (!isHere) inbox.position = position;
    } else if (id === null && isSame && position! > before!) {
      this.#fill(before!, position!);
      return;
    } else if (id !== null || !isSame || position !== before) {
      this.#lose(epoch, position);
    }
    this.#settle();
  }

  /* A script let the connection in again, and nobody said what was missed. */
  async #fill(since: number, position: number): Promise<void> {
    const held = this.#held;
    const limit = position - since;
    let list: any[] = [];
    this.isSettling = true;
    try {
      if (limit <= MOST_FILLED) {
        const { body } = await this.ask("$history",
          { before: position + 1, limit }, { queue: false });
        if (body.epoch === this.inbox.epoch) list = body.messages;
      }
    } catch {
      // lost, or not a member any more
    }
    if (held !== this.#held) return; // another connection begins anew
    if (list.length === limit) {
      for (const kept of list) this.inbox.take(toMessage(kept), true);
    } else {
      this.#lose(this.inbox.epoch, position);
    }
    this.#settle();
  }

  #lose(epoch: string | null, position: number | null): void {
    this.inbox.reset(epoch, position);
    this.onLost.call("");
  }

  /* It is in. What came meanwhile is behind what was missed. */
  #settle(): void {
    this.isSettling = false;
    this.#joinId = this.#letIn = null;
    for (const message of this.#held.splice(0)) {
      this.inbox.take(message, false);
    }
    this.#entry?.resolve();
    this.#entry = null;
    this.host.next();
  }

  #refused(error: Failure): void {
    const letIn = this.#letIn;
    const isFirst = this.#entry;
    this.isSettling = false;
    this.#joinId = this.#letIn = null;
    if (error.code === "closed") return; // the next connection joins again
    if (letIn) {
      this.#joined(letIn);
    } else if (this.#isHere) {
      this.#entry?.reject(error);
      this.#entry = null;
      this.#settle();
    } else if (!isFirst && PASSING.includes(error.code)) {
      after(1 + Math.random() * (AGAIN - 1), () => {
        this.retry();
        this.host.next();
      });
    } else if (isFirst || this.host.isUser() || error.code !== "forbidden") {
      this.#forget(error);
      if (!isFirst) this.#tellLeft(error.message, error.code);
    }
    this.host.next();
  }

  #left(body: any): void {
    if (!this.#isHere) return;
    const { reason } = body ?? {};
    this.#forget(failure({ code: "left", message: reason }));
    this.#tellLeft(reason);
  }

  #tellLeft(reason: string, code?: string): void {
    this.inbox.handlers.call("$left", { reason, code });
  }

  /* It is out, and does not want to be in. */
  #forget(error: Error): void {
    this.#isWanted = this.#wasHere = false;
    this.lost();
    this.inbox.reset(null, null);
    this.members.begin({}, false);
    this.#entry?.reject(error);
    this.#entry = null;
  }
}

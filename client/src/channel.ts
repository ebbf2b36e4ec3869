/*
 * A channel that the application has joined, and joins again after each loss:
 * with the position and the epoch of what it has, so that the server says what
 * was missed.
 */
import { failure, type Failure } from "./failure.js";
import { after, Handlers } from "./handlers.js";
import { Inbox, type Place } from "./inbox.js";
import { Members, type OnMembers } from "./members.js";
import { toMessage, write, type Message } from "./message.js";
import type { AskOptions, SendOptions } from "./client.js";
import type { Answer } from "./questions.js";
import type { Args, Body, Command, Heard, HeardBody } from "./types.js";

export interface ChannelOptions {
  /** How many of the last messages a first join is told. */
  last?: number;
  /** For the rule of the channel. */
  body?: any;
}

/** A message of the history. */
export interface Kept {
  command: string;
  body: any;
  position: number;
}

/** What a channel has of its client. */
export interface Host {
  isOpen(): boolean;
  isUser(): boolean;
  transmit(text: string, options?: SendOptions): boolean;
  ask(text: (id: number) => string, options?: AskOptions): Promise<Answer>;
  /** A handler of the client's own, for a channel that was never opened. */
  handle(channel: Channel<any>, ...message: [string, any, Place]): boolean;
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

export class Channel<M = any> {
  /** @internal The application knows of it. */
  isOpened = false;
  /** @internal A join is to be sent. */
  isDue = false;
  /** @internal A join, or what fills a gap, is under way: what comes waits. */
  isSettling = false;
  #isWanted = false;
  #isHere = false; // in it with this connection
  #wasHere = false; // what comes now goes on from what was before
  #options: ChannelOptions = {};
  #entry: Entry | null = null; // of join()
  #joinId: number | null = null; // of the join that is under way
  #letIn: Message | null = null; // a script's "$joined" meanwhile
  #held: Message[] = []; // what came meanwhile
  #inbox: Inbox;
  #members = new Members();
  #onLost = new Handlers();

  /** @internal */
  constructor(readonly name: string, private host: Host) {
    this.#inbox = new Inbox((...message) => host.handle(this, ...message));
  }

  /** Users by id, with their info: always the same Map, kept up to date. */
  get members(): ReadonlyMap<string, any> {
    return this.#members.map;
  }

  /** How many are in it; null where the channel does not tell. */
  get count(): number | null {
    return this.#members.count;
  }

  /** False where only `count` is known: there are too many, or the channel
   * does not tell. */
  get isListed(): boolean {
    return this.#members.isListed;
  }

  /** Of the last message; null where the channel keeps none. */
  get position(): number | null {
    return this.#inbox.position;
  }

  /** Calls handler(members, { count, came, went }) now and at every change. */
  onMembers(handler: OnMembers): () => void {
    return this.#members.on(handler);
  }

  /** Calls the handler when messages may be missing: the application reads its
   * state anew. */
  onLost(handler: () => unknown): () => void {
    return this.#onLost.add("", handler);
  }

  /**
   * Calls handler(body, { position, isRecovered }) for each such message;
   * "$left" is told when the server ends the membership.
   */
  on<C extends Heard<M> | "$left">(
    command: C, handler: (body: HeardBody<M, C>, place: Place) => unknown,
  ): () => void {
    return this.#inbox.on(command, handler);
  }

  /** Sends to the channel; see client.send. */
  send<C extends Command<M>>(
    command: C, ...[body, options]: Args<Body<M, C>, [SendOptions?]>
  ): boolean {
    return this.host.transmit(
      write(command, body, undefined, this.name), options);
  }

  /** Sends to the channel and waits until it is published; see client.ask. The
   * answer's body has the position, where there is one. */
  ask<C extends Command<M>>(
    command: C, ...[body, options]: Args<Body<M, C>, [AskOptions?]>
  ): Promise<Answer<{ position?: number }>> {
    return this.host.ask((id) => write(command, body, id, this.name), options);
  }

  /** The newest messages before a position, 100 if nothing else is said, in
   * their order. */
  async history(
    { before, limit, ...options }:
      { before?: number; limit?: number } & AskOptions = {},
  ): Promise<Kept[]> {
    const { messages } = await this.#history(before, limit, options);
    return messages.map(([command, body, position]: any) =>
      ({ command, body, position }));
  }

  /**
   * Joins, and joins again after each loss until it leaves. Resolves when it is
   * in; rejects when it is refused, or the connection is closed for good.
   * @param body for the rule of the channel, in place of the option
   */
  join(body: any = this.#options.body): Promise<void> {
    this.#options.body = body;
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

  /** Resolves when it is out. */
  async leave(): Promise<void> {
    this.#forget(failure({ code: "left", message: "left the channel" }));
    if (this.host.isOpen()) {
      await this.host.ask((id) => write("$leave", undefined, id, this.name),
        { queue: false });
    }
  }

  /** @internal */
  open(options: ChannelOptions): this {
    this.isOpened = true;
    Object.assign(this.#options, options);
    return this;
  }

  /** @internal Another connection, or another user. */
  retry(): void {
    if (!this.isSettling) this.isDue = this.#isWanted && !this.#isHere;
  }

  /** @internal Sends the join. */
  enter(): void {
    const { epoch, position } = this.#inbox;
    const { last, body } = this.#options;
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

  /** @internal */
  receive(message: Message): void {
    const { command, body, id } = message;
    if (command === "$joined") this.#joined(message);
    else if (id !== null) { // the answer of a question
      if (command === "error" && id === this.#joinId) {
        this.#refused(failure(body ?? {}));
      }
    }
    else if (command === "$left") this.#left(body);
    else if (command === "$members") this.#isHere && this.#members.update(body);
    else if (command === "error") this.#inbox.take(message, false);
    else if (this.isSettling) this.#held.push(message);
    else if (this.#isHere) this.#inbox.take(message, false);
  }

  /** @internal The connection was lost. */
  lost(): void {
    this.#isHere = this.isDue = this.isSettling = false;
    this.#joinId = this.#letIn = null;
    this.#held = [];
  }

  /** @internal The connection was closed for good. */
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
    const inbox = this.#inbox;
    const before = inbox.position;
    const isFirst = !this.#wasHere;
    const isSame = epoch !== null && epoch === inbox.epoch;
    const isComplete =
      isFirst || recovered || (this.#isHere && recovered !== false);
    this.#isHere = this.#wasHere = true;
    this.#members.begin(body, isFirst);

    if (isComplete) {
      if (epoch !== inbox.epoch) inbox.reset(epoch, null);
      for (const kept of missed) inbox.take(toMessage(kept), true);
      inbox.position = position;
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
        const body = await this.#history(position + 1, limit, { queue: false });
        if (body.epoch === this.#inbox.epoch) list = body.messages;
      }
    } catch {
      // lost, or not a member any more
    }
    if (held !== this.#held) return; // another connection begins anew
    if (list.length === limit) {
      for (const kept of list) this.#inbox.take(toMessage(kept), true);
    } else {
      this.#lose(this.#inbox.epoch, position);
    }
    this.#settle();
  }

  #lose(epoch: string | null, position: number | null): void {
    this.#inbox.reset(epoch, position);
    this.#onLost.call("");
  }

  async #history(before?: number, limit?: number, options?: AskOptions) {
    const { body } = await this.host.ask(
      (id) => write("$history", { before, limit }, id, this.name), options);
    return body;
  }

  /* It is in. What came meanwhile is behind what was missed. */
  #settle(): void {
    this.isSettling = false;
    this.#joinId = this.#letIn = null;
    for (const message of this.#held.splice(0)) {
      this.#inbox.take(message, false);
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
    this.#inbox.handlers.call("$left", { reason, code });
  }

  /* It is out, and does not want to be in. */
  #forget(error: Error): void {
    this.#isWanted = this.#wasHere = false;
    this.lost();
    this.#inbox.reset(null, null);
    this.#members.begin({}, false);
    this.#entry?.reject(error);
    this.#entry = null;
  }
}

/*
 * What the application holds: asks and answers, sends and hears, over a
 * connection that comes back.
 */
import { Channel } from "./channel.js";
import { isSendable } from "./codes.js";
import { closed, failure } from "./failure.js";
import { Handlers, run } from "./handlers.js";
import { Line, type State, type Url } from "./line.js";
import type { Place } from "./inbox.js";
import { read, write, type Message } from "./message.js";
import type { Options } from "./options.js";
import { Membership, type ChannelOptions, type Host } from "./membership.js";
import { Queue } from "./queue.js";
import { Questions, type Answer } from "./questions.js";
import type {
  AnswerBody, Args, Body, Command, Heard, HeardBody,
} from "./types.js";

const JOINS = 16; // under way at once

export interface SendOptions {
  /** False: now or not at all, past what waits. */
  queue?: boolean;
}

export interface AskOptions extends SendOptions {
  /** Seconds. */
  timeout?: number;
}

export class Client<M = any> {
  #options: Options;
  #line: Line;
  #queue: Queue;
  #questions = new Questions();
  #handlers = new Handlers();
  #answerers = new Map<string, (body: any) => unknown>();
  #watchers = new Handlers();
  #channels = new Map<string, Channel<M>>(); // that the application knows
  #memberships = new Map<string, Membership>();
  #host: Host;
  #user: unknown; // id of the last user that it was authenticated as

  /** @internal */
  constructor(url: Url, options: Options) {
    this.#options = options;
    this.#queue = new Queue(options.queueCount, options.queueBytes);
    this.#host = {
      isOpen: () => this.state.name === "open",
      isUser: () => !!(this.state as any).user,
      transmit: (text, options) => this.#transmit(text, options),
      ask: (text, options) => this.#ask(text, options),
      handle: (...message) => this.#handle(...message),
      next: () => this.#join(),
    };
    this.#line = new Line(url, options, {
      received: (text) => this.#receive(text),
      lost: (code, reason) => this.#lost(code, reason),
      entered: (state) => this.#entered(state),
    });
    this.#line.open();
  }

  get state(): State {
    return this.#line.state;
  }

  /** Calls the handler now and at every change; returns a function to stop. */
  onState(handler: (state: State) => unknown): () => void {
    const stop = this.#watchers.add("", handler);
    handler(this.state);
    return stop;
  }

  /** Resolves once the connection is open, rejects if it closes for good: with
   * an Error whose code and message are those of the close. */
  async ready(): Promise<void> {
    await this.#until(({ name }) => name === "open");
  }

  /** Resolves with the user, the body of "authenticated"; rejects as ready. For
   * a guest it waits. */
  async authenticated(): Promise<any> {
    const state = await this.#until((state) => !!(state as any).user);
    return (state as any).user;
  }

  /**
   * Sends and expects no answer. While it is not connected, the message waits
   * until it is authenticated. False if it was not taken: closed for good, or
   * too much waits.
   */
  send<C extends Command<M>>(
    command: C, ...[body, options]: Args<Body<M, C>, [SendOptions?]>
  ): boolean {
    return this.#transmit(write(command, body), options);
  }

  /**
   * Sends and waits for the answer.
   * @returns {Promise<{command: string, body: any}>} rejects with an Error that
   *   has code, message, data and ref: the server's, or the code is "timeout",
   *   "busy" (too much waits) or "closed" (the connection was lost; it may have
   *   been served). With "closed", message is the reason of the close, and data
   *   has its code and reason: { code: 1012, reason: "the server is restarting"
   *   }.
   */
  ask<C extends Command<M>>(
    command: C, ...[body, options]: Args<Body<M, C>, [AskOptions?]>
  ): Promise<Answer<AnswerBody<M, C>>> {
    return this.#ask((id) => write(command, body ?? null, id), options);
  }

  /** Calls handler(body) for each such message; returns a function to stop. Of
   * a channel that a script let the connection in and that client.channel has
   * not been asked for, it calls handler(body, { channel, position }). */
  on<C extends Heard<M>>(
    command: C,
    handler: (body: HeardBody<M, C>, place: Place & { channel: string | null })
      => unknown,
  ): () => void {
    return this.#handlers.add(command, handler);
  }

  /**
   * Answers the server's questions: what handler(body) returns, or the promise
   * it returns comes to, is the answer. Throw an Error with a code to decline.
   */
  answer<C extends Command<M>>(
    command: C,
    handler: (body: Body<M, C>) => AnswerBody<M, C> | Promise<AnswerBody<M, C>>,
  ): void {
    this.#answerers.set(command, handler);
  }

  /** A channel, the same value for the same name. It is joined by join(). */
  channel(name: string, options: ChannelOptions = {}): Channel<M> {
    const membership = this.#find(name);
    Object.assign(membership.options, options);
    const channel = this.#channels.get(name)
      ?? new Channel<M>(membership, this.#host);
    this.#channels.set(name, channel);
    return channel;
  }

  /** Connects now, anew if it is open: a changed cookie counts from here on. */
  reconnect(): void {
    this.#line.reopen();
  }

  /** Ends it for good; throws at a code that no browser lets a page send. */
  close(code = 1000, reason = ""): void {
    if (!isSendable(code)) {
      throw new RangeError(`close: 1000 or 3000 to 4999, not ${code}`);
    }
    this.#line.close(code, reason);
  }

  #until(fits: (state: State) => boolean): Promise<State> {
    return new Promise((resolve, reject) => {
      const stop = this.onState((state) => {
        if (fits(state)) resolve(state);
        else if (state.name === "closed") {
          const { code, reason } = state;
          reject(failure({ code, message: reason || "closed" }));
        } else return;
        queueMicrotask(() => stop());
      });
    });
  }

  /* Whether what is sent now can be served: what waits goes first. */
  get #isFree(): boolean {
    const { state } = this;
    return state.name === "open" && (this.#queue.isEmpty || !!state.user
      || this.#options.guest) && !this.#due[0];
  }

  /* Now, or behind what waits. False if neither can be. */
  #transmit(text: string, { queue = true }: SendOptions = {}, id?: number) {
    if ((!queue || this.#isFree) && this.#line.write(text)) return true;
    return queue && this.state.name !== "closed" && this.#queue.push(text, id);
  }

  #ask(
    text: (id: number) => string,
    { queue, timeout = this.#options.timeout }: AskOptions = {},
  ): Promise<Answer> {
    return this.#questions.add((id) => {
      if (this.#transmit(text(id), { queue }, id)) return;
      const { state } = this;
      if (queue !== false && state.name !== "closed") {
        throw failure({ code: "busy", message: "too many messages wait" });
      }
      throw closed(state as any, "not connected");
    }, timeout, (id) => this.#queue.drop(id));
  }

  #entered(state: State): void {
    if (state.name === "closed") {
      const { code = 1006, reason = "" } = state;
      this.#queue.clear();
      const error = closed({ code, reason });
      this.#questions.close(() => true, error);
      for (const each of this.#memberships.values()) each.closed(error);
    }
    if (state.name === "open") {
      if (state.user) this.#known(state.user);
      for (const each of this.#memberships.values()) each.retry();
      this.#join();
    }
    this.#watchers.call("", state);
  }

  /* What one user left waiting is not sent in the name of another. */
  #known(user: any): void {
    const id = user.id ?? null;
    if (this.#user !== undefined && this.#user !== id) {
      const given = this.#queue.clear();
      this.#questions.close((id) => given.includes(id),
        closed({}, "another user"));
    }
    this.#user = id;
  }

  #find(name: string): Membership {
    const membership = this.#memberships.get(name)
      ?? new Membership(name, this.#host);
    this.#memberships.set(name, membership);
    return membership;
  }

  get #due(): Membership[] {
    return [...this.#memberships.values()].filter(({ isDue }) => isDue);
  }

  /* Joins channels, some at a time, and sends what waits behind that. */
  #join(): void {
    const { state } = this;
    if (state.name !== "open") return;
    let underWay = 0;
    for (const { isSettling } of this.#memberships.values()) {
      if (isSettling) underWay++;
    }
    for (const membership of this.#due) {
      if (!membership.isSettling && underWay++ < JOINS) membership.enter();
    }
    if ((state.user || this.#options.guest) && !this.#due[0]) {
      this.#queue.flush((text) => this.#line.write(text));
    }
  }

  /* What waits goes with the next connection; what was under way does not. */
  #lost(code: number, reason: string): void {
    this.#questions.close((id) => !this.#queue.has(id),
      closed({ code, reason }));
    for (const each of this.#memberships.values()) each.lost();
  }

  #receive(text: string): void {
    const message = read(text);
    if (!message) return;
    const { command, body, id, channel } = message;
    if (typeof id === "string" && id.startsWith("$")) {
      this.#reply(command, body, id);
      return;
    }
    // Before what comes behind it, and before who waits for it hears.
    const isKnown = channel !== null
      && (command === "$joined" || this.#memberships.has(channel));
    if (isKnown) this.#find(channel).receive(message);
    if (id !== null) this.#questions.settle(id, command, body);
    else if (!isKnown) this.#hear(message);
  }

  #hear({ command, body, channel, position }: Message): void {
    if (command === "reconnect") this.#line.askedFor(body?.after);
    if (command === "authenticated") this.#line.authenticated(body);
    if (command === "expired") run(this.#options.expired, this);
    this.#handlers.call(command, body,
      { channel, position, isRecovered: false });
  }

  /* A handler of the client's takes what comes of channels that the
     application does not know, and errors. */
  #handle(channel: string, command: string, body: any, place: Place) {
    if (this.#channels.has(channel) && command !== "error") return false;
    if (!this.#handlers.has(command)) return false;
    this.#handlers.call(command, body, { channel, ...place });
    return true;
  }

  async #reply(command: string, body: unknown, id: string): Promise<void> {
    const { epoch } = this.#line;
    let answer;
    try {
      const answerer = this.#answerers.get(command);
      if (!answerer) throw failure({ code: "unknown" });
      answer = write("ok", await answerer(body), id);
    } catch (error: any) {
      const isDeclined = typeof error?.code === "string";
      if (!isDeclined) console.error(error);
      answer = write("error", { code: isDeclined ? error.code : "failed" }, id);
    }
    // On another connection nobody asks.
    if (epoch === this.#line.epoch) this.#line.write(answer);
  }
}

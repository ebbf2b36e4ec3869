/*
 * The connection that comes back: one socket at a time, the state it is in, and
 * how its loss is noticed. Knows of messages only the ping that it sends.
 */
import { Comeback } from "./comeback.js";
import { isVerdict } from "./codes.js";
import { after, run } from "./handlers.js";
import { write } from "./message.js";
import type { Options } from "./options.js";
import { isOffline, watch } from "./signs.js";
import { open, type Socket } from "./socket.js";

export type State<User = any> =
  | { name: "connecting" }
  /** `user` is the body of "authenticated"; null for a guest, and while the
   * server still looks up who this is. */
  | { name: "open"; user: User | null }
  /** Lost, and connects again after so many seconds. */
  | { name: "waiting"; seconds: number; code: number; reason: string }
  /** For good. */
  | { name: "closed"; code?: number; reason?: string };

export type Url = string | (() => string | Promise<string>);

export interface Owner {
  received(text: string): void;
  /** Nothing more comes from this connection. */
  lost(code: number, reason: string): void;
  entered(state: State): void;
}

/* A connection that lasted so long was a good one. */
const STEADY = 10;
/* After a sleep, or at another sign that the connection may be dead, the server
   has so long to answer. */
const AWAKE = 1;
const DOUBT = 3;

export class Line {
  state: State = { name: "closed" };
  /** Another number for each connection. */
  epoch = 0;
  #socket: Socket | null = null;
  #timer: any; // the only one: gives up opening, notices silence, comes back
  #openedAt = Infinity;
  #comeback: Comeback;
  #stopWatching: (() => void) | null = null;

  constructor(
    private url: Url, private options: Options, private owner: Owner,
  ) {
    this.#comeback = new Comeback(options.delay, options.delayMax);
  }

  /** Raises at a url that is a text and none that the platform takes. */
  open(): void {
    const { url, options } = this;
    if (typeof url === "string") {
      this.#connect(url);
    } else {
      // Until the url is there, this stands for the socket.
      const asking: Socket = { send: () => false, close() {} };
      this.#socket = asking;
      Promise.resolve().then(url).then((found) => {
        if (this.#socket === asking) this.#connect(found);
      }).catch((error) => {
        const reason = String(error?.message ?? error);
        if (this.#socket === asking) this.#lost(1006, reason);
      });
    }
    this.#stopWatching ??= watch((slept) => this.#doubt(slept));
    this.#wait(options.opening, () => this.#lost(1006, "no handshake"));
    this.#enter({ name: "connecting" });
  }

  reopen(): void {
    this.#letGo(1000, "reconnecting");
    this.#comeback.reset();
    this.#comeback.askedFor(0);
    this.open();
  }

  close(code: number, reason: string): void {
    if (this.state.name === "closed") return;
    this.#socket?.close(code, reason); // raises at a reason that is too long
    this.#letGo(code, reason);
    this.#end(code, reason);
  }

  /** False if it is not open. */
  write(text: string): boolean {
    const isSent = !!this.#socket?.send(text);
    if (isSent) run(this.options.trace, "sent", text);
    return isSent;
  }

  authenticated(user: unknown): void {
    this.#enter({ name: "open", user });
  }

  askedFor(seconds: unknown): void {
    this.#comeback.askedFor(seconds);
  }

  #connect(url: string): void {
    this.#socket = open(url, this.options, {
      opened: () => {
        this.#openedAt = Date.now();
        this.#noticeSilence();
        this.#enter({ name: "open", user: null });
      },
      received: (data) => {
        this.#noticeSilence();
        if (typeof data !== "string") return; // the script's own affair
        run(this.options.trace, "received", data);
        this.owner.received(data);
      },
      ended: (code, reason) => this.#lost(code, reason),
    });
  }

  /* Nothing that the socket says counts from here on. */
  #letGo(code: number, reason: string): void {
    const socket = this.#socket;
    this.#socket = null;
    this.epoch++;
    this.#openedAt = Infinity;
    clearTimeout(this.#timer);
    socket?.close();
    this.owner.lost(code, reason);
  }

  #lost(code: number, reason: string): void {
    const comeback = this.#comeback;
    if (Date.now() - this.#openedAt > STEADY * 1000) comeback.reset();
    this.#letGo(code, reason);
    if (isVerdict(code)) return this.#end(code, reason);
    const seconds = comeback.next();
    this.#wait(seconds, () => this.#again());
    this.#enter({ name: "waiting", seconds, code, reason });
  }

  /* A url that was good once is no reason to raise from a timer. */
  #again(): void {
    try {
      this.open();
    } catch (error: any) {
      this.#lost(1006, String(error?.message ?? error));
    }
  }

  #end(code: number, reason: string): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#enter({ name: "closed", code, reason });
  }

  #enter(state: State): void {
    this.state = state;
    this.owner.entered(state);
  }

  #wait(seconds: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = after(seconds, then);
  }

  /* Browsers cannot see protocol pings, so the question is a message. Whatever
     comes is a sign of life and begins this again. */
  #noticeSilence(): void {
    const { silence, patience } = this.options;
    this.#wait(silence, () => this.#ping(patience));
  }

  #ping(patience: number): void {
    this.write(write("ping", null, 0));
    this.#wait(patience, () => this.#lost(1006, "silence"));
  }

  /* The network or the machine has changed. After a sleep longer than silence
     may last, nobody expects the connection to live. */
  #doubt(slept: number): void {
    const { name } = this.state;
    const { silence, patience } = this.options;
    if (name === "waiting") {
      if (isOffline()) return;
      this.#wait(this.#comeback.soonest(), () => this.#again());
    } else if (name === "connecting" ? slept : slept > silence) {
      this.#letGo(1006, "slept");
      this.#again();
    } else if (name === "open") {
      this.#ping(Math.min(patience, slept ? AWAKE : DOUBT));
    }
  }
}

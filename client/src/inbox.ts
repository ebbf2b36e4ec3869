/*
 * Gives each message of a channel to its handlers, once and in the order of
 * positions. What comes before there is a handler for it is kept.
 */
import { Handlers } from "./handlers.js";
import type { Message } from "./message.js";

/** Where a message stands. */
export interface Place {
  /** Null for what is not kept in the channel's history. */
  position: number | null;
  /** True for what was sent before, and is told now. */
  isRecovered: boolean;
}

const MOST_KEPT = 1000; // messages of commands without a handler

export class Inbox {
  handlers = new Handlers();
  /** Of the last message, and the history in which it counts. */
  position: number | null = null;
  epoch: string | null = null;
  #kept: [string, any, Place][] = [];
  #willDrain = false;

  /**
   * `otherwise` is asked to handle what has no handler here, and says whether
   * it did.
   */
  constructor(
    private otherwise: (command: string, body: any, place: Place) => boolean,
  ) {}

  on(command: string, handler: (body: any, place: Place) => unknown) {
    const stop = this.handlers.add(command, handler);
    this.drain();
    return stop;
  }

  /** Takes one; a position that is not after the last one came already. A gap
   * is no loss: a script may leave a sender out. */
  take({ command, body, position }: Message, isRecovered: boolean): void {
    if (position !== null) {
      if (this.position !== null && position <= this.position) return;
      this.position = position;
    }
    const item: [string, any, Place] =
      [command, body, { position, isRecovered }];
    if (this.#willDrain || !this.#give(item)) this.#keep(item);
  }

  /** Begins anew at a position; what was kept belongs to what was before. */
  reset(epoch: string | null, position: number | null): void {
    this.epoch = epoch;
    this.position = position;
    this.#kept = [];
  }

  /** Gives what was kept, after the handlers of this turn have been added. */
  drain(): void {
    if (this.#willDrain || !this.#kept[0]) return;
    this.#willDrain = true;
    queueMicrotask(() => {
      this.#willDrain = false;
      for (const item of this.#kept.splice(0)) {
        if (this.#willDrain || !this.#give(item)) this.#keep(item);
      }
    });
  }

  #keep(item: [string, any, Place]): void {
    if (this.#kept.push(item) > MOST_KEPT) this.#kept.shift();
  }

  #give([command, body, place]: [string, any, Place]): boolean {
    if (!this.handlers.has(command)) {
      return this.otherwise(command, body, place);
    }
    this.handlers.call(command, body, place);
    return true;
  }
}

/*
 * When to try again. Time is cut into stretches of 1, 2, 4 … 30 seconds, and
 * each has one try, at any moment of it. So a thousand clients which were lost
 * together do not come back together, and a server that is away for an hour
 * sees no more than one try each 30 seconds of each of them.
 */
export class Comeback {
  #tries = 0;
  #rest = 0; // seconds of the stretch in which the last try was
  #after = 0; // seconds that the server wants to be left alone
  #earliest = 0; // when it can be tried again

  constructor(private delay: number, private delayMax: number) {}

  /** It was a good connection: the next try comes soon. */
  reset(): void {
    this.#tries = this.#rest = 0;
  }

  /** The server said ["reconnect", {"after": seconds}]. */
  askedFor(seconds: unknown): void {
    this.#after = Number(seconds) || 0;
  }

  /** Seconds until the next try, after a loss. */
  next(): number {
    const limit = Math.min(this.delayMax, this.delay * 2 ** this.#tries++);
    const part = Math.random() * limit;
    const seconds = Math.max(this.#after, this.#rest + part);
    this.#rest = limit - part;
    this.#earliest = Date.now() + this.#after * 1000;
    this.#after = 0;
    return seconds;
  }

  /** Seconds until it can be tried when the network is back: none, unless the
   * server named a time. */
  soonest(): number {
    return Math.max(0, this.#earliest - Date.now()) / 1000;
  }
}

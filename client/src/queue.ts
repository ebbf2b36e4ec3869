/* What waits for the connection, in order, bounded by count and bytes. */
import { bytesOf } from "./message.js";

interface Waiting {
  text: string;
  bytes: number;
  /** Of a question, which can be given up. */
  id: number | undefined;
}

export class Queue {
  #items: Waiting[] = [];
  #bytes = 0;

  constructor(private maxCount: number, private maxBytes: number) {}

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** False if there is no room. */
  push(text: string, id?: number): boolean {
    const bytes = bytesOf(text);
    if (this.#items.length >= this.maxCount
      || this.#bytes + bytes > this.maxBytes) return false;
    this.#items.push({ text, bytes, id });
    this.#bytes += bytes;
    return true;
  }

  /** A question whose time has passed is never sent. */
  drop(id: number): void {
    const found = this.#items.findIndex((item) => item.id === id);
    if (found < 0) return;
    this.#bytes -= this.#items[found]!.bytes;
    this.#items.splice(found, 1);
  }

  has(id: number): boolean {
    return this.#items.some((item) => item.id === id);
  }

  /** Writes as long as it can be written. */
  flush(write: (text: string) => boolean): void {
    while (this.#items[0] && write(this.#items[0].text)) {
      this.#bytes -= this.#items.shift()!.bytes;
    }
  }

  /** Returns the ids of the questions that are not asked now. */
  clear(): number[] {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return items.flatMap(({ id }) => id ?? []);
  }
}

/* Functions that are called later, and how those of the application are. */

type Handler = (...args: any[]) => unknown;

/**
 * Calls a handler. Neither what it throws nor the promise that it breaks keeps
 * others from being called, or ends the connection.
 */
export async function run(handler: Handler | null | undefined, ...args: any[]) {
  try {
    await handler?.(...args);
  } catch (error) {
    console.error(error);
  }
}

/** Calls it later; a timer of more than 24 days would ring at once. */
export function after(seconds: number, then: () => void): any {
  return setTimeout(then, Math.min(seconds * 1000, 2 ** 31 - 1));
}

/** Handlers by command. */
export class Handlers {
  #lists = new Map<string, Set<Handler>>();

  /** Returns a function that takes the handler away again. */
  add(command: string, handler: Handler): () => void {
    const own: Handler = (...args) => handler(...args); // may be added twice
    const list = this.#lists.get(command) ?? new Set();
    this.#lists.set(command, list.add(own));
    return () => {
      list.delete(own);
    };
  }

  has(command: string): boolean {
    return !!this.#lists.get(command)?.size;
  }

  call(command: string, ...args: any[]): void {
    for (const handler of [...(this.#lists.get(command) ?? [])]) {
      run(handler, ...args);
    }
  }
}

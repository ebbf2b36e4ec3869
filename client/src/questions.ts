/* Questions that wait for their answers. */
import { failure } from "./failure.js";
import { after } from "./handlers.js";

export interface Answer<Body = any> {
  command: string;
  body: Body;
}

interface Question {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: any;
}

export class Questions {
  #waiting = new Map<number, Question>();
  #lastId = 0;

  /**
   * Asks with a new id, and waits so many seconds. `ask` raises if it cannot be
   * asked; `onTimeout` is told when nobody waits any longer.
   */
  add(
    ask: (id: number) => void, seconds: number, onTimeout: (id: number) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      ask(id);
      const timer = after(seconds, () => {
        onTimeout(id);
        this.settle(id, "error", { code: "timeout" });
      });
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  /** Ends one. An id that nobody waits for was too late, or is a ping's. */
  settle(id: any, command: string, body: any): void {
    const question = this.#take(id);
    if (command === "error") question?.reject(failure(body ?? {}));
    else question?.resolve({ command, body });
  }

  /** Ends those that nobody will answer. */
  close(isGone: (id: number) => boolean, error: Error): void {
    for (const id of [...this.#waiting.keys()]) {
      if (isGone(id)) this.#take(id)!.reject(error);
    }
  }

  #take(id: number): Question | undefined {
    const question = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(question?.timer);
    return question;
  }
}

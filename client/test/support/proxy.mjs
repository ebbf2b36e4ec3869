// A TCP proxy between a client and the server: it delays, cuts, half-closes,
// and drops the network for a time. It loses no byte of a connection that it
// leaves open, and duplicates none.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Proxy {
  #pairs = new Set();
  #delay = 0; // seconds
  #isAway = false;
  connections = 0; // accepted so far

  static async to(port) {
    const self = new Proxy();
    self.server = createServer({ allowHalfOpen: true },
      (near) => self.#accept(near, port));
    self.server.listen(0, "127.0.0.1");
    await once(self.server, "listening");
    self.port = self.server.address().port;
    return self;
  }

  get url() {
    return `ws://127.0.0.1:${this.port}/`;
  }

  #accept(near, port) {
    this.connections++;
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    const gone = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on("error", gone);
      this.#carry(from, to, gone);
    }
  }

  /* Bytes in order, each after the delay that holds when it comes. While the
     network is away they wait, as the kernel of a sender would keep them. */
  #carry(from, to, gone) {
    let last = Promise.resolve();
    const later = (act) => {
      const due = performance.now() + this.#delay * 1000;
      last = last.then(() => this.#until(due)).then(act);
    };
    from.on("data", (bytes) => later(() => to.writable && to.write(bytes)));
    from.on("end", () => later(() => to.end()));
    from.on("close", () => later(gone));
  }

  async #until(due) {
    const rest = due - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    while (this.#isAway) await this.back;
  }

  /** From now on, bytes take so many seconds in each direction. */
  delay(seconds) {
    this.#delay = seconds;
  }

  /** Closes all connections where they are: no close frame, no more bytes. Not
   * with resetAndDestroy: Node loses the handle if a FIN is under way, and does
   * not end then. */
  cut() {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#pairs.clear();
  }

  /** Ends the direction to the client, or to the server, as a FIN does. */
  halfClose(direction) {
    for (const { near, far } of this.#pairs) {
      (direction === "client" ? near : far).end();
    }
  }

  /** Nothing passes, and nobody is told, until the network is back. */
  drop() {
    if (this.#isAway) return;
    this.#isAway = true;
    this.back = new Promise((resolve) => { this.#return = resolve; });
  }

  #return = () => {};

  restore() {
    this.#isAway = false;
    this.#return();
  }

  async stop() {
    this.restore();
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }
}

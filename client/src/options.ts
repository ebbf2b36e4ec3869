import type { Client } from "./client.js";

/** All times are seconds. */
export interface Options {
  /** The class to use: in Node before 22, that of the package ws. */
  WebSocket?: any;
  /** Subprotocols to offer. */
  protocols?: string | string[];
  /** Of the handshake, where the platform can send some: browsers cannot. */
  headers?: Record<string, string>;
  /** Of ask: a little longer than the server gives an action. */
  timeout: number;
  /** For the url and the handshake. */
  opening: number;
  /** Nothing heard for so long: ping. */
  silence: number;
  /** Still nothing: the connection is lost. */
  patience: number;
  /** There is one try in so many seconds, then in twice, four times this … */
  delay: number;
  /** … but never less often than this. */
  delayMax: number;
  /** Messages that wait for the connection, at most. The server lets 64 of a
   * connection wait (limits.pending_messages). */
  queueCount: number;
  /** Their bytes, at most. */
  queueBytes: number;
  /** For visitors who are not authenticated: what waits is sent as soon as the
   * connection is open. */
  guest: boolean;
  /** Called when the registration has expired: renews it, by an action of
   * yours, or with a new cookie and client.reconnect(). */
  expired?: ((client: Client<any>) => unknown) | null;
  /** Sees each frame, "sent" or "received". */
  trace?: ((direction: "sent" | "received", text: string) => unknown) | null;
}

export const DEFAULTS: Options = {
  timeout: 65,
  opening: 20,
  silence: 30,
  patience: 10,
  delay: 1,
  delayMax: 30,
  queueCount: 40,
  queueBytes: 262144,
  guest: false,
};

import { Client } from "./client.js";
import type { Url } from "./line.js";
import { DEFAULTS, type Options } from "./options.js";

export type { Channel, Kept } from "./channel.js";
export type { AskOptions, Client, SendOptions } from "./client.js";
export type { Failure } from "./failure.js";
export type { Place } from "./inbox.js";
export type { State } from "./line.js";
export type { Change } from "./members.js";
export type { ChannelOptions } from "./membership.js";
export type { Options } from "./options.js";
export type { Answer } from "./questions.js";

/**
 * Connects, and stays connected until client.close() or until the server closes
 * for good.
 *
 *   const client = connect("wss://example.com");
 *   client.on("said", ({ from, text }) => console.log(from, text));
 *   client.answer("question", (text) => prompt(text));
 *   await client.ready();
 *   const { command, body } = await client.ask("hello", "Ada");
 *
 * JavaScript reads integers beyond 2^53 wrongly: let the server send such ids
 * as strings.
 * @param url "ws://…" or "wss://…", or a function that says it, asked
 *   before each attempt: for a fresh token
 */
export function connect<M = any>(
  url: Url, options: Partial<Options> = {},
): Client<M> {
  return new Client<M>(url, { ...DEFAULTS, ...options });
}

/* A channel, as the application holds it. */
import type { OnMembers } from "./members.js";
import { write } from "./message.js";
import type { AskOptions, SendOptions } from "./client.js";
import type { Host, Membership } from "./membership.js";
import type { Place } from "./inbox.js";
import type { Answer } from "./questions.js";
import type { Args, Body, Command, Heard, HeardBody } from "./types.js";

/** A message of the history. */
export interface Kept {
  command: string;
  body: any;
  position: number;
}

export class Channel<M = any> {
  /** @internal */
  constructor(private membership: Membership, private host: Host) {}

  get name(): string {
    return this.membership.name;
  }

  /** Users by id, with their info: always the same Map, kept up to date. */
  get members(): ReadonlyMap<string, any> {
    return this.membership.members.map;
  }

  /** How many are in it; null where the channel does not tell. */
  get count(): number | null {
    return this.membership.members.count;
  }

  /** False where only `count` is known: there are too many, or the channel
   * does not tell. */
  get isListed(): boolean {
    return this.membership.members.isListed;
  }

  /** Of the last message; null where the channel keeps none. */
  get position(): number | null {
    return this.membership.inbox.position;
  }

  /** Calls handler(members, { count, came, went }) now and at every change. */
  onMembers(handler: OnMembers): () => void {
    return this.membership.members.on(handler);
  }

  /** Calls the handler when messages may be missing: the application reads its
   * state anew. */
  onLost(handler: () => unknown): () => void {
    return this.membership.onLost.add("", handler);
  }

  /**
   * Calls handler(body, { position, isRecovered }) for each such message;
   * "$left" is told when the server ends the membership.
   */
  on<C extends Heard<M> | "$left">(
    command: C, handler: (body: HeardBody<M, C>, place: Place) => unknown,
  ): () => void {
    return this.membership.inbox.on(command, handler);
  }

  /** Sends to the channel; see client.send. */
  send<C extends Command<M>>(
    command: C, ...[body, options]: Args<Body<M, C>, [SendOptions?]>
  ): boolean {
    return this.host.transmit(
      write(command, body, undefined, this.name), options);
  }

  /** Sends to the channel and waits until it is published; see client.ask. The
   * answer's body has the position, where there is one. */
  ask<C extends Command<M>>(
    command: C, ...[body, options]: Args<Body<M, C>, [AskOptions?]>
  ): Promise<Answer<{ position?: number }>> {
    return this.membership.ask(command, body, options);
  }

  /** The newest messages before a position, 100 if nothing else is said, in
   * their order. */
  async history(
    { before, limit, ...options }:
      { before?: number; limit?: number } & AskOptions = {},
  ): Promise<Kept[]> {
    const { body } =
      await this.membership.ask("$history", { before, limit }, options);
    return body.messages.map(([command, body, position]: any) =>
      ({ command, body, position }));
  }

  /**
   * Joins, and joins again after each loss until it leaves. Resolves when it is
   * in; rejects when it is refused, or the connection is closed for good.
   * @param body for the rule of the channel, in place of the option
   */
  join(body: any = this.membership.options.body): Promise<void> {
    return this.membership.join(body);
  }

  /** Resolves when it is out. */
  leave(): Promise<void> {
    return this.membership.leave();
  }
}

/*
 * What a project may declare of its messages:
 *
 *   interface Messages {
 *     said: { from: string; text: string };
 *     "room/join": { ask: string; answer: { members: number } };
 *   }
 *   const client = connect<Messages>(url);
 *
 * Without it, any command may have any body.
 */

/* What Base says by itself. */
interface Builtin {
  authenticated: any;
  error: { code: string; message?: string; data?: any; ref?: string };
  expired: null;
  reconnect: { after: number };
}

export type Command<M> = Extract<keyof M, string>;

/** What is sent with a command. */
export type Body<M, C> =
  C extends keyof M ? (M[C] extends { ask: infer A } ? A : M[C]) : any;

/** What answers it. */
export type AnswerBody<M, C> =
  C extends keyof M ? (M[C] extends { answer: infer A } ? A : any) : any;

export type Heard<M> = Command<M> | keyof Builtin;

export type HeardBody<M, C> =
  C extends keyof M ? Body<M, C> : C extends keyof Builtin ? Builtin[C] : any;

/** The body may be left out where it may be undefined or null. */
export type Args<B, Rest extends unknown[]> =
  undefined extends B ? [body?: B, ...rest: Rest]
    : null extends B ? [body?: B, ...rest: Rest]
      : [body: B, ...rest: Rest];

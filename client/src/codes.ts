/*
 * What a close code means for coming back.
 *
 * Some codes are a verdict: done, mistakes of the protocol, nobody, sent away,
 * one too many. After any other a client comes back by itself: lost (1006),
 * without a code (1005), a proxy's 1014, a restart, too slow …
 */
const VERDICTS = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 4001, 4003, 4009];

/** Codes of scripts are a verdict, too. */
export function isVerdict(code: number): boolean {
  return VERDICTS.includes(code) || (code >= 3000 && code < 4000)
    || code >= 4100;
}

/** The codes that a browser lets a page send. */
export function isSendable(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

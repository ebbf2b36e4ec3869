/* What a promise of the client rejects with. */

/** `code` is the server's, or "timeout", "closed" or "busy". */
export interface Failure extends Error {
  code: any;
  /** With "closed": the code and reason of the close, where there was one. */
  data?: any;
  /** With "failed": by which the reason is found in the server's log. */
  ref?: string;
}

/** Makes one of the fields of ["error", {…}, id]. */
export function failure({ code, message, data, ref }: {
  code?: any; message?: string; data?: any; ref?: string;
}): Failure {
  return Object.assign(new Error(message ?? code), { code, data, ref });
}

/** For a question that gets no answer, as nobody is there. */
export function closed(
  { code, reason }: { code?: number; reason?: string },
  otherwise = "connection lost",
): Failure {
  const data = code === undefined ? undefined : { code, reason };
  return failure({ code: "closed", message: reason || otherwise, data });
}

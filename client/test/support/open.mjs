// A client for a test: ends with it.
import ws from "ws";
import { connect } from "../../dist/base.js";

export { connect, ws };

/** Connects to a server or a proxy as a user, and ends when the test does. */
export function open(t, { url }, { user, query, ...options } = {}) {
  const words = new URLSearchParams({ ...(user ? { user } : {}), ...query });
  const client = connect(`${url}?${words}`,
    { WebSocket: ws, delay: 0.05, ...options });
  t.after(() => client.close());
  return client;
}

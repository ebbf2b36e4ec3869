// Waiting, with a deadline.

const LOOK_EVERY = 5; // milliseconds

export const sleep = (seconds) =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Looks until it sees something true, and returns that. */
export async function until(look, { seconds = 10, say = () => look } = {}) {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) {
      throw new Error(`not so in ${seconds} s: ${say()}`);
    }
    await sleep(LOOK_EVERY / 1000);
  }
}

/** Resolves with the first state, the present one included, that fits. */
export async function stateOf(client, fits, seconds) {
  const isFit = typeof fits === "string" ? ({ name }) => name === fits : fits;
  await until(() => isFit(client.state),
    { seconds, say: () => `still ${JSON.stringify(client.state)}` });
  return client.state;
}

/*
 * Signs that the network or the machine has changed: the browser's events, and
 * a clock that jumped, as the machine slept.
 */

const TICK = 1; // seconds
const JUMP = 3; // seconds between two ticks that tell of a sleep

/** False also where the platform cannot tell. */
export function isOffline(): boolean {
  return (globalThis as any).navigator?.onLine === false;
}

/**
 * Calls back with the seconds that were slept through, 0 at another sign.
 * Returns a function that stops it.
 */
export function watch(tell: (slept: number) => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis as any;
  const onEvent = () => tell(0);
  const onVisible = () => document.hidden || tell(0);

  let last = Date.now();
  const ticker: any = setInterval(() => {
    const slept = (Date.now() - last) / 1000;
    last = Date.now();
    // The ticks of a page that nobody sees are rare anyway.
    if (slept > JUMP) tell(document?.hidden ? 0 : slept);
  }, TICK * 1000);

  // React Native has neither, some workers have no document.
  if (addEventListener) {
    addEventListener("online", onEvent);
    addEventListener("offline", onEvent);
  }
  document?.addEventListener("visibilitychange", onVisible);

  return () => {
    clearInterval(ticker);
    if (removeEventListener) {
      removeEventListener("online", onEvent);
      removeEventListener("offline", onEvent);
    }
    document?.removeEventListener("visibilitychange", onVisible);
  };
}

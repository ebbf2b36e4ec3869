/*
 * One WebSocket of whatever platform: a browser's, that of Node, of the package
 * ws, of React Native. It says once how it ended, and why.
 */
import { after } from "./handlers.js";

export interface Socket {
  /** False if it is not open. */
  send(text: string): boolean;
  /** Its listener hears nothing from then on. */
  close(code?: number, reason?: string): void;
}

export interface Listener {
  opened(): void;
  received(data: unknown): void;
  ended(code: number, reason: string): void;
}

export interface SocketOptions {
  WebSocket?: any;
  protocols?: string | string[];
  headers?: Record<string, string>;
}

const WORDS = 1000; // characters of an answer that refuses the handshake

/* Node, Bun and Deno take headers in the second argument of their own class;
   ws and React Native in the third. A browser takes none. */
function make(url: string, options: SocketOptions): any {
  const own = (globalThis as any).WebSocket;
  const { WebSocket = own, protocols, headers } = options;
  if (!WebSocket) {
    throw new Error("There is no WebSocket here: in Node before 22, give that "
      + "of the package ws as the option WebSocket");
  }
  if (!headers) return new WebSocket(url, protocols);
  const { process, document } = globalThis as any;
  const isServer = WebSocket === own && process?.versions?.node && !document;
  return isServer ? new WebSocket(url, { protocols, headers })
    : new WebSocket(url, protocols, { headers });
}

/* Calls back with what a server says that refuses the handshake. Only ws shows
   it; the others keep it to themselves, for the safety of browsers' users. */
function onRefusal(socket: any, tell: (reason: string) => void): void {
  socket.on?.("unexpected-response", (_request: unknown, response: any) => {
    const status = `${response.statusCode} ${response.statusMessage}`;
    let words = "";
    const done = () => tell(`${status}: ${words}`.replace(/[\s:]+$/, ""));
    response.setEncoding("utf8");
    response.on("data", (text: string) => {
      words = (words + text).slice(0, WORDS);
    });
    response.on("end", done);
    response.on("error", done);
  });
}

/** Raises where the platform does: at a url that is none. */
export function open(
  url: string, options: SocketOptions, listener: Listener,
): Socket {
  const socket = make(url, options);
  let isOurs = true;
  let isOpen = false;
  let why = "";

  const end = (code = 1006, reason = "") => {
    if (!isOurs) return;
    isOurs = false;
    listener.ended(code, reason || why);
  };
  socket.onopen = () => {
    isOpen = true;
    if (isOurs) listener.opened();
  };
  socket.onmessage = ({ data }: any) => isOurs && listener.received(data);
  socket.onclose = ({ code, reason }: any) => end(code, reason);
  // A close follows at once, but not in Node's own when there was no handshake.
  // Browsers do not say why it failed.
  socket.onerror = ({ message, error }: any = {}) => {
    why = message || error?.message || error?.code || "";
    if (!isOpen) after(0, end);
  };
  onRefusal(socket, (reason) => {
    end(1006, reason);
    socket.close();
  });

  return {
    send(text) {
      if (!isOurs || socket.readyState !== 1) return false;
      socket.send(text);
      return true;
    },
    close(code, reason) {
      isOurs = false;
      socket.close(code, reason);
    },
  };
}

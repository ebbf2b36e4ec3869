/* A frame: [command, body, id, channel, position]. */

export type Id = string | number | null;

export interface Message {
  command: string;
  body: any;
  id: Id;
  channel: string | null;
  position: number | null;
}

/** Writes a frame; what is undefined at the end is left out. */
export function write(...elements: unknown[]): string {
  while (elements[elements.length - 1] === undefined) elements.pop();
  return JSON.stringify(elements);
}

/** From [command, body, position], as a history has it. */
export function toMessage([command, body, position]: any[]): Message {
  return { command, body, id: null, channel: null, position };
}

/** Null, with a word on the console, for what a script sent that is none. */
export function read(text: string): Message | null {
  try {
    const list = JSON.parse(text);
    if (Array.isArray(list)) {
      const [command, body = null, id = null, channel = null,
        position = null] = list;
      return { command, body, id, channel, position };
    }
  } catch {
    // said below
  }
  console.error(`not a message of Base: ${text.slice(0, 100)}`);
  return null;
}

/** How many bytes a text takes on the wire. */
export function bytesOf(text: string): number {
  return encodeURIComponent(text).replace(/%../g, "x").length;
}

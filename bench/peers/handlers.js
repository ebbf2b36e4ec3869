// The work of ws.js and bun.js: a table of handlers for [command, body, id],
// with all that they need of their server in `world`.
export function makeHandlers(world) {
  return {
    echo: (peer, body) => ["echo", body],
    order: (peer, body) => ["total", { total: body.price * body.count }],
    tell: (peer, body) => {
      world.broadcast(JSON.stringify(["told", body]));
      return ["ok", body];
    },
    tell_each: (peer, body) => {
      for (const [id, user] of world.users) {
        user.send(JSON.stringify(["told", `${body} for ${id}`]));
      }
      return ["ok", body];
    },
  };
}

// Runs the handler of a message and returns the text of its answer.
export function answer(handlers, peer, text) {
  const [command, body, id] = JSON.parse(text);
  const [name, result] = handlers[command](peer, body);
  return JSON.stringify([name, result, id]);
}

// The id in the query of a handshake, or null: a guest.
export function idOf(url) {
  return new URL(url, "http://localhost").searchParams.get("id");
}

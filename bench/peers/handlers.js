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

// What a client says to a channel: it joins, leaves, or sends a message to all.
function serveChannel(channels, peer, [command, body, id, channel]) {
  if (command === "$join") {
    channels.join(peer, channel);
    return ["$joined", {}, id, channel];
  }
  if (command === "$leave") {
    channels.leave(peer, channel);
    return ["$left", null, id, channel];
  }
  if (!channels.has(peer, channel)) {
    return ["error", { code: "forbidden" }, id, channel];
  }
  channels.publish(channel, JSON.stringify([command, body, null, channel]));
  return ["$sent", {}, id, channel];
}

// Runs the handler of a message and returns the text of its answer.
export function answer(handlers, channels, peer, text) {
  const message = JSON.parse(text);
  if (message.length > 3) {
    return JSON.stringify(serveChannel(channels, peer, message));
  }
  const [command, body, id] = message;
  const [name, result] = handlers[command](peer, body);
  return JSON.stringify([name, result, id]);
}

// The id in the query of a handshake, or null: a guest.
export function idOf(url) {
  return new URL(url, "http://localhost").searchParams.get("id");
}

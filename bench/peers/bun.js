// Bun's own server: bun bun.js PORT. With BENCH_TLS, a folder, over TLS; with
// BENCH_DEFLATE it takes permessage-deflate.
import { readFileSync } from "node:fs";
import { answer, idOf, makeHandlers } from "./handlers.js";

const tls = process.env.BENCH_TLS;
const compresses = Boolean(process.env.BENCH_DEFLATE);
const users = new Map();
const handlers = makeHandlers({
  users,
  broadcast: (text) => server.publish("all", text, compresses),
});

const channels = {
  join: (socket, name) => socket.subscribe(name),
  leave: (socket, name) => socket.unsubscribe(name),
  has: (socket, name) => socket.isSubscribed(name),
  publish: (name, text) => server.publish(name, text, compresses),
};

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  tls: tls && {
    cert: readFileSync(`${tls}/cert.pem`),
    key: readFileSync(`${tls}/key.pem`),
  },
  fetch(request, server) {
    if (server.upgrade(request, { data: { id: idOf(request.url) } })) return;
    return new Response("a WebSocket is served here", { status: 426 });
  },
  websocket: {
    maxPayloadLength: 1 << 20,
    backpressureLimit: 64 << 20,
    perMessageDeflate: compresses,
    open(socket) {
      const { id } = socket.data;
      if (id === null) return;
      users.set(id, socket);
      socket.subscribe("all");
      socket.send(JSON.stringify(["authenticated", { id }]));
    },
    message(socket, text) {
      socket.send(answer(handlers, channels, socket, text), compresses);
    },
    close(socket) {
      users.delete(socket.data.id);
    },
  },
});

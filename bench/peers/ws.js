// The library ws on Node: node ws.js PORT. With BENCH_TLS, a folder, over TLS;
// with BENCH_DEFLATE it takes permessage-deflate.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { WebSocketServer } from "ws";
import { answer, idOf, makeHandlers } from "./handlers.js";

const tls = process.env.BENCH_TLS;
const server = tls
  ? https.createServer({
      cert: readFileSync(`${tls}/cert.pem`),
      key: readFileSync(`${tls}/key.pem`),
    })
  : http.createServer();

const sockets = new WebSocketServer({
  server,
  maxPayload: 1 << 20,
  perMessageDeflate: Boolean(process.env.BENCH_DEFLATE),
});

const users = new Map();
const handlers = makeHandlers({
  users,
  broadcast(text) {
    for (const socket of sockets.clients) socket.send(text);
  },
});

const rooms = new Map();
const channels = {
  join(socket, name) {
    if (!rooms.has(name)) rooms.set(name, new Set());
    rooms.get(name).add(socket);
    socket.rooms.add(name);
  },
  leave(socket, name) {
    const room = rooms.get(name);
    room?.delete(socket);
    if (room?.size === 0) rooms.delete(name);
    socket.rooms.delete(name);
  },
  has: (socket, name) => socket.rooms.has(name),
  publish(name, text) {
    for (const socket of rooms.get(name) ?? []) socket.send(text);
  },
};

sockets.on("connection", (socket, request) => {
  const id = idOf(request.url);
  socket.rooms = new Set();
  socket.on("close", () => {
    for (const name of socket.rooms) channels.leave(socket, name);
  });
  if (id !== null) {
    users.set(id, socket);
    socket.on("close", () => users.delete(id));
    socket.send(JSON.stringify(["authenticated", { id }]));
  }
  socket.on("message", (data) => {
    socket.send(answer(handlers, channels, socket, data.toString()));
  });
});

server.listen({ host: "127.0.0.1", port: Number(process.argv[2]),
  backlog: 4096 });

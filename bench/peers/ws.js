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

sockets.on("connection", (socket, request) => {
  const id = idOf(request.url);
  if (id !== null) {
    users.set(id, socket);
    socket.on("close", () => users.delete(id));
    socket.send(JSON.stringify(["authenticated", { id }]));
  }
  socket.on("message", (data) => {
    socket.send(answer(handlers, socket, data.toString()));
  });
});

server.listen({ host: "127.0.0.1", port: Number(process.argv[2]),
  backlog: 4096 });

// socket.io with its default settings: node socketio.js PORT. Its events and
// acknowledgements are the commands and ids of the others. With BENCH_RECOVERY
// it has connection state recovery.
import http from "node:http";
import { Server } from "socket.io";

const server = http.createServer();
const io = new Server(server, process.env.BENCH_RECOVERY
  ? { connectionStateRecovery: {} } : {});
const users = new Map();

io.on("connection", (socket) => {
  const { id } = socket.handshake.query;
  if (id !== undefined) {
    users.set(id, socket);
    socket.on("disconnect", () => users.delete(id));
    socket.emit("authenticated", { id });
  }
  socket.on("echo", (body, acknowledge) => acknowledge(body));
  socket.on("order", (body, acknowledge) => {
    acknowledge({ total: body.price * body.count });
  });
  socket.on("tell", (body, acknowledge) => {
    io.emit("told", body);
    acknowledge(body);
  });
  socket.on("join", (room, acknowledge) => {
    socket.join(room);
    acknowledge();
  });
  socket.on("leave", (room, acknowledge) => {
    socket.leave(room);
    acknowledge();
  });
  socket.on("said", (room, body, acknowledge) => {
    if (!socket.rooms.has(room)) return;
    io.to(room).emit("said", body, room);
    acknowledge();
  });
  socket.on("tell_each", (body, acknowledge) => {
    for (const [id, user] of users) user.emit("told", `${body} for ${id}`);
    acknowledge(body);
  });
});

server.listen({ host: "127.0.0.1", port: Number(process.argv[2]),
  backlog: 4096 });

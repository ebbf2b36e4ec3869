// The application: its users, their sessions, its rooms, and who may enter them.
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { fileURLToPath } from "node:url";
import express from "express";
import session from "express-session";
import * as base from "./base.mjs";

const PORT = Number(process.env.APP_PORT ?? 3000);
const BASE_PORT = Number(process.env.BASE_PORT ?? 9000);
const KICK_SECONDS = Number(process.env.KICK_SECONDS ?? 300);
const web = fileURLToPath(new URL("web", import.meta.url));

// A database of yours has these.

const hash = (password, salt) => scryptSync(password, salt, 32);

function user(id, name, password, moderator = false) {
  const salt = randomBytes(16);
  return { id, name, moderator, salt, hash: hash(password, salt) };
}

const users = [
  user(1, "Ada", "lovelace", true),
  user(2, "Bob", "builder"),
  user(3, "Eve", "online"),
];
const rooms = [
  { name: "tea", title: "Tea kitchen" },
  { name: "work", title: "Work" },
  { name: "office", title: "Office", members: [1, 2] },
];
const kicked = new Map(); // "room user" → when it ends

const isOpenTo = (room, { id }) => !room.members || room.members.includes(id);

function check(name, password) {
  const found = users.find((each) => each.name === name);
  // One that does not exist takes as long to refuse.
  const { salt, hash: right } = found ?? users[0];
  return timingSafeEqual(hash(password, salt), right) ? found : undefined;
}

// Sessions, in a cookie. SameSite keeps the pages of others from using it.

const app = express();
app.disable("x-powered-by");
app.use(session({
  name: "chat",
  secret: process.env.SESSION_SECRET ?? randomBytes(32).toString("hex"),
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: "lax" },
}));
app.use((request, response, next) => {
  request.user = users.find(({ id }) => id === request.session.user);
  response.set({
    "Cache-Control": "no-store",
    "Content-Security-Policy":
      "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'",
  });
  next();
});
app.use(express.json(), express.urlencoded({ extended: false }));

app.get("/", (request, response) =>
  response.sendFile(request.user ? "chat.html" : "login.html", { root: web }));
app.use(express.static(web, { index: false }));

app.post("/login", (request, response) => {
  const { name = "", password = "" } = request.body ?? {};
  const found = check(String(name), String(password));
  if (!found) return response.redirect(303, "/?wrong");
  request.session.regenerate(() => {
    request.session.user = found.id;
    response.redirect(303, "/");
  });
});

// From here on: for those who are logged in.
app.use((request, response, next) =>
  request.user ? next() : response.status(401).json({ error: "log in" }));

// First the session ends, then the sockets: who connects in between is refused.
app.post("/logout", (request, response) => {
  const { id } = request.user;
  request.session.destroy(async () => {
    await base.disconnect(id).catch(console.error);
    response.redirect(303, "/");
  });
});

// What the page begins with.
app.get("/start", ({ user }, response) => response.json({
  port: BASE_PORT,
  user: { id: user.id, name: user.name, moderator: user.moderator },
  users: users.map(({ id, name }) => ({ id, name })),
  rooms: rooms.filter((room) => isOpenTo(room, user))
    .map(({ name, title }) => ({ name, title })),
}));

// What Base asks, with the browser's cookie: who is it, may it enter this room,
// is there such a user?

app.get("/me", ({ user: { id, name, moderator } }, response) =>
  response.json({ id, name, moderator }));

app.get("/rooms/:name", ({ user, params }, response) => {
  const room = rooms.find(({ name }) => name === params.name);
  if (!room || !isOpenTo(room, user)) return response.status(403).json({});
  const seconds =
    ((kicked.get(`${room.name} ${user.id}`) ?? 0) - Date.now()) / 1000;
  response.json(seconds > 0
    ? { closed: `You may come back in ${Math.ceil(seconds)} s.` } : {});
});

app.get("/users/:id", ({ params }, response) => {
  const found = users.some(({ id }) => String(id) === params.id);
  response.status(found ? 200 : 404).json({});
});

// What a moderator does. Base is told what follows from it.
app.use((request, response, next) =>
  request.user.moderator ? next() : response.status(403).json({}));

app.post("/kick", async (request, response) => {
  const { room, user } = request.body ?? {};
  const found = users.find(({ id }) => id === user);
  if (!found || !rooms.some(({ name }) => name === room)) {
    return response.status(404).json({});
  }
  kicked.set(`${room} ${user}`, Date.now() + KICK_SECONDS * 1000);
  const { name } = request.user;
  await base.leave(user, `room:${room}`, `${name} has put you out.`);
  await base.send(`room:${room}`, "notice",
    { text: `${name} has put ${found.name} out.` });
  response.json({});
});

app.post("/notices", async (request, response) => {
  const text = String(request.body?.text).slice(0, 500);
  for (const { name } of rooms) {
    await base.send(`room:${name}`, "notice", { text });
  }
  response.json({});
});

app.listen(PORT, "127.0.0.1", (error) => {
  if (error) throw error;
});

// The page of the chat. What others wrote reaches it as text, never as HTML:
// append() and textContent make no elements of it.
import { connect } from "./base.js";

const PAGE = 30; // messages read at once
const TYPING = 3000; // milliseconds that "… is writing" is shown

const $ = (selector) => document.querySelector(selector);

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function post(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`The application answered ${reply.status}.`);
}

function complain(error) {
  $("#wrong").textContent = error.message ?? error;
}

const start = await (await fetch("/start")).json();
const { user } = start;

// Cookies belong to a host, not to a port: Base gets the session's.
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const client = connect(`${scheme}//${location.hostname}:${start.port}/`, {
  expired: (client) => client.reconnect(), // asks the application anew
});

client.onState(({ name, user, seconds, code, reason }) => {
  const words = {
    connecting: "Connecting…",
    open: user ? `Live as ${user.name}` : "Logging in…",
    waiting: `Away, back in ${Math.ceil(seconds)} s`,
    closed: code === 4001 || code === 4003
      ? "Logged out" : `Ended (${code} ${reason})`,
  };
  $("#state").textContent = words[name];
  $("#state").dataset.state = name;
  if (code === 4001 || code === 4003) location.assign("/");
});

// Views: a room, or a private conversation. One of them is shown.

let shown = null;

function makeView(title, menu) {
  const view = { title, unread: 0, members: [], typing: new Map() };
  view.list = element("ol", { hidden: true, tabIndex: 0, ariaLabel: title });
  view.badge = element("span", { className: "unread" });
  view.button = element("button", { type: "button" }, title, view.badge);
  view.button.onclick = () => show(view);
  $("#lists").append(view.list);
  $(menu).append(element("li", {}, view.button));
  return view;
}

function show(view) {
  if (shown) {
    shown.list.hidden = true;
    shown.button.removeAttribute("aria-current");
  }
  shown = view;
  view.unread = 0;
  view.badge.textContent = "";
  view.list.hidden = false;
  view.list.scrollTop = view.list.scrollHeight;
  view.button.setAttribute("aria-current", "true");
  $("#title").textContent = view.title;
  $("#text").placeholder = `Message to ${view.title}`;
  complain("");
  if (view.membership === "out") enter(view); // may be that it is open again
  lookBack(view);
  showMembers(view);
  showTyping(view);
}

function line({ name, text, at }, className) {
  const time = new Date(at * 1000).toTimeString().slice(0, 5);
  return element("li", { className },
    element("strong", {}, name), " ", text, element("time", {}, time));
}

/* Adds a line at the end, and follows it unless somebody has scrolled up. */
function add(view, item) {
  const { list } = view;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(item);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function count(view, { from }, { isRecovered }) {
  if (view === shown || from === user.id || isRecovered) return;
  view.badge.textContent = ++view.unread;
}

// Rooms.

const items = {
  said: (body) => line(body, "said"),
  notice: ({ text }) => element("li", { className: "notice" }, text),
};

function openRoom({ name, title }) {
  const view = makeView(title, "#rooms");
  const room = client.channel(`room:${name}`, { last: PAGE });
  Object.assign(view, { name, room });

  for (const [command, item] of Object.entries(items)) {
    room.on(command, (body, about) => {
      begin(view);
      view.oldest = Math.min(view.oldest, about.position);
      add(view, item(body));
      if (command !== "said") return;
      view.typing.delete(body.name);
      showTyping(view);
      count(view, body, about);
    });
  }
  room.on("typing", (who) => {
    view.typing.set(who, Date.now());
    showTyping(view);
    setTimeout(showTyping, TYPING, view);
  });
  room.on("$left", ({ reason }) => {
    add(view, element("li", { className: "event" }, reason ?? "You are out."));
    view.membership = "out";
  });
  room.onMembers(() => showMembers(view));
  room.onLost(() => readAnew(view));
  view.list.onscroll = () => lookBack(view);
  view.send = (text) => room.ask("said", text);
  enter(view);
  return view;
}

/* What it shows from another time makes place for what comes now. */
function begin(view) {
  if (!view.isNew) return;
  view.isNew = false;
  view.oldest = Infinity;
  view.list.replaceChildren();
}

function enter(view) {
  view.isNew = true;
  view.membership = "joining";
  view.room.join().then(() => {
    begin(view);
    view.membership = "in";
    lookBack(view);
  }, (error) => {
    view.membership = "out";
    if (view === shown) complain(error);
  });
}

/* Reads on where the top of the list is in sight. */
function lookBack(view) {
  const isAtTop = view === shown && view.list.scrollTop < 40;
  if (isAtTop && view.membership === "in") readBack(view).catch(complain);
}

/* Puts older messages above those that are there, which stay in their place. */
async function readBack(view) {
  if (view.isReading || view.oldest <= 1) return;
  view.isReading = true;
  try {
    const before = Number.isFinite(view.oldest) ? view.oldest : undefined;
    const kept = await view.room.history({ before, limit: PAGE });
    // One may have come meanwhile, when nothing was there before.
    const older = kept.filter(({ position }) => position < view.oldest);
    view.oldest = kept.length < PAGE ? 0 : kept[0].position;
    const { list } = view;
    const fromEnd = list.scrollHeight - list.scrollTop;
    list.prepend(...older.filter(({ command }) => items[command])
      .map(({ command, body }) => items[command](body)));
    list.scrollTop = list.scrollHeight - fromEnd;
  } finally {
    view.isReading = false;
  }
  lookBack(view); // there may be room for more
}

/* More was said while the page was away than the room keeps. */
async function readAnew(view) {
  view.isNew = true;
  begin(view);
  await readBack(view);
  view.list.scrollTop = view.list.scrollHeight;
}

function showMembers(view) {
  if (view !== shown) return;
  const members = view.room ? [...view.room.members] : [];
  $("#members").replaceChildren(...members.map(([id, { name, moderator }]) => {
    const item = element("li", {}, name, moderator ? " ★" : "");
    if (user.moderator && !moderator) {
      item.append(element("button", {
        type: "button", className: "quiet", title: `Put ${name} out`,
        onclick: () => post("/kick", { room: view.name, user: Number(id) })
          .catch(complain),
      }, "kick"));
    }
    return item;
  }));
}

function showTyping(view) {
  if (view !== shown) return;
  const names = [...view.typing].filter(([, at]) => Date.now() - at < TYPING)
    .map(([name]) => name);
  $("#typing").textContent = names.length
    ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} writing…` : "";
}

// Private messages: one inbox, shown as a conversation with each person.

function openPerson({ id, name }) {
  const view = makeView(name, "#people");
  view.send = (text) => client.ask("direct", { to: id, text });
  return view;
}

const views = start.rooms.map(openRoom);
const people = new Map(start.users.filter(({ id }) => id !== user.id)
  .map((person) => [person.id, openPerson(person)]));

const inbox = client.channel(`inbox:${user.id}`, { last: 200 });
inbox.on("direct", (body, about) => {
  const view = people.get(body.from === user.id ? body.to : body.from);
  if (!view) return;
  add(view, line(body, "direct"));
  count(view, body, about);
});
inbox.join().catch(complain);

// What is written here.

$("#say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("#text").value;
  $("#text").value = "";
  complain("");
  await shown.send(text).catch((error) => {
    complain(error);
    $("#text").value ||= text;
  });
});

let lastTyping = 0;
$("#text").addEventListener("input", () => {
  if (!shown.room || Date.now() - lastTyping < TYPING / 2) return;
  lastTyping = Date.now();
  client.send("typing", shown.room.name, { queue: false });
});

$("#notice").hidden = !user.moderator;
$("#notice").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/notices", { text: $("#notice-text").value }).catch(complain);
  $("#notice-text").value = "";
});

show(views[0]);

/*
 * The page of the quickstart. What others wrote reaches it as textContent only,
 * never as HTML.
 */
import { connect } from "./base.js";

const $ = (id) => document.getElementById(id);
const LINES = 100; // kept in each of the two lists

// What the page shows.

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children); // strings become text
  return made;
}

/* Adds a line to a list, and follows it unless somebody has scrolled up. */
function add(list, line) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(line);
  if (list.children.length > LINES) list.firstChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/* The keyboard of a phone opens, say. */
addEventListener("resize", () => {
  for (const list of [$("log"), $("wire")]) list.scrollTop = list.scrollHeight;
});

function note(kind, ...children) {
  const time = new Date().toTimeString().slice(0, 8);
  add($("log"), element("p", {},
    element("time", {}, time),
    element("span", { className: kind, dir: "auto" }, ...children)));
}

const who = (name) => element("bdi", {}, element("strong", {}, name));

function explain({ code, message, ref }) {
  const text = message && message !== code ? `${code}: ${message}` : code;
  return ref ? `${text} (ref ${ref})` : text;
}

function show(output, text, isBad = false) {
  output.textContent = text;
  output.classList.toggle("bad", isBad);
}

/* Runs what a button asks for, and shows how it ended beside the button. */
async function showing(output, ask) {
  show(output, "");
  try {
    show(output, await ask());
  } catch (error) {
    show(output, explain(error), true);
    note("error", explain(error));
  }
  output.scrollIntoView({ block: "nearest" });
}

// Who we are: a cookie, as your application would set one.

function savedName() {
  const cookies = document.cookie.split("; ");
  const found = cookies.find((cookie) => cookie.startsWith("name="));
  try {
    return decodeURIComponent(found.slice("name=".length));
  } catch {
    return ""; // there is none, or it is not ours
  }
}

function saveName(name) {
  const age = name ? "" : "; Max-Age=0";
  const value = encodeURIComponent(name);
  document.cookie = `name=${value}; Path=/; SameSite=Strict${age}`;
  // Chromium writes it in its own time, but before it can be read: without this
  // the next handshake may go out with the old cookie.
  void document.cookie;
}

// The connection.

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const AWAY = 4000; // milliseconds
let socket = null; // the one that is open
let isBack = Promise.resolve();
let missed = null; // how many messages, once the connection was lost

const client = connect(
  async () => {
    await isBack;
    return `${scheme}//${location.host}/`;
  }, {
    guest: true, // a stranger may say hello
    WebSocket: class extends WebSocket {
      constructor(...args) {
        super(...args);
        socket = this;
      }
    },
    trace: (direction, text) =>
      add($("wire"), element("li", { className: direction }, text)),
  });

function describe({ name, user, seconds, code, reason }) {
  switch (name) {
    case "connecting": return "Connecting…";
    case "waiting": return `Lost (${code}). Back in ${seconds.toFixed(1)} s`;
    case "open":
      if (user) return `Connected as ${user.name}`;
      return savedName() ? "Connected" : "Connected as a guest";
    default:
      return `Disconnected (${code}${reason ? `: ${reason}` : ""})`;
  }
}

client.onState((state) => {
  const isOpen = state.name === "open";
  const hasUser = isOpen && state.user !== null;
  $("state").textContent = describe(state);
  $("state").dataset.state = state.name;
  $("connect").textContent = state.name === "closed" ? "Connect" : "Disconnect";
  for (const part of document.querySelectorAll("[data-needs]")) {
    part.disabled = !(part.dataset.needs === "user" ? hasUser : isOpen);
  }
  $("here").classList.toggle("stale", !hasUser);
  if (!isOpen && state.name !== "connecting") {
    note("event", describe(state));
    missed = 0;
    show($("lose-answer"), "");
  }

  // A guest's time is up (4010): wait for a name instead of coming back.
  if (state.name === "waiting" && state.code === 4010 && !savedName()) {
    client.close(1000, "choose a name to come back");
  }
});

$("name").value = savedName();

$("name-form").addEventListener("submit", (event) => {
  event.preventDefault();
  saveName($("name").value.trim());
  client.reconnect();
});

$("connect").addEventListener("click", () => {
  if (client.state.name === "closed") client.reconnect();
  else client.close();
});

// As a tunnel or a lift would do it: the socket closes, and for a while no other
// can be opened.
$("lose").addEventListener("click", () => {
  isBack = new Promise((resolve) => setTimeout(resolve, AWAY));
  socket.close();
});

client.on("authenticated", ({ name }) => {
  if (!room) enter("lobby");
  note("event", "You are ", who(name));
  if (missed !== null) showMissed();
});

// A room: who is in it, and what is said there.

const rooms = new Map(); // those that were entered, by name
let room = null; // the one that is shown

function open(name) {
  const opened = client.channel(`room:${name}`, { last: 20 });
  rooms.set(name, opened);

  opened.on("said", ({ from, text }, { isRecovered }) => {
    const isMissed = isRecovered && missed !== null;
    note(isMissed ? "said missed" : "said", who(from), " ", text);
    if (!isMissed) return;
    missed++;
    showMissed();
  });
  opened.on("$left", ({ reason }) => note("event", reason ?? "You are out"));
  opened.onLost(() => note("event", "Some of what was said is missing here"));
  opened.onMembers((members, { came, went }) => {
    if (opened !== room) return;
    for (const { name } of came.values()) note("event", who(name), " came in");
    for (const id of went) note("event", who(id), " is gone");
    showMembers();
  });
  return opened;
}

function showMissed() {
  const count = ["Nothing was", "One message was"][missed]
    ?? `${missed} messages were`;
  show($("lose-answer"), `You are back. ${count} said meanwhile.`);
}

function enter(name) {
  room?.leave().catch(console.error);
  $("log").replaceChildren();
  for (const button of $("rooms").children) {
    button.setAttribute("aria-pressed", button.value === name);
  }
  missed = null;
  room = rooms.get(name) ?? open(name);
  room.join().catch((error) => note("error", explain(error)));
}

$("rooms").addEventListener("click", ({ target }) => {
  if (target.value) enter(target.value);
});

function showMembers() {
  const names = [...room.members.values()].map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b));

  $("count").textContent = room.count ?? 0;
  $("users-hint").hidden = names.length > 0;
  $("names").replaceChildren(
    ...names.map((name) => element("option", { value: name })));
  $("users").replaceChildren(...names.map((name) => element("li", {},
    element("button", {
      type: "button",
      className: "quiet",
      title: `Whisper to ${name}`,
      dir: "auto",
      onclick: () => whisperTo(name),
    }, name))));
}

$("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  room.send("said", $("say-text").value);
  $("say-text").value = "";
});

// Ask, and get an answer.

$("hello").addEventListener("click", () =>
  showing($("hello-answer"), async () => {
    const name = client.state.user?.name ?? "stranger";
    const { command, body } = await client.ask("hello", name);
    note(command, body);
    return body;
  }));

// Whisper to a user, wherever that user is.

function whisperTo(name) {
  $("whisper-to").value = name;
  $("whisper-text").focus();
}

$("whisper-form").addEventListener("submit", (event) => {
  event.preventDefault();
  showing($("whisper-answer"), async () => {
    const to = $("whisper-to").value.trim();
    const text = $("whisper-text").value;
    const { tabs } = (await client.ask("whisper", { to, text })).body;
    $("whisper-text").value = "";
    note("whispered", "to ", who(to), " ", text);
    return tabs === 1 ? "Heard in one tab" : `Heard in ${tabs} tabs`;
  });
});

client.on("whispered", ({ from, text }) =>
  note("whispered", who(from), " whispers ", text));

// Be asked, and answer.

$("quiz").addEventListener("click", () =>
  showing($("quiz-answer"), async () => {
    try {
      const { command, body } = await client.ask("quiz");
      note(command, body);
      return body;
    } finally {
      $("question-form").hidden = true;
    }
  }));

client.answer("question", (text) => new Promise((resolve, reject) => {
  $("question").textContent = text;
  $("answer-text").value = "";
  $("question-form").hidden = false;
  $("answer-text").focus();

  const done = (settle, value) => {
    $("question-form").hidden = true;
    $("quiz").focus();
    settle(value);
  };
  $("question-form").onsubmit = (event) => {
    event.preventDefault();
    done(resolve, $("answer-text").value);
  };
  $("pass").onclick = () => done(reject, { code: "passed" });
}));

// See it fail.

for (const command of ["oops", "unknown"]) {
  $(command).addEventListener("click", () =>
    showing($("error"), () => client.ask(command)));
}

client.on("error", (error) => note("error", explain(error)));

// The wire takes more of a narrow screen.

$("wire-more").addEventListener("click", () => {
  const isMore = $("wire").classList.toggle("more");
  $("wire-more").textContent = isMore ? "Less" : "More";
  $("wire-more").setAttribute("aria-expanded", isMore);
  $("wire").scrollTop = $("wire").scrollHeight;
});

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

// Who is online.

const users = new Map(); // id → name

function showUsers(list = [...users].map(([id, name]) => ({ id, name }))) {
  users.clear();
  for (const { id, name } of list) users.set(id, name);
  const names = [...users.values()].sort((a, b) => a.localeCompare(b));

  $("count").textContent = names.length;
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

function whisperTo(name) {
  $("whisper-to").value = name;
  $("whisper-text").focus();
}

// The connection.

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const client = connect(`${scheme}//${location.host}/`, {
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
  if (!hasUser) showUsers([]);
  if (!isOpen && state.name !== "connecting") note("event", describe(state));

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

// Who comes and goes.

client.on("authenticated", async ({ name }) => {
  note("event", "You are ", who(name));
  try {
    showUsers((await client.ask("who")).body);
  } catch (error) {
    note("error", explain(error));
  }
});

client.on("online", ({ id, name }) => {
  users.set(id, name);
  showUsers();
  note("event", who(name), " is online");
});

client.on("offline", ({ id, name }) => {
  users.delete(id);
  showUsers();
  note("event", who(name), " is offline");
});

// Ask, and get an answer.

$("hello").addEventListener("click", () =>
  showing($("hello-answer"), async () => {
    const name = client.state.user?.name ?? "stranger";
    const { command, body } = await client.ask("hello", name);
    note(command, body);
    return body;
  }));

// Send, and get what is sent to everyone.

$("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (client.send("say", $("say-text").value)) $("say-text").value = "";
});

client.on("said", ({ from, text }) => note("said", who(from), " ", text));

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

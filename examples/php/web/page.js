/* The live part of the page. What others wrote reaches it as text, never as
   HTML: append() and textContent make no elements of it. */
import { connect } from "./base.js";

const $ = (selector) => document.querySelector(selector);

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Cookies belong to a host, not to a port: Base gets the session's.
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const port = document.body.dataset.basePort;
const client = connect(`${scheme}//${location.hostname}:${port}/`);

function describe({ name, user, code }) {
  if (name === "open" && user) return `Live as ${user.name}`;
  if (name === "waiting") return "Away, coming back…";
  if (name !== "closed") return "Connecting…";
  return code === 4001 || code === 4003 ? "Logged out. " : `Ended (${code}).`;
}

client.onState((state) => {
  $("#state").textContent = describe(state);
  $("#state").dataset.state = state.name === "open" && !state.user
    ? "connecting" : state.name;
  if (state.name === "closed") {
    $("#state").append(element("a", { href: "login.php" }, "Log in"));
  }
  if (state.name !== "open") $("#questions").replaceChildren();
});

// Registered for an hour: the new handshake asks PHP anew.
client.on("expired", () => client.reconnect());

client.on("note", ({ from, text }) => {
  const line = element("li", { className: "new" },
    element("strong", {}, from), " ", text);
  $("#notes").prepend(line);
});

// PHP asks, and waits for what this promise comes to.
client.answer("question", ({ thing, text }) => new Promise((resolve) => {
  const answer = (value) => () => {
    box.remove();
    resolve(value);
  };
  const box = element("section", { className: "question" },
    element("p", {}, text),
    element("button", { className: "yes", onclick: answer(true) }, "Lend it"),
    element("button", { className: "no quiet", onclick: answer(false) }, "No"));
  box.dataset.about = thing;
  $("#questions").append(box);
}));

// Said in one tab is said in all.
client.on("answered", ({ thing, holder }) => {
  $(`#questions [data-about="${Number(thing)}"]`)?.remove();
  if (holder === null) return;
  $(`[data-thing="${Number(thing)}"] .holder`).textContent = `${holder} has it`;
});

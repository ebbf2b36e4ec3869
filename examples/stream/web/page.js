// The page: shows answers while they are made. What comes from elsewhere
// reaches it as text, never as HTML.
import { connect } from "./base.js";

const $ = (selector) => document.querySelector(selector);

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const { user, port } = await (await fetch("/start")).json();
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const client = connect(`${scheme}//${location.hostname}:${port}/`);

client.onState(({ name, user, reason }) => {
  $("#state").textContent =
    name === "open" && user ? "Live" : reason || "Away, coming back…";
  $("#state").dataset.state = name;
});

// Answers, by their ids. Each knows how many of its words it has.

const answers = new Map();

function answerOf(id, question) {
  const known = answers.get(id);
  if (known) return known;
  const text = element("p", { className: "text" });
  const box = element("article", {}, element("h2", {}, question), text);
  const answer = { text, box, count: 0 };
  answers.set(id, answer);
  $("#answers").prepend(box);
  return answer;
}

/* Words that it has already are not shown again. */
function addWords(answer, n, words) {
  answer.text.append(words.slice(answer.count - n).join(""));
  answer.count = Math.max(answer.count, n + words.length);
}

const finish = ({ box }) => box.classList.add("done");

// More was missed than the channel keeps, or the page begins in the middle of
// what it keeps: the application has all of it.

let isReading = false;
let isAsked = false; // what comes while it reads may be newer than what it reads

async function readAll() {
  isAsked = true;
  if (isReading) return;
  isReading = true;
  try {
    while (isAsked) {
      isAsked = false;
      const list = await (await fetch("/answers")).json();
      for (const { id, question, words, done } of list) {
        const answer = answerOf(id, question);
        addWords(answer, 0, words);
        if (done) finish(answer);
      }
      const boxes = list.map(({ id }) => answers.get(id).box);
      $("#answers").prepend(...boxes.reverse()); // the newest first
    }
  } finally {
    isReading = false;
  }
}

const channel = client.channel(`answers:${user}`, { last: 1000 });

channel.on("asked", ({ answer, question }) => {
  answerOf(answer, question);
});
channel.on("word", ({ answer, n, text }) => {
  const known = answers.get(answer);
  if (known && n <= known.count) addWords(known, n, [text]);
  else readAll();
});
channel.on("done", ({ answer }) => {
  if (answers.has(answer)) finish(answers.get(answer));
});
channel.onLost(readAll);
await channel.join();

$("#ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = $("#question").value;
  $("#question").value = "";
  await fetch("/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ question }),
  });
});

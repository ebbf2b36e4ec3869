// Is only compiled: what TypeScript must take, and what it must refuse.
import { connect, type Client, type Options } from "@base-server/client";

interface Messages {
  said: { from: string; text: string };
  typing: null;
  "room/join": { ask: string; answer: { members: number } };
}

const client: Client<Messages> = connect<Messages>("ws://localhost");

client.send("said", { from: "Ada", text: "hi" });
client.send("said", { from: "Ada", text: "hi" }, { queue: false });
client.send("typing");
client.send("room/join", "42");
const { body } = await client.ask("room/join", "42", { timeout: 5 });
const members: number = body.members;
client.on("said", ({ text }) => text.toUpperCase());
client.on("error", ({ code }) => code.toUpperCase());
client.answer("room/join", async (name) => ({ members: name.length }));

const room = client.channel("room:42", { last: 50 });
room.send("said", { from: "Ada", text: "hi" });
room.on("said", ({ text }, { position, isRecovered }) =>
  [text.toUpperCase(), position?.toFixed(), isRecovered === true]);
room.on("$left", ({ reason }) => reason);
room.onMembers((members, { came }) => members.size + came.size);
const { body: published } = await room.ask("said", { from: "Ada", text: "hi" });
published.position?.toFixed();
(await room.history({ before: 7 })).map(({ position }) => position.toFixed());
// @ts-expect-error: the body is missing
room.send("said");
// @ts-expect-error: members are only read
room.members.clear();

// @ts-expect-error: a field is missing
client.send("said", { from: "Ada" });
// @ts-expect-error: the body is missing
client.send("said");
// @ts-expect-error: no such command
client.send("sad", 1);
// @ts-expect-error: the question is a text
client.ask("room/join", 42);
// @ts-expect-error: the answer has no such field
body.count;
// @ts-expect-error: the body has no such field
client.on("said", ({ title }) => title);
// @ts-expect-error: that is no answer
client.answer("room/join", () => "42");

// Without a declaration, anything goes.
const free = connect(async () => "ws://localhost", { guest: true });
free.send("anything", { n: 1 });
free.send("nothing");
const answer = await free.ask("anything", 7, { queue: false });
answer.body.whatever.it.is;
free.on("anything", (body) => body.n);

// @ts-expect-error: no such option
const options: Partial<Options> = { timeOut: 3 };
const { state } = free;
if (state.name === "waiting") state.seconds.toFixed(1);
// @ts-expect-error: only while it waits
state.seconds;

export { members, options };

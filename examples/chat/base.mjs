// Speaks to users and to rooms, over Base's HTTP API. Copy this file.
import { randomUUID } from "node:crypto";

const API = `http://127.0.0.1:${process.env.BASE_API_PORT ?? 9001}`;
const TRIES = 3;

async function post(path, body, headers) {
  const reply = await fetch(API + path, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${process.env.BASE_KEY}`,
      "Content-Type": "application/json",
      ...headers,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(`Base: ${answer.error.message}`);
  return answer;
}

const ofUser = (id) => `/users/${encodeURIComponent(id)}`;

/** Sends to everybody in a channel. A try that got no answer may have been
 * served: the key lets the next one publish nothing twice. */
export async function send(channel, command, body = null) {
  const path = `/channels/${encodeURIComponent(channel)}/send`;
  const headers = { "Idempotency-Key": randomUUID() };
  for (let left = TRIES - 1; ; left--) {
    try {
      return await post(path, [command, body], headers);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** Takes all connections of a user out of a channel. */
export const leave = (user, channel, reason) =>
  post(`${ofUser(user)}/leave`, { channel, reason });

/** Closes all connections of a user. */
export const disconnect = (user, reason = "logged out") =>
  post(`${ofUser(user)}/disconnect`, { code: 4003, reason });

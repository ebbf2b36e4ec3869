"""An application that answers at length, as one with a language model does."""
import json
import os
import re
import secrets
import threading
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import base

PORT = int(os.environ.get("APP_PORT", "8000"))
BASE_PORT = int(os.environ.get("BASE_PORT", "9000"))
PAUSE = float(os.environ.get("PAUSE", "0.08"))  # seconds between two words
WEB = Path(__file__).parent / "web"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript",
         ".css": "text/css", ".svg": "image/svg+xml"}
TEXT = (Path(__file__).parent / "answer.txt").read_text()

# A database of yours has these.
users = {}    # session, the cookie → id of the user
answers = {}  # id of the user → list of answers

COOKIE = "session={}; Path=/; HttpOnly; SameSite=Lax"


def words_of(question):
    """What the model says: here always the same. Word by word, with spaces."""
    yield from re.findall(r"\s*\S+", f"You asked: {question}\n\n{TEXT}")


def speak(user, answer):
    """Sends an answer while it is made. `n` numbers its words."""
    channel = f"answers:{user}"
    base.send(channel, "asked", {"answer": answer["id"], "question": answer["question"]})
    for n, word in enumerate(words_of(answer["question"])):
        time.sleep(PAUSE)
        answer["words"].append(word)
        base.send(channel, "word", {"answer": answer["id"], "n": n, "text": word})
    answer["done"] = True
    base.send(channel, "done", {"answer": answer["id"]})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def user(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        return users.get(cookie.value) if cookie else None

    def answer(self, status, body=b"", kind="application/json", cookie=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy",
                         "default-src 'self'; connect-src 'self' ws: wss:")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, user = self.path.split("?")[0], self.user()
        if path == "/me":  # Base asks, with the browser's cookie
            self.answer(200, {"id": user}) if user else self.answer(401)
        elif path == "/start" and user:
            self.answer(200, {"user": user, "port": BASE_PORT})
        elif path == "/answers" and user:
            self.answer(200, answers.get(user, []))
        else:
            self.file(path, user)

    def file(self, path, user):
        file = WEB / ("index.html" if path == "/" else path[1:])
        if "/" in path[1:] or file.suffix not in TYPES or not file.is_file():
            return self.answer(404)
        cookie = None
        if path == "/" and not user:  # a login of yours does this
            session = secrets.token_urlsafe(32)
            users[session] = len(users) + 1
            cookie = COOKIE.format(session)
        return self.answer(200, file.read_bytes(), TYPES[file.suffix], cookie)

    def do_POST(self):
        # Only our own page says that it sends JSON.
        user = self.user()
        is_json = self.headers.get("Content-Type") == "application/json"
        length = int(self.headers.get("Content-Length", "0"))
        if self.path != "/ask" or not user or not is_json or length > 2000:
            self.close_connection = True  # the body was not read
            return self.answer(403)
        question = json.loads(self.rfile.read(length))["question"]
        answer = {"id": secrets.token_hex(8), "question": str(question)[:200],
                  "words": [], "done": False}
        answers.setdefault(user, []).append(answer)
        threading.Thread(target=speak, args=(user, answer), daemon=True).start()
        return self.answer(202, {"answer": answer["id"]})

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()

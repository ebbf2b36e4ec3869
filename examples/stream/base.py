"""Speaks to Base over its HTTP API. Copy this file."""
import json
import os
import time
import urllib.error
import urllib.request
import uuid
from urllib.parse import quote

API = f"http://127.0.0.1:{os.environ.get('BASE_API_PORT', '9001')}"
KEY = os.environ["BASE_KEY"]
PATIENCE = 30  # seconds that Base may be away
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(channel, command, body):
    """Sends to everybody in a channel; returns the position of the message.

    Base may be away for a moment. A try that got no answer may have been served:
    the key lets the next one publish nothing twice.
    """
    request = urllib.request.Request(
        f"{API}/channels/{quote(channel, safe='')}/send",
        json.dumps([command, body]).encode(),
        {
            "Authorization": f"Bearer {KEY}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with opener.open(request, timeout=5) as reply:
                return json.load(reply).get("position")
        except urllib.error.HTTPError as error:
            if error.code < 500 or time.monotonic() > deadline:
                raise
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)

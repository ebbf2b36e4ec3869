// Is only compiled: the package as a CommonJS file reads it.
import base = require("@base-server/client");

const client = base.connect("ws://localhost");
client.send("anything", 1);

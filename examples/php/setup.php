<?php
declare(strict_types=1);

// Makes the database with its two users, unless it is there.
$path = (getenv('APP_DATA') ?: __DIR__ . '/data') . '/app.sqlite';
if (file_exists($path)) {
    exit;
}
$db = new PDO("sqlite:$path.new");
$db->exec('
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL,
        password TEXT NOT NULL, logins INTEGER NOT NULL DEFAULT 1);
    CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
        owner INTEGER NOT NULL REFERENCES users, holder INTEGER REFERENCES users);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, sender INTEGER NOT NULL REFERENCES users,
        receiver INTEGER NOT NULL REFERENCES users, text TEXT NOT NULL);
');
$user = $db->prepare('INSERT INTO users (name, password) VALUES (?, ?)');
$user->execute(['Ada', password_hash('lovelace', PASSWORD_DEFAULT)]);
$user->execute(['Bob', password_hash('builder', PASSWORD_DEFAULT)]);
$db->exec("INSERT INTO things (name, owner) VALUES ('ladder', 1), ('tent', 1), ('drill', 2), ('bicycle pump', 2)");
$db = $user = null;
rename("$path.new", $path);

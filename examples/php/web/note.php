<?php
require __DIR__ . '/../app.php';

$user = require_user();
check_form();
session_write_close(); // or this user's other pages would wait for Base, too

$to = query('SELECT id, name FROM users WHERE id = ?', field('to'))->fetch();
$text = field('text');
if (!$to || $text === '') {
    redirect('index.php', 'A note needs somebody and a text.');
}
query('INSERT INTO notes (sender, receiver, text) VALUES (?, ?, ?)', $user['id'], $to['id'], $text);
$tabs = tell($to['id'], 'note', ['from' => $user['name'], 'text' => $text]);
redirect('index.php', $tabs ? "$to[name] sees it now." : "$to[name] will see it later.");

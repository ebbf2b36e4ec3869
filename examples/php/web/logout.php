<?php
require __DIR__ . '/../app.php';

$user = require_user();
check_form();

// First the sessions end, then the sockets: who connects in between is refused.
query('UPDATE users SET logins = logins + 1 WHERE id = ?', $user['id']);
$_SESSION = [];
session_regenerate_id(true);
session_write_close();
try {
    base()->disconnect($user['id'], 'logged out');
} catch (BaseError $error) {
    error_log($error->getMessage());
}
redirect('login.php', 'You are logged out, in all your tabs.');

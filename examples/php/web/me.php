<?php
// Base asks here whose a browser is, with the browser's cookie.
require __DIR__ . '/../app.php';

header('Content-Type: application/json');
$user = null;
if (isset($_COOKIE['neighbours'])) {
    open_session(read_only: true);
    $user = current_user();
}
http_response_code($user ? 200 : 401);
echo json_encode($user, JSON_THROW_ON_ERROR);

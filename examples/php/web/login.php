<?php
require __DIR__ . '/../app.php';

open_session();
$wrong = false;
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    check_form();
    $user = query('SELECT * FROM users WHERE name = ?', field('name'))->fetch();
    // A name that is not there takes as long as a wrong password.
    $hash = $user['password'] ?? password_hash('', PASSWORD_DEFAULT);
    $is_right = password_verify(is_string($_POST['password'] ?? null) ? $_POST['password'] : '', $hash);
    if ($user && $is_right) {
        session_regenerate_id(true); // who knew the old id knows nothing
        $_SESSION = ['user' => $user['id'], 'logins' => $user['logins']];
        redirect('index.php');
    }
    http_response_code(422);
    $wrong = true;
}

page_top('Log in · Neighbours');
?>
<header><h1>Neighbours</h1></header>
<section class="login">
  <h2>Log in</h2>
  <form method="post">
    <input type="hidden" name="token" value="<?= e(token()) ?>">
    <label for="name">Name</label>
    <input id="name" name="name" required autocomplete="username" value="<?= e(field('name')) ?>">
    <label for="password">Password</label>
    <input id="password" name="password" type="password" required autocomplete="current-password">
    <?php if ($wrong): ?><p id="wrong" class="bad" role="alert">Name or password is wrong.</p><?php endif ?>
    <button id="login">Log in</button>
  </form>
  <p class="hint">Ada’s password is <code>lovelace</code>, Bob’s is <code>builder</code>.
    Be both, in two browsers or with a private window.</p>
</section>
</main></body></html>

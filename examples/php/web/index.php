<?php
require __DIR__ . '/../app.php';

$user = require_user();
$things = query('SELECT things.id, things.name, owner, o.name AS owner_name, h.name AS holder
    FROM things JOIN users o ON o.id = owner LEFT JOIN users h ON h.id = holder ORDER BY things.id')->fetchAll();
$others = query('SELECT id, name FROM users WHERE id <> ? ORDER BY name', $user['id'])->fetchAll();
$notes = query('SELECT users.name AS sender, text FROM notes JOIN users ON users.id = sender
    WHERE receiver = ? ORDER BY notes.id DESC LIMIT 20', $user['id'])->fetchAll();
$token = '<input type="hidden" name="token" value="' . e(token()) . '">';

page_top('Neighbours');
?>
<script type="module" src="page.js"></script>
<header>
  <h1>Neighbours</h1>
  <p id="state" role="status" data-state="connecting">Connecting…</p>
  <form method="post" action="logout.php"><?= $token ?><button id="logout" class="quiet">Log out</button></form>
</header>

<div id="questions" aria-live="assertive"></div>

<section>
  <h2>Things to borrow</h2>
  <ul class="things">
<?php foreach ($things as $thing): ?>
    <li data-thing="<?= e($thing['id']) ?>">
      <span><strong><?= e($thing['name']) ?></strong>
        <small><?= $thing['owner'] === $user['id'] ? 'yours' : e("$thing[owner_name]’s") ?></small></span>
      <span class="holder"><?= $thing['holder'] === null ? '' : e("$thing[holder] has it") ?></span>
<?php if ($thing['owner'] !== $user['id'] && $thing['holder'] === null): ?>
      <form method="post" action="borrow.php"><?= $token ?>
        <button name="thing" value="<?= e($thing['id']) ?>">Borrow</button></form>
<?php endif ?>
    </li>
<?php endforeach ?>
  </ul>
</section>

<section>
  <h2>Write a note</h2>
  <form method="post" action="note.php" class="row"><?= $token ?>
    <label for="to">To</label>
    <select id="to" name="to">
<?php foreach ($others as $other): ?>
      <option value="<?= e($other['id']) ?>"><?= e($other['name']) ?></option>
<?php endforeach ?>
    </select>
    <input id="text" name="text" required maxlength="120" autocomplete="off" aria-label="Note">
    <button id="send">Send</button>
  </form>
</section>

<section>
  <h2>Notes to <?= e($user['name']) ?></h2>
  <ul id="notes" aria-live="polite">
<?php foreach ($notes as $note): ?>
    <li><strong><?= e($note['sender']) ?></strong> <?= e($note['text']) ?></li>
<?php endforeach ?>
  </ul>
</section>
</main></body></html>

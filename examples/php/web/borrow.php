<?php
require __DIR__ . '/../app.php';

$user = require_user();
check_form();
session_write_close(); // this may take half a minute

$thing = query('SELECT things.id, things.name, owner, users.name AS owner_name
    FROM things JOIN users ON users.id = owner
    WHERE things.id = ? AND holder IS NULL AND owner <> ?', field('thing'), $user['id'])->fetch();
if (!$thing) {
    redirect('index.php', 'That is not to be had now.');
}

// The owner's browser is asked, in all its tabs; the first answer counts.
try {
    $is_lent = base()->call($thing['owner'], 'question', [
        'thing' => $thing['id'],
        'text' => "$user[name] would like to borrow your $thing[name].",
    ], 30) === true;
    $notice = $is_lent ? "The $thing[name] is yours for now." : "$thing[owner_name] would rather not.";
} catch (BaseError $error) {
    $is_lent = false;
    $notice = match ($error->word) {
        'offline' => "$thing[owner_name] is not here.",
        'timeout' => "$thing[owner_name] says nothing.",
        'declined' => "$thing[owner_name] would rather not.",
        default => 'That does not work just now.',
    };
    error_log($error->getMessage());
}

// Much may have happened meanwhile: look again.
if ($is_lent && !query('UPDATE things SET holder = ? WHERE id = ? AND holder IS NULL',
        $user['id'], $thing['id'])->rowCount()) {
    $is_lent = false;
    $notice = 'Somebody was quicker.';
}
tell($thing['owner'], 'answered', [
    'thing' => $thing['id'],
    'holder' => $is_lent ? $user['name'] : null,
]);
redirect('index.php', $notice);

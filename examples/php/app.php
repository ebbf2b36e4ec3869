<?php
declare(strict_types=1);

require __DIR__ . '/base.php';

header("Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:; "
    . "form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
header('Cache-Control: no-store');
header('X-Content-Type-Options: nosniff');

function data_folder(): string
{
    return getenv('APP_DATA') ?: __DIR__ . '/data';
}

function base(): Base
{
    return new Base('http://127.0.0.1:' . (getenv('BASE_API_PORT') ?: '9001'), (string) getenv('BASE_KEY'));
}

/** Runs a statement; values never become part of its text. */
function query(string $sql, mixed ...$values): PDOStatement
{
    static $db;
    $db ??= new PDO('sqlite:' . data_folder() . '/app.sqlite', null, null, [
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
    ]);
    $statement = $db->prepare($sql);
    $statement->execute($values);
    return $statement;
}

/** A text as HTML. Every text that a page shows goes through this. */
function e(string|int $text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8');
}

/** Locks the session until session_write_close(), or only reads it. */
function open_session(bool $read_only = false): void
{
    session_start([
        'name' => 'neighbours',
        'save_path' => data_folder() . '/sessions',
        'use_strict_mode' => true, // takes no id that it has not given
        'cookie_httponly' => true,
        'cookie_samesite' => 'Lax',
        'cookie_secure' => !empty($_SERVER['HTTPS']),
        'read_and_close' => $read_only,
    ]);
}

/** The user of the session that is open, or null. */
function current_user(): ?array
{
    // Logging out counts logins up, and so ends all sessions of that user.
    return query('SELECT id, name FROM users WHERE id = ? AND logins = ?',
        $_SESSION['user'] ?? 0, $_SESSION['logins'] ?? 0)->fetch() ?: null;
}

/** The user, or the way to the login. */
function require_user(): array
{
    open_session();
    return current_user() ?? redirect('login.php');
}

/** The session's secret, which other people's pages do not know. */
function token(): string
{
    return $_SESSION['token'] ??= bin2hex(random_bytes(32));
}

/** Ends the request unless one of our own forms has sent it. */
function check_form(): void
{
    if ($_SERVER['REQUEST_METHOD'] !== 'POST' || !hash_equals(token(), field('token'))) {
        http_response_code(403);
        exit('This form is too old, or not one of ours. Go back, load the page again, and try once more.');
    }
}

/** A field of the form as valid UTF-8 of at most so many bytes, or ''. */
function field(string $name, int $longest = 500): string
{
    $text = $_POST[$name] ?? '';
    $is_text = is_string($text) && strlen($text) <= $longest && preg_match('//u', $text);
    return $is_text ? trim($text) : '';
}

/** Goes to a page, which says $notice once. */
function redirect(string $page, string $notice = ''): never
{
    if ($notice !== '') {
        if (session_status() !== PHP_SESSION_ACTIVE) {
            open_session();
        }
        $_SESSION['notice'] = $notice;
    }
    header("Location: $page", true, 303);
    exit;
}

/** Tells a user's tabs, if it can; the database has it in any case. */
function tell(int $user, string $command, array $body): int
{
    try {
        return base()->send($user, $command, $body);
    } catch (BaseError $error) {
        error_log($error->getMessage());
        return 0;
    }
}

/** The top of a page; says the notice that redirect() left. */
function page_top(string $title): void
{
    $notice = $_SESSION['notice'] ?? '';
    unset($_SESSION['notice']);
    $port = getenv('BASE_PORT') ?: '9000';
    echo '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="icon.svg"><link rel="stylesheet" href="style.css">',
        '<title>', e($title), '</title></head><body data-base-port="', e($port), '"><main>',
        $notice === '' ? '' : '<p id="notice" class="notice" role="status">' . e($notice) . '</p>';
}

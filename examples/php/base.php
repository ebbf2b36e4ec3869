<?php
declare(strict_types=1);

/** What went wrong, as a word ("offline", "declined", "timeout",
    "unreachable", …) and as a sentence. */
final class BaseError extends RuntimeException
{
    public function __construct(public readonly string $word, string $message)
    {
        parent::__construct("Base: $message");
    }
}

/** Speaks to users, over Base's HTTP API. Copy this file. */
final class Base
{
    public function __construct(private string $url, private string $key)
    {
    }

    /** Sends a message to all tabs of a user; returns how many took it. */
    public function send(int|string $user, string $command, mixed $body = null): int
    {
        return $this->post($user, 'send', [$command, $body])['connections'];
    }

    /** Asks the user's browser, waits, and returns its answer. Give the session
        back first (session_write_close), or this user's other pages wait too. */
    public function call(int|string $user, string $command, mixed $body = null, int $seconds = 10): mixed
    {
        return $this->post($user, "call?timeout=$seconds", [$command, $body], $seconds)['body'] ?? null;
    }

    /** Closes all of a user's connections for good; returns how many. */
    public function disconnect(int|string $user, string $reason = ''): int
    {
        return $this->post($user, 'disconnect', ['code' => 4003, 'reason' => $reason])['connections'];
    }

    private function post(int|string $user, string $what, array $body, int $seconds = 0): array
    {
        $curl = curl_init("$this->url/users/" . rawurlencode((string) $user) . "/$what");
        curl_setopt_array($curl, [
            CURLOPT_POSTFIELDS => json_encode($body, JSON_THROW_ON_ERROR),
            CURLOPT_HTTPHEADER => ["Authorization: Bearer $this->key", 'Content-Type: application/json'],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 2,
            CURLOPT_TIMEOUT => $seconds + 5, // Base is to give up first
            CURLOPT_PROXY => '',
        ]);
        $text = curl_exec($curl);
        if ($text === false) {
            throw new BaseError('unreachable', curl_error($curl));
        }

        $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        $answer = json_decode($text, true);
        if ($status === 200 && is_array($answer)) {
            return $answer;
        }
        $error = $answer['error'] ?? [];
        throw new BaseError($error['code'] ?? 'failed', $error['message'] ?? "status $status");
    }
}

<?php
// The same as app.py, for php-fpm, which loads it for each request.
$body = $_SERVER['REQUEST_URI'] === '/large' ? str_repeat('x', 512 * 1024) : getmypid() . "\n";
header('Content-Type: text/plain');
header('Content-Length: ' . strlen($body));
echo $body;

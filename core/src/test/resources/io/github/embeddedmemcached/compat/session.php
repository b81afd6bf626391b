<?php
// Tests the commands of PHP's memcached extension, or authentication: session.php <port> text|binary [<user> <password>]

[, $port, $protocol] = $argv;
$credentials = array_slice($argv, 3);

function client(string $port, string $protocol, ?string $name = null, ?string $password = null): Memcached
{
    $client = new Memcached();
    $client->setOption(Memcached::OPT_BINARY_PROTOCOL, $protocol === 'binary');
    $client->addServer('127.0.0.1', (int) $port);
    if ($name !== null) {
        $client->setSaslAuthData($name, $password);
    }
    return $client;
}

function equal($actual, $expected): void
{
    if ($actual !== $expected) {
        $line = debug_backtrace()[0]['line'];
        echo "line $line: ", var_export($actual, true), ' is not ', var_export($expected, true), "\n";
        exit(1);
    }
}

$client = client($port, $protocol, ...$credentials);
if ($credentials) {
    equal($client->set('secret', 'kept'), true);
    equal($client->get('secret'), 'kept');
    $wrong = client($port, $protocol, $credentials[0], $credentials[1] . '!');
    equal($wrong->set('secret', 'lost'), false);
    equal($client->get('secret'), 'kept');
    echo "authenticated\n";
    exit(0);
}

equal($client->set('key', 'one'), true);
equal($client->add('key', 'two'), false);
equal($client->getResultCode(), $protocol === 'binary' ? Memcached::RES_DATA_EXISTS : Memcached::RES_NOTSTORED);
equal($client->add('other', 'two'), true);
equal($client->replace('nothing', 'x'), false);
equal($client->replace('key', 'three'), true);
equal($client->get('key'), 'three');
equal($client->get('nothing'), false);
equal($client->getResultCode(), Memcached::RES_NOTFOUND);

foreach (['', "a\r\nb\0\xff", 42, 2.5, true, ['a' => [1, 2]], str_repeat('all work and no play ', 5000)] as $value) {
    equal($client->set('object', $value), true);
    equal($client->get('object'), $value);
}

$client->setOption(Memcached::OPT_COMPRESSION, false);
equal($client->set('joined', 'b'), true);
equal($client->append('joined', 'c'), true);
equal($client->prepend('joined', 'a'), true);
equal($client->get('joined'), 'abc');
equal($client->append('nothing', 'x'), false);

$seen = $client->get('joined', null, Memcached::GET_EXTENDED);
equal($client->cas($seen['cas'], 'joined', 'new'), true);
equal($client->cas($seen['cas'], 'joined', 'newer'), false);
equal($client->getResultCode(), Memcached::RES_DATA_EXISTS);
equal($client->get('joined'), 'new');

equal($client->set('number', 10), true);
equal($client->increment('number', 5), 15);
equal($client->decrement('number', 6), 9);
equal($client->decrement('number', 60), 0);
if ($protocol === 'binary') {
    equal($client->increment('made', 1, 7), 7);
    equal($client->increment('made', 1, 7), 8);
}

$many = [];
for ($i = 0; $i < 500; $i++) {
    $many["key-$i"] = "value-$i";
}
equal($client->setMulti($many), true);
equal($client->getMulti(array_keys($many), Memcached::GET_PRESERVE_ORDER), $many);
equal($client->getDelayed(['key-1', 'key-2', 'nothing'], true), true);
equal(count($client->fetchAll()), 2);
equal($client->deleteMulti(['key-1', 'nothing']), ['key-1' => true, 'nothing' => Memcached::RES_NOTFOUND]);

equal($client->touch('key', 100), true);
equal($client->touch('nothing', 100), false);
equal($client->delete('key'), true);
equal($client->delete('key'), false);

equal(substr($client->getVersion()["127.0.0.1:$port"], 0, 4), '1.6.');
equal($client->getStats()["127.0.0.1:$port"]['curr_items'] > 0, true);
equal($client->flush(), true);
equal($client->get('other'), false);
echo "all commands executed\n";

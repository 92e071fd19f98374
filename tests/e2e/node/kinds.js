// Emits every kind with a client from npm: node kinds.js <client> <port>.
const [name, port] = process.argv.slice(2);

// `plus`: how a gauge is added to.
const clients = {
  'node-statsd': () => {
    const client = new (require('node-statsd'))('127.0.0.1', port, 'node-statsd.');
    return { client, plus: (key, value) => client.gauge(key, (value > 0 ? '+' : '') + value) };
  },
  'statsd-client': () => {
    const client = new (require('statsd-client'))({ host: '127.0.0.1', port: Number(port), prefix: 'statsd-client' });
    return { client, plus: (key, value) => client.gaugeDelta(key, value) };
  },
  lynx: () => {
    const client = new (require('lynx'))('127.0.0.1', Number(port), { scope: 'lynx' });
    return { client, plus: (key, value) => client.send({ [key]: `${value > 0 ? '+' : ''}${value}|g` }) };
  },
};

const { client, plus } = clients[name]();
for (let i = 0; i < 10; i += 1) client.increment('hits');
if (name === 'lynx') client.count('hits', 5);
else client.increment('hits', 5);
client.decrement('hits');
for (const ms of [12, 320, 7]) client.timing('latency', ms);
for (const user of ['ada', 'bob', 'ada', 'carl']) client.set('users', user);
// One after the other, as each datagram looks its host up.
const gauges = [
  () => client.gauge('depth', 10),
  () => client.gauge('depth', 3.5),
  () => client.gauge('balance', 10),
  () => client.gauge('balance', -4),
  () => plus('level', 3),
  () => plus('level', -1),
];
(function next() {
  const emit = gauges.shift();
  if (!emit) return client.close();
  emit();
  return setTimeout(next, 20);
}());

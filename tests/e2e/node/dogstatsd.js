// Emits all that DogStatsD has with hot-shots: node dogstatsd.js udp|aggregation|uds|tcp <port or path>.
const StatsD = require('hot-shots');

const [name, where] = process.argv.slice(2);
const client = new StatsD({
  protocol: name === 'aggregation' ? 'udp' : name,
  ...(name === 'uds' ? { path: where } : { host: '127.0.0.1', port: Number(where) }),
  prefix: `${name}.`,
  globalTags: { env: 'test' },
  aggregation: name === 'aggregation' && { flushInterval: 50 },
  errorHandler: (error) => { throw error; },
});

const tags = ['path:/a:b', 'host:web-1'];
for (let i = 0; i < 20; i += 1) client.increment('hits', i, tags);
client.decrement('hits', 3, tags);
client.increment('bare');
for (const ms of [12, 320, 7]) client.timing('latency', ms, tags);
for (const bytes of [100, 200]) client.histogram('bytes', bytes, tags);
for (const score of [1.5, -2.5]) client.distribution('score', score, tags);
client.gauge('depth', 10, tags);
client.gauge('depth', 3.5, tags);
client.gauge('late', 9, tags);
client.gauge('late', 7, { tags, timestamp: Math.floor(Date.now() / 1000) - 60 });
for (const user of ['ada', 'bob', 'ada', 'carl']) client.unique('users', user, tags);
client.event('deployed', 'version 2\nof all', { alert_type: 'success', priority: 'low', hostname: 'web-1' }, tags);
client.check('db.up', client.CHECKS.WARNING, { message: 'slow', hostname: 'web-1' }, tags);
client.close();

// Emits with hot-shots: node emit.js <port> single|batched|dogstatsd. Prints what it emitted.
const StatsD = require('hot-shots');

const [port, mode] = process.argv.slice(2);
const batched = mode === 'batched';
const client = new StatsD({
  host: '127.0.0.1',
  port: Number(port),
  prefix: `${mode}.`,
  maxBufferSize: batched ? 1400 : 0,
  bufferFlushInterval: 50,
  globalTags: mode === 'dogstatsd' ? { env: 'test', url: 'http://a/b' } : undefined,
  errorHandler: (error) => { throw error; },
});

let lines = 0;
const sums = {};
const tags = mode === 'dogstatsd' ? ';env=test;url=http://a/b' : '';
function count(key, value, emit, all = tags) {
  emit();
  lines += 1;
  sums[`${mode}.${key}${all}`] = (sums[`${mode}.${key}${all}`] || 0) + value;
}

const sampledCalls = 400;
for (let i = 0; i < 50; i += 1) {
  count('hits', 1, () => client.increment('hits'));
  count('hits', i, () => client.increment('hits', i));
  count('left', -1, () => client.decrement('left'));
  count('left', -2, () => client.decrement('left', 2));
}
count('tagged', 3, () => client.increment('tagged', 3, 1, ['region:eu', 'path:/a:b']),
  mode === 'dogstatsd' ? ';env=test;path=/a:b;region=eu;url=http://a/b' : ';path=/a:b;region=eu');
for (let i = 0; i < sampledCalls; i += 1) client.increment('sampled', 1, 0.25);
setTimeout(() => {
  count('end', 1, () => client.increment('end'));
  client.close(() => console.log(JSON.stringify({ lines, sums, tags, sampled_calls: sampledCalls })));
}, 200);

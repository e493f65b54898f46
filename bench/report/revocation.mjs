import { mebibytes, number, spread, table } from './format.mjs'

export function markdown({ index, route }) {
  const columns = ['bytes an entry', 'miss, ns', 'hit, ns', 'miss, of the Set', 'insert, ns']
  const table1 = table(
    ['', 'entries', ...columns, 'pauses adding 1,000, ms', 'forgetting, ms'],
    index.map((row) => [
      row.name,
      row.entries.toLocaleString('en'),
      ...columns.map((column) => number(row[column])),
      pause(row['adding 1000, ms']),
      pause(row['one purge, ms']),
    ]),
  )
  const table2 = table(
    [
      'entries held',
      'CPU a request, µs',
      'requests/s',
      'throughput, per CPU',
      '`authenticate`, ns',
      'p99, ms',
      'RSS, MiB',
    ],
    route.map(({ held, cpu, rate, perProcessor, authenticate, milliseconds, rss }) => [
      held.toLocaleString('en'),
      spread(cpu),
      number(rate.median),
      number(perProcessor.median),
      spread(authenticate),
      number(milliseconds.p99),
      mebibytes(rss),
    ]),
  )
  return [
    '## Revocations held',
    'The index by itself, beside what comes to mind first. Pauses: the 99.9th percentile and the longest (in brackets: without the garbage collector, which the texts of the ids keep busy).',
    table1,
    'A protected route (node:http) of a process that holds so many, with 1,000 tokens in turn. They are remembered, so each is looked up once after every news:',
    table2,
  ].join('\n\n')
}

function pause(taken) {
  if (!taken) return '–'
  const { 'p99.9': usual, longest, 'longest without collections': own } = taken
  return `${number(usual)} / ${number(longest)} (${number(own)})`
}

export function charts({ index }) {
  const most = Math.max(...index.map(({ entries }) => entries))
  const bars = index
    .filter(({ entries }) => entries === most)
    .map((row) => ({
      label: row.name,
      value: row['miss, ns'],
      text: `${number(row['miss, ns'])} ns, ${number(row['bytes an entry'])} bytes`,
      ours: row.name === 'our index',
    }))
  const subtitle = `a look-up that finds nothing, and the memory of an entry, among ${most.toLocaleString('en')}; less is better`
  return [{ file: 'revocation.svg', title: 'Is this token revoked?', subtitle, bars }]
}

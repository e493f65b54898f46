import { mebibytes, number, spread, table } from './format.mjs'

export function markdown({ index, route }) {
  const columns = ['bytes an entry', 'miss, ns', 'hit, ns', 'miss, of the Set', 'insert, ns']
  const table1 = table(
    ['', 'entries', ...columns, 'longest pause adding 1,000, ms', 'longest pause forgetting, ms'],
    index.map((row) => [
      row.name,
      row.entries.toLocaleString('en'),
      ...columns.map((column) => number(row[column])),
      number(row['adding 1000, ms'].longest),
      number(row['one purge, ms']?.longest),
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
    'The index by itself, beside what comes to mind first:',
    table1,
    'A protected route (node:http) of a process that holds so many, with 1,000 tokens in turn. They are remembered, so each is looked up once after every news:',
    table2,
  ].join('\n\n')
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

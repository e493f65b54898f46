import { number, spread, table } from './format.mjs'

export function markdown({ refresh, storm }) {
  const refreshes = table(
    ['store', 'refreshes/s', 'CPU of our process each, µs', 'p50, ms', 'p99, ms'],
    Object.entries(refresh.stores).map(([name, { rate, cpu, milliseconds }]) => [
      name,
      spread(rate),
      spread(cpu),
      number(milliseconds.p50),
      number(milliseconds.p99),
    ]),
  )
  const storms = table(
    ['', 'sign-ins/s', 'cheap route: p50, ms', 'p99, ms', 'reads a file: p50, ms', 'p99, ms'],
    Object.entries(storm).map(([name, { rate, cheap, file }]) => [
      name,
      spread(rate),
      ...[cheap.p50, cheap.p99, file.p50, file.p99].map(number),
    ]),
  )
  return [
    '## Sessions',
    `${refresh.devices} devices refresh as fast as they are answered; every rotation is durable before its answer:`,
    refreshes,
    'Twenty sign-ins in flight, and what the other routes of the same server notice:',
    storms,
  ].join('\n\n')
}

export function charts({ storm }) {
  const bars = Object.entries(storm).map(([name, { file, rate }]) => ({
    label: name,
    value: file.p99,
    text: `${number(file.p99)} ms${rate.median > 0 ? `, ${number(rate.median)}/s` : ''}`,
    ours: name.startsWith('latchkey'),
  }))
  const subtitle =
    'p99 of a route that reads a file while 20 sign-ins are in flight, and sign-ins a second; less is better'
  return [{ file: 'sign-ins.svg', title: 'A storm of sign-ins', subtitle, bars, log: true }]
}

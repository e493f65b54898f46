import { number, table } from './format.mjs'

export function markdown(result) {
  if (result.skipped) return `## Fleet\n\nSkipped: ${result.skipped}.`
  const row = (name, { revocations, p50, p99, max }) => [name, revocations, ...[p50, p99, max].map(number)]
  return [
    '## Fleet',
    `${result.nodes} nodes on one PostgreSQL: from the acknowledgement of a revocation on one to the refusal by the last.`,
    table(
      ['', 'revocations', 'p50, ms', 'p99, ms', 'max, ms'],
      [row(`push over ${result.push}`, result.pushed), row('push cut', result.polled)],
    ),
  ].join('\n\n')
}

export const charts = () => []

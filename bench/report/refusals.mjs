import { number, spread, table } from './format.mjs'

const KINDS = {
  signature: 'bad signature',
  expired: 'expired',
  algorithm: 'other algorithm',
  garbage: 'garbage',
}

export function markdown(result) {
  const parts = Object.entries(result).map(([algorithm, { patterns }]) => {
    const rows = Object.entries(patterns.unseen).map(([name, accepted]) => [
      name,
      spread(accepted, 1000),
      ...Object.keys(KINDS).map((kind) => costOf(patterns[kind][name], accepted)),
    ])
    return `### ${algorithm}\n\n${table(['', 'accepted, µs', ...Object.values(KINDS)], rows)}`
  })
  const introduction =
    'What it costs to refuse a token, in µs and as a multiple of accepting one that was never seen. Bad ones come between as many good ones.'
  return ['## Refusals', introduction, ...parts].join('\n\n')
}

const costOf = ({ median }, accepted) => `${number(median / 1000)} = ${number(median / accepted.median)}×`

export const charts = () => []

import { THROW } from '../tokens/contenders.mjs'
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
      ...Object.keys(KINDS).map((kind) => costOf(patterns[kind][name])),
    ])
    return `### ${algorithm}\n\n${table(['', 'accepted, µs', ...Object.values(KINDS)], rows)}`
  })
  const introduction = `What it costs to refuse a token, in µs and as a multiple of accepting one that was never seen: 500 good ones
are followed by 500 bad ones (50 of EdDSA), and each time the second is divided by the first. "${THROW}" is what refusing by
throwing costs at the least: an expired token passes every check, because the clock is set back, and then meets an error without
a stack trace, the cheapest that V8 has.`
  return ['## Refusals', introduction, ...parts].join('\n\n')
}

const costOf = (figure) =>
  figure === undefined ? '–' : `${number(figure.median / 1000)} = ${number(figure.ratio.median)}×`

export const charts = () => []

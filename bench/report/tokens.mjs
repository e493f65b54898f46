import { BARE, ISSUE } from '../tokens/contenders.mjs'
import { mebibytes, number, spread, table } from './format.mjs'

const PATTERNS = {
  repeated: 'one token again',
  thousand: '1,000 in turn',
  unseen: 'never seen',
  sign: 'sign',
}

export function markdown(result) {
  const parts = Object.entries(result).map(([algorithm, { patterns, memory }]) => {
    const names = Object.keys(patterns.sign)
    const rows = names.map((name) => [
      name,
      ...Object.keys(PATTERNS).map((pattern) => cell(patterns[pattern][name])),
      memory[name] ? mebibytes(memory[name].heap) : '–',
      memory[name] ? mebibytes(memory[name].rss) : '–',
    ])
    const head = ['µs a call', ...Object.values(PATTERNS), 'heap, MiB', 'RSS, MiB']
    return `### ${algorithm}\n\n${table(head, rows)}\n\n${ratios(algorithm, patterns)}`
  })
  return ['## Tokens', INTRODUCTION, ...parts].join('\n\n')
}

const INTRODUCTION = `Median (10th–90th percentile) of batches. Everybody insists on the same: algorithm, issuer, audience,
header \`typ\`, times, \`sub\`, \`jti\`, \`type\` (@node-rs does not show the header, so its \`typ\` goes unchecked). Heap and RSS are what
a process has gained by loading it and verifying tokens that were never seen.`

const cell = (figure) => (figure ? spread(figure, 1000) : '–')

function ratios(algorithm, { repeated, thousand, unseen, sign }) {
  const over = (figures, name, base) => number(figures[name]?.median / figures[base]?.median)
  const lines =
    algorithm === 'HS256'
      ? [
          `never seen: ${over(unseen, 'fast-jwt', 'latchkey')}× the speed of fast-jwt without its cache, ${over(unseen, 'jose', 'latchkey')}× that of jose`,
          `1,000 in turn, without our cache: ${over(thousand, 'fast-jwt', 'latchkey, no cache')}× fast-jwt without its own`,
          `repeated, with our cache: ${over(repeated, 'fast-jwt, cache', 'latchkey')}× fast-jwt with its own`,
          `sign: ${over(sign, 'fast-jwt', 'latchkey')}× fast-jwt`,
        ]
      : [
          `never seen, without our cache: ${over(unseen, 'latchkey, no cache', BARE)}× the time of the bare signature check`,
        ]
  lines.push(`a cache that never hits: ${over(unseen, 'latchkey', 'latchkey, no cache')}× the time of none`)
  return lines.map((line) => `- ${line}`).join('\n')
}

export function charts(result) {
  return ['unseen', 'repeated'].map((pattern) => {
    const figures = result.HS256.patterns[pattern]
    const bars = Object.entries(figures)
      .filter(([name]) => name !== BARE && name !== ISSUE)
      .sort(([, left], [, right]) => left.median - right.median)
      .map(([name, { median }]) => ({
        label: name,
        value: median,
        text: `${number(median / 1000)} µs`,
        ours: name.startsWith('latchkey'),
      }))
    const subtitle = `HS256, every check on, ${pattern === 'unseen' ? 'tokens that were never seen before' : 'one token again and again'}; less is better`
    return { file: `verify-${pattern}.svg`, title: 'Verifying a token', subtitle, bars, log: true }
  })
}

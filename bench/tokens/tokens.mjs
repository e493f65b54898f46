import { start } from '../measure/child.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { summary } from '../measure/statistics.mjs'
import { BAD } from './bad-tokens.mjs'
import { BARE, contenders, ISSUE } from './contenders.mjs'
import { claimsOf, keysOf, signerOf, temporaryFolder, writeTexts } from './token-file.mjs'

export const ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA']
const SLOW = new Set(['RS256', 'ES256', 'EdDSA'])

/** Calls of each contender in one round, and rounds, after as many calls to warm up as it takes to be compiled. */
const SIZES = {
  quick: { fast: { warm: 3000, count: 500, rounds: 5 }, slow: { warm: 20, count: 20, rounds: 3 } },
  full: { fast: { warm: 20_000, count: 4000, rounds: 40 }, slow: { warm: 1500, count: 300, rounds: 30 } },
}

/** Enough to see that everything works. */
const FEW = ['latchkey', 'latchkey, no cache', 'fast-jwt', 'fast-jwt, cache', 'jose', BARE, ISSUE]

const namesOf = (quick) => (quick ? FEW : Object.keys(contenders))

const sizeOf = (algorithm, quick) => SIZES[quick ? 'quick' : 'full'][SLOW.has(algorithm) ? 'slow' : 'fast']

/** Everybody at one algorithm: signing, and verifying one token again and again, a thousand in turn, and new ones. */
export async function measureTokens({ quick, log }) {
  const results = {}
  for (const algorithm of ALGORITHMS) {
    log(`tokens: ${algorithm}`)
    const size = sizeOf(algorithm, quick)
    const field = await fieldOf(namesOf(quick), algorithm, size.warm + size.count * size.rounds, {})
    const patterns = {}
    for (const pattern of ['repeated', 'thousand', 'unseen', 'sign']) {
      const racing = [...field].filter(([name]) => pattern === 'sign' || name !== ISSUE)
      patterns[pattern] = await race(racing, pattern, size, SLOW.has(algorithm))
    }
    results[algorithm] = { patterns, memory: await memories(field) }
    for (const child of field.values()) child.stop()
  }
  return results
}

/** What it costs to say no, beside what it costs the same verifier to say yes to a token it has not seen. */
export async function measureRefusals({ quick, log }) {
  const results = {}
  for (const algorithm of quick ? ['HS256'] : ['HS256', 'EdDSA']) {
    log(`refusals: ${algorithm}`)
    const size = sizeOf(algorithm, quick)
    const field = await fieldOf(namesOf(quick), algorithm, size.warm + size.count * size.rounds, BAD)
    const racing = [...field].filter(([name]) => name !== BARE && name !== ISSUE)
    const patterns = {}
    for (const pattern of ['unseen', ...Object.keys(BAD)])
      patterns[pattern] = await race(racing, pattern, size, SLOW.has(algorithm))
    results[algorithm] = { patterns }
    for (const child of field.values()) child.stop()
  }
  return results
}

/** A process for each contender that knows the algorithm, all with the same keys and the same tokens. */
async function fieldOf(names, algorithm, needed, badKinds) {
  const keys = keysOf(algorithm)
  const folder = temporaryFolder()
  const sign = signerOf(algorithm, keys)
  const many = (make) => Array.from({ length: Math.max(needed, 2000) }, (_, index) => make(index))
  const good = writeTexts(
    folder,
    'good',
    many((index) => sign(claimsOf(index))),
  )
  const bad = {}
  for (const [kind, maker] of Object.entries(badKinds))
    bad[kind] = writeTexts(folder, kind, many(maker(algorithm, keys)))
  const field = new Map()
  await Promise.all(
    names.map(async (name) => {
      const child = start('./contender-process.mjs', import.meta.url)
      if (await child.call('prepare', { name, keys: { algorithm, ...keys }, good, bad }))
        field.set(name, child)
      else child.stop()
    }),
  )
  return new Map(names.flatMap((name) => (field.has(name) ? [[name, field.get(name)]] : [])))
}

async function race(racing, pattern, { warm, count, rounds }, slow) {
  const samples = Object.fromEntries(racing.map(([name]) => [name, []]))
  for (const [, child] of racing) {
    await child.call('renew')
    await child.call('round', { pattern, from: 0, count: warm, slow })
  }
  await inRounds(rounds, racing, async ([name, child], round) => {
    samples[name].push(...(await child.call('round', { pattern, from: warm + round * count, count, slow })))
  })
  return Object.fromEntries(racing.map(([name]) => [name, summary(samples[name])]))
}

async function memories(field) {
  const found = {}
  for (const [name, child] of field) found[name] = await child.call('memory')
  return found
}

import { start } from '../measure/child.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { summary, summaryOfPairs } from '../measure/statistics.mjs'
import { BAD } from './bad-tokens.mjs'
import { BARE, contenders, ISSUE, THROW } from './contenders.mjs'
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
    results[algorithm] = await measure(['repeated', 'thousand', 'unseen', 'sign'], algorithm, quick, false)
  }
  return results
}

/** What it costs to say no, beside what it costs the same verifier to say yes to a token it has not seen. */
export async function measureRefusals({ quick, log }) {
  const results = {}
  for (const algorithm of quick ? ['HS256'] : ['HS256', 'EdDSA']) {
    log(`refusals: ${algorithm}`)
    results[algorithm] = await measure(['unseen', ...Object.keys(BAD)], algorithm, quick, true)
  }
  return results
}

/**
 * The patterns one after another. Each has processes of its own, as an application has one verifier and no more: the
 * compiler makes less of functions that exist several times. A quick run has no time for that.
 */
async function measure(patterns, algorithm, quick, refusing) {
  const size = sizeOf(algorithm, quick)
  const setup = setupOf(algorithm, size.warm + size.count * size.rounds, refusing)
  const kept = quick ? await fieldOf(namesOf(quick), setup) : null
  const results = { patterns: {}, memory: {} }
  for (const pattern of patterns) {
    const field = kept ?? (await fieldOf(namesOf(quick), setup))
    if (kept) for (const child of kept.values()) await child.call('renew')
    const racing = [...field].filter(([name]) => takesPart(name, pattern, refusing))
    results.patterns[pattern] = await race(racing, pattern, size, SLOW.has(algorithm))
    if (pattern === 'unseen') results.memory = await memories(field)
    if (!kept) stopAll(field)
  }
  if (kept) stopAll(kept)
  return results
}

function takesPart(name, pattern, refusing) {
  if (name === ISSUE) return pattern === 'sign'
  if (name === THROW) return refusing && (pattern === 'unseen' || pattern === 'expired')
  return name !== BARE || !refusing
}

/** The keys and the tokens, the same for everybody; of bad ones many, or one of each to be refused before it starts. */
function setupOf(algorithm, needed, refusing) {
  const keys = keysOf(algorithm)
  const folder = temporaryFolder()
  const sign = signerOf(algorithm, keys)
  const write = (name, count, make) =>
    writeTexts(
      folder,
      name,
      Array.from({ length: count }, (_, index) => make(index)),
    )
  const many = Math.max(needed, 2000)
  const good = write('good', many, (index) => sign(claimsOf(index)))
  const bad = Object.entries(BAD).map(([kind, maker]) => [
    kind,
    write(kind, refusing ? many : 1, maker(algorithm, keys)),
  ])
  return { keys: { algorithm, ...keys }, good, bad: Object.fromEntries(bad) }
}

/** A process for each contender that knows the algorithm. */
async function fieldOf(names, setup) {
  const entered = await Promise.all(
    names.map(async (name) => {
      const child = start('./contender-process.mjs', import.meta.url)
      if (await child.call('prepare', { name, ...setup })) return [[name, child]]
      child.stop()
      return []
    }),
  )
  return new Map(entered.flat())
}

function stopAll(field) {
  for (const child of field.values()) child.stop()
}

async function race(racing, pattern, { warm, count, rounds }, slow) {
  const samples = Object.fromEntries(racing.map(([name]) => [name, []]))
  for (const [, child] of racing) await child.call('round', { pattern, from: 0, count: warm, slow })
  await inRounds(rounds, racing, async ([name, child], round) => {
    samples[name].push(...(await child.call('round', { pattern, from: warm + round * count, count, slow })))
  })
  return Object.fromEntries(racing.map(([name]) => [name, figureOf(samples[name])]))
}

/** Of refusals also how many times the cost of accepting they are, from batches side by side. */
function figureOf(samples) {
  if (typeof samples[0] === 'number') return summary(samples)
  const refused = samples.map((one) => one.refused)
  const accepted = samples.map((one) => one.accepted)
  return { ...summary(refused), ratio: summaryOfPairs(refused, accepted, (one, base) => one / base) }
}

async function memories(field) {
  const found = {}
  for (const [name, child] of field) found[name] = await child.call('memory')
  return found
}

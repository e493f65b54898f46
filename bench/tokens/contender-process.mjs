// One verifier in one process: proves that it refuses what it should, then measures rounds that its parent asks for.
import { answer } from '../measure/child.mjs'
import { contenders } from './contenders.mjs'
import { claimsOf, openTexts } from './token-file.mjs'

let make
let contender
let texts
let isAsync = false
let baseline
const BATCH = { fast: 500, slow: 50 }

answer({
  /** `false` where it does not know the algorithm. */
  async prepare({ name, keys, good, bad }) {
    make = () => contenders[name](keys)
    baseline = memory()
    contender = await make()
    if (contender === null) return false
    isAsync = contender.isAsync === true
    texts = { good: openTexts(good) }
    for (const [kind, description] of Object.entries(bad)) texts[kind] = openTexts(description)
    if (contender.verify && !contender.ready) await requireStrict()
    return true
  },
  /** A contender without memories, so that no pattern profits from the one before. */
  async renew() {
    contender = await make()
  },
  /** Nanoseconds a call, one sample for each batch; of bad tokens `{ refused, accepted }`, measured side by side. */
  async round({ pattern, from, count, slow }) {
    const batch = slow ? BATCH.slow : BATCH.fast
    const samples = []
    for (let at = from; at < from + count; at += batch) {
      samples.push(await batchOf(pattern, at, Math.min(batch, from + count - at)))
    }
    return samples
  },
  memory() {
    const { heap, rss } = memory()
    return { heap: heap - baseline.heap, rss: rss - baseline.rss }
  },
})

/** A measurement of something that lets everything pass would be worth nothing. */
async function requireStrict() {
  await contender.verify(texts.good.read(0, 1)[0])
  for (const kind of Object.keys(texts)) {
    if (kind !== 'good' && (await accepts(texts[kind].read(0, 1)[0]))) throw new Error(`accepts: ${kind}`)
  }
}

async function accepts(token) {
  try {
    await contender.verify(token)
    return true
  } catch {
    return false
  }
}

async function batchOf(pattern, from, many) {
  if (pattern === 'sign') return signing(Array.from({ length: many }, (_, at) => claimsOf(from + at)))
  if (pattern === 'repeated') return verifying(texts.good.copies(0, many))
  if (pattern === 'thousand') return verifying(texts.good.read(from % 1000, many))
  if (pattern === 'unseen') return verifying(texts.good.read(from, many))
  // Bad tokens come between good ones. Engines never compile a function that only ever throws, which nobody's does.
  const accepted = await verifying(texts.good.read(from, many))
  return { accepted, refused: await refusing(texts[pattern].read(from, many)) }
}

const signing = (claims) => (isAsync ? timedAsync(contender.sign, claims) : timed(contender.sign, claims))

function verifying(tokens) {
  const { verify, ready } = contender
  if (isAsync) return timedAsync(verify, tokens)
  return timed(verify, ready ? tokens.map(ready) : tokens)
}

function timed(act, inputs) {
  const start = process.hrtime.bigint()
  for (const input of inputs) act(input)
  return Number(process.hrtime.bigint() - start) / inputs.length
}

async function timedAsync(act, inputs) {
  const start = process.hrtime.bigint()
  for (const input of inputs) await act(input)
  return Number(process.hrtime.bigint() - start) / inputs.length
}

async function refusing(tokens) {
  const { verify } = contender
  let refused = 0
  const start = process.hrtime.bigint()
  for (const token of tokens) {
    try {
      if (isAsync) await verify(token)
      else verify(token)
    } catch {
      refused += 1
    }
  }
  const took = Number(process.hrtime.bigint() - start)
  if (refused !== tokens.length) throw new Error(`accepted ${tokens.length - refused} bad tokens`)
  return took / tokens.length
}

function memory() {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, rss }
}

// What the revocation index costs, beside a Set and a Map of the same ids: bytes an entry, a look-up that misses and
// one that hits, an insertion, and the longest pauses while it grows and while it forgets.
//
//   npx tsc -b packages/latchkey && node --expose-gc bench/revocation-index.mjs [entries…]    default: 1000000 10000000
//
// All of one size are built first and then looked through in turn, so that what else the machine does meets each of
// them. A text is looked up once only: as in a request, nobody has computed its hash before. Pauses are those of a
// process that holds nothing else; "nothing" does as
// much work and holds nothing: its pauses are the machine's.
import { execFileSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { cpus } from 'node:os'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createIdMap } from '../packages/latchkey/dist/auth/id-map.js'

const LOOKUPS = 200_000
const ROUNDS = 11
const PAGE = 1000
const HOUR = 3_600_000

const contenders = {
  nothing: () => ({ add: busy, find: () => false, purge: () => busy(), own: () => 0, shared: () => 0 }),
  'Set of text': () => {
    const set = new Set()
    return {
      add: (id) => set.add(id),
      find: (id) => set.has(id),
      purge: null,
      own: () => null,
      shared: () => 0,
    }
  },
  'Map with expiry': () => {
    const map = new Map()
    const purge = (now) => {
      for (const [id, until] of map) if (until <= now) map.delete(id)
    }
    return {
      add: (id, until) => map.set(id, until),
      find: (id) => map.has(id),
      purge,
      own: () => null,
      shared: () => 0,
    }
  },
  'our index': () => {
    const ids = createIdMap(false)
    return {
      add: (id, until) => ids.raise(id, 0, until),
      find: (id) => ids.find(id) !== null,
      purge: (now) => ids.purge(now),
      own: () => ids.size,
      shared: () => ids.bytes,
    }
  },
}

/** Half a microsecond of work that allocates nothing. */
function busy() {
  for (let i = 0; i < 100; i++) sink = (sink * 31 + i) | 0
}
let sink = 1

/** Collections of garbage: when each began, and how long everything stood still for it; milliseconds. */
const collections = []
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) collections.push({ startTime, duration })
}).observe({ entryTypes: ['gc'] })

/** When something began, and how long it took; milliseconds. */
function span(act) {
  const start = performance.now()
  act()
  return { start, took: performance.now() - start }
}

function timed(act) {
  const start = process.hrtime.bigint()
  act()
  return Number(process.hrtime.bigint() - start)
}

/** Ids as they come out of parsed JSON: flat text that nobody else holds. */
function* freshIds(count) {
  const bytes = Buffer.alloc(16 * PAGE)
  for (let made = 0; made < count; made += PAGE) {
    randomFillSync(bytes)
    const ids = Array.from({ length: PAGE }, (_, i) => bytes.toString('base64url', i * 16, i * 16 + 16))
    yield JSON.parse(JSON.stringify(ids))
  }
}

/** What lies on the heap and in buffers, but for shared ones: Node does not count them. */
function memory() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Nanoseconds for one of them. */
function lookup(find, ids, expected) {
  let found = 0
  const took = timed(() => {
    for (const id of ids) if (find(id)) found += 1
  })
  if (found !== expected) throw new Error(`found ${found} of ${expected}`)
  return took / ids.length
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
const hundredths = (value) => Math.round(value * 100) / 100
const pauses = (spans) => {
  const sorted = spans.map(({ took }) => took).sort((a, b) => a - b)
  const at = (part) => hundredths(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))])
  const own = spans.map((one) => one.took - collectingIn(one))
  return {
    median: at(0.5),
    p99: at(0.99),
    'p99.9': at(0.999),
    longest: at(1),
    'longest without collections': hundredths(own.reduce((most, one) => Math.max(most, one), 0)),
  }
}

function collectingIn({ start, took }) {
  return collections
    .filter(({ startTime }) => startTime >= start && startTime < start + took)
    .reduce((sum, { duration }) => sum + duration, 0)
}

async function build(name, count) {
  const empty = memory()
  const contender = contenders[name]()
  const present = []
  const pages = []
  const now = Date.now()
  let made = 0
  for (const page of freshIds(count)) {
    // Half of them run out in the middle of the hour.
    pages.push(
      span(() => {
        for (const id of page) contender.add(id, now + (made++ % 2 === 0 ? HOUR / 2 : HOUR))
      }),
    )
    if (made % 100_000 === 0) await nextTurn()
    if (pages.length % Math.max(1, Math.floor(count / LOOKUPS)) === 0)
      present.push(Buffer.from(page.join('')))
  }
  return { name, count, ...contender, now, pages, present, bytes: memory() - empty + contender.shared() }
}

/** The same ids as other text, in another order. */
function copiesOf(present) {
  const all = present.flatMap((page) =>
    Array.from({ length: PAGE }, (_, i) => page.toString('latin1', i * 22, i * 22 + 22)),
  )
  shuffle(all)
  // Copied once more, because a text that a request brings was only just made.
  return JSON.parse(JSON.stringify(all.slice(0, LOOKUPS)))
}

function lookThrough(built) {
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(
      built.map(({ find, present }) => {
        const hits = copiesOf(present)
        return { hit: lookup(find, hits, hits.length), miss: lookup(find, [...freshIds(LOOKUPS)].flat(), 0) }
      }),
    )
  }
  return built.map((_, at) => {
    const of = (kind) => median(rounds.map((round) => round[at][kind]))
    const ratio = (kind) => median(rounds.map((round) => round[at][kind] / round[0][kind]))
    return {
      'miss, ns': Math.round(of('miss')),
      'hit, ns': Math.round(of('hit')),
      'miss, of the Set': hundredths(ratio('miss')),
      'hit, of the Set': hundredths(ratio('hit')),
    }
  })
}

/** Takes the pauses of one contender in a process of its own. */
function pausesOf(name, count) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--pauses', name, String(count)]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

/**
 * Compiled before it is timed: V8 compiles hot code anew when it meets something new, and a thousand insertions on the slow
 * way until then take 3 to 7 ms.
 */
async function warmUp(name) {
  for (let times = 0; times < 8; times++) await forget(await build(name, 100_000))
}

/** Until everything that can be given back is; one purge of those that walk all they hold. */
async function forget({ purge, own, now }) {
  const forgetting = []
  for (let round = 0; purge !== null && round < (own() === null ? 1 : 3000); round++) {
    forgetting.push(span(() => purge(now + 0.75 * HOUR)))
    if (round % 10 === 0) await nextTurn()
  }
  return forgetting
}

async function takePauses(name, count) {
  await warmUp(name)
  const built = await build(name, count)
  const { pages, own } = built
  const forgetting = await forget(built)
  await nextTurn()
  return {
    'insert, ns': Math.round((pages.reduce((sum, { took }) => sum + took, 0) / count) * 1e6),
    [`adding ${PAGE}, ms`]: pauses(pages),
    'one purge, ms': forgetting.length === 0 ? null : pauses(forgetting),
    'left after the purges': own(),
  }
}

const resultOf = ({ name, count, bytes }, looked) => ({
  name,
  entries: count,
  'bytes an entry': Math.round((bytes / count) * 10) / 10,
  ...looked,
  ...pausesOf(name, count),
})

function shuffle(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[list[i], list[j]] = [list[j], list[i]]
  }
}

async function main(counts) {
  const results = []
  for (const count of counts) {
    const built = []
    for (const name of Object.keys(contenders)) if (name !== 'nothing') built.push(await build(name, count))
    const looked = lookThrough(built)
    const held = built.map(({ name, count, bytes }) => ({ name, count, bytes }))
    built.length = 0
    results.push(...held.map((one, at) => resultOf(one, looked[at])))
    results.push({ name: 'nothing', entries: count, ...pausesOf('nothing', count) })
  }
  return { node: process.version, machine: cpus()[0]?.model, cores: cpus().length, results }
}

const [mode, name, size] = process.argv.slice(2)
const sizes = process.argv.slice(2).map(Number).filter(Boolean)
const report =
  mode === '--pauses'
    ? await takePauses(name, Number(size))
    : await main(sizes.length > 0 ? sizes : [1_000_000, 10_000_000])
console.log(JSON.stringify(report, null, 2))

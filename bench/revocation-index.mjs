// What the revocation index costs, beside a Set and a Map of the same ids: bytes an entry, a look-up that misses and
// one that hits, an insertion, and the longest pause while it grows and while it forgets.
//
//   node --expose-gc bench/revocation-index.mjs [entries…]      default: 1000000 10000000
import { randomFillSync } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createIdMap } from '../packages/latchkey/dist/auth/id-map.js'

const counts = process.argv.slice(2).map(Number).filter(Boolean)
const LOOKUPS = 1_000_000
const PAGE = 1000
const HOUR = 3_600_000

const contenders = {
  'Set of text': () => {
    const set = new Set()
    return {
      add: (id) => set.add(id),
      find: (id) => set.has(id),
      purge: () => set.clear(),
    }
  },
  'Map with expiry': () => {
    const map = new Map()
    return {
      add: (id, until) => map.set(id, until),
      find: (id) => map.has(id),
      purge: (now) => {
        for (const [id, until] of map) if (until <= now) map.delete(id)
      },
    }
  },
  'our index': () => {
    const ids = createIdMap(false)
    return {
      add: (id, until) => ids.raise(id, 0, until),
      find: (id) => ids.find(id) !== null,
      purge: ids.purge,
      ids,
    }
  },
}

/** Ids as they come out of parsed JSON: flat text that nobody else holds. */
function* freshIds(count) {
  const bytes = Buffer.alloc(16 * PAGE)
  for (let made = 0; made < count; made += PAGE) {
    randomFillSync(bytes)
    const text = JSON.stringify(
      Array.from({ length: PAGE }, (_, i) => bytes.toString('base64url', i * 16, i * 16 + 16)),
    )
    yield JSON.parse(text)
  }
}

const memory = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function timed(act) {
  const start = process.hrtime.bigint()
  act()
  return Number(process.hrtime.bigint() - start)
}

function nanosecondsPerLookup(find, ids) {
  let found = 0
  const took = timed(() => {
    for (const id of ids) if (find(id)) found += 1
  })
  return { each: took / ids.length, found }
}

async function measure(name, count) {
  const empty = memory()
  const { add, find, purge, ids } = contenders[name]()
  const present = []
  let inserting = 0
  let longestInsert = 0
  let made = 0
  for (const page of freshIds(count)) {
    // Half of them run out in the middle of the hour.
    const took = timed(() => {
      for (const id of page) add(id, Date.now() + (made++ % 2 === 0 ? HOUR / 2 : HOUR))
    })
    inserting += took
    longestInsert = Math.max(longestInsert, took)
    if (present.length < LOOKUPS && made % 7 < 2)
      present.push(...page.map((id) => Buffer.from(id).toString()))
    if (made % 100_000 === 0) await nextTurn()
  }
  const probes = [...freshIds(Math.min(LOOKUPS, count))].flat()
  present.length = Math.min(present.length, LOOKUPS)
  const sample = shuffled(present)
  for (let warm = 0; warm < 3; warm++) nanosecondsPerLookup(find, probes.slice(0, 50_000))
  const miss = nanosecondsPerLookup(find, probes)
  const hit = nanosecondsPerLookup(find, sample)
  if (miss.found !== 0 || hit.found !== sample.length) throw new Error(`${name} answers wrongly`)
  const gc = timed(() => globalThis.gc?.()) / 1e6
  sample.length = present.length = probes.length = 0
  const bytes = (memory() - empty) / count
  let longestPurge = 0
  const rounds = name === 'our index' ? 2000 : 1
  for (let round = 0; round < rounds; round++)
    longestPurge = Math.max(
      longestPurge,
      timed(() => purge(Date.now() + 0.75 * HOUR)),
    )
  return {
    name,
    count,
    'bytes an entry': bytes,
    'own count of bytes': ids === undefined ? null : ids.bytes / count,
    'miss, ns': miss.each,
    'hit, ns': hit.each,
    'insert, ns': inserting / count,
    [`longest page of ${PAGE}, ms`]: longestInsert / 1e6,
    'longest purge, ms': longestPurge / 1e6,
    'full GC, ms': gc,
    'left after purge': ids?.size ?? null,
  }
}

function shuffled(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[list[i], list[j]] = [list[j], list[i]]
  }
  return list
}

const results = []
for (const count of counts.length > 0 ? counts : [1_000_000, 10_000_000]) {
  for (const name of Object.keys(contenders)) results.push(await measure(name, count))
}
console.log(JSON.stringify({ node: process.version, results }, null, 2))

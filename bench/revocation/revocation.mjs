import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { start } from '../measure/child.mjs'
import { openLoad } from '../measure/load.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { quantile, summary, summaryOfPairs } from '../measure/statistics.mjs'

const SIZES = {
  quick: { held: [0, 100_000], warm: 300, count: 300, rounds: 3, judged: 3 },
  full: { held: [0, 1_000_000, 10_000_000], warm: 12_000, count: 2500, rounds: 30, judged: 40 },
}

/** What it costs to know of many revocations: the table by itself, and a protected route behind it. */
export async function measureRevocation({ quick, log }) {
  log('revocation: the index')
  // A table that fits the processor's caches says nothing, and a large one takes longer than a quick look.
  const index = quick ? [] : await measureIndex([1_000_000, 10_000_000])
  log('revocation: a protected route')
  return { index, route: await measureRoute(SIZES[quick ? 'quick' : 'full']) }
}

async function measureIndex(counts) {
  const file = fileURLToPath(new URL('../revocation-index.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', file, ...counts.map(String)])
  return JSON.parse(stdout).results
}

async function measureRoute({ held, warm, count, rounds, judged }) {
  const field = await Promise.all(held.map(enter))
  for (const { child, load } of field) {
    // Known to its memory of verified tokens at the third sight.
    await child.call('judge', 3)
    await load.send(warm)
  }
  const taken = Object.fromEntries(held.map((many) => [many, { cpu: [], rate: [], times: [], judge: [] }]))
  await inRounds(rounds, field, async ({ many, child, load }) => {
    const mine = taken[many]
    const before = await child.call('used')
    const { times, took } = await load.send(count)
    mine.cpu.push(((await child.call('used')).microseconds - before.microseconds) / count)
    mine.rate.push((count / took) * 1000)
    mine.times.push(...times)
    mine.judge.push(await child.call('judge', judged))
  })
  const results = []
  for (const { many, child, load } of field) {
    results.push(figuresOf(many, taken[many], taken[0], await child.call('used')))
    load.close()
    child.stop()
  }
  return results
}

async function enter(many) {
  const child = start('./verifier-process.mjs', import.meta.url)
  const { port, lines } = await child.call('listen', many)
  return { many, child, load: await openLoad(port, lines) }
}

function figuresOf(held, { cpu, rate, times, judge }, none, { rss }) {
  return {
    held,
    cpu: summary(cpu),
    rate: summary(rate),
    throughput: summaryOfPairs(rate, none.rate, (one, base) => one / base),
    perProcessor: summaryOfPairs(cpu, none.cpu, (one, base) => base / one),
    authenticate: summary(judge),
    milliseconds: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
    rss,
  }
}

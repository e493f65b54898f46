import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { start } from '../measure/child.mjs'
import { openLoad } from '../measure/load.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { median, quantile, summary, summaryOfPairs } from '../measure/statistics.mjs'

/**
 * Servers are started anew for each heat: a thousand tokens with their claims are about as large as a processor's own
 * cache, and how well they lie in it is a matter of luck that stays with a process for life.
 */
const SIZES = {
  quick: { held: [0, 100_000], heats: 1, warm: 300, count: 300, rounds: 3, judged: 3 },
  full: { held: [0, 1_000_000, 10_000_000], heats: 8, warm: 12_000, count: 10_000, rounds: 4, judged: 40 },
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

async function measureRoute({ held, heats, ...size }) {
  const taken = held.map(() => ({ cpu: [], rate: [], times: [], judge: [], rss: [] }))
  for (let heat = 0; heat < heats; heat++) await run(held, size, taken)
  return held.map((many, at) => figuresOf(many, taken[at], taken[0]))
}

async function run(held, { warm, count, rounds, judged }, taken) {
  const field = await Promise.all(held.map(async (many, at) => ({ ...(await enter(many)), mine: taken[at] })))
  for (const { child, load } of field) {
    // Known to its memory of verified tokens at the third sight.
    await child.call('judge', 3)
    await load.send(warm)
  }
  await inRounds(rounds, field, async ({ mine, child, load }) => {
    const before = await child.call('used')
    const { times, took } = await load.send(count)
    mine.cpu.push(((await child.call('used')).microseconds - before.microseconds) / count)
    mine.rate.push((count / took) * 1000)
    mine.times.push(...times)
    mine.judge.push(await child.call('judge', judged))
  })
  for (const { mine, child, load } of field) {
    mine.rss.push((await child.call('used')).rss)
    load.close()
    child.stop()
  }
}

async function enter(many) {
  const child = start('./verifier-process.mjs', import.meta.url)
  const { port, lines } = await child.call('listen', many)
  return { child, load: await openLoad(port, lines) }
}

function figuresOf(held, { cpu, rate, times, judge, rss }, none) {
  return {
    held,
    cpu: summary(cpu),
    rate: summary(rate),
    throughput: summaryOfPairs(rate, none.rate, (one, base) => one / base),
    perProcessor: summaryOfPairs(cpu, none.cpu, (one, base) => base / one),
    authenticate: summary(judge),
    milliseconds: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
    rss: median(rss),
  }
}

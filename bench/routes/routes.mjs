import { start } from '../measure/child.mjs'
import { pin, unpin } from '../measure/cores.mjs'
import { openLoad } from '../measure/load.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { median, quantile, summary, summaryOfPairs } from '../measure/statistics.mjs'
import { PARTIES } from '../tokens/parties.mjs'
import { claimsOf, keysOf, signerOf } from '../tokens/token-file.mjs'
import { FEW, FRAMEWORKS } from './servers.mjs'

/**
 * Each process serves an open route and a guarded one, on a port each, and they take turns: where a process happens to
 * lie in memory, and how fast the machine is just then, is the same for both. What differs from process to process is
 * evened out over heats.
 */
const SIZES = {
  quick: { heats: 1, warm: 300, count: 200, rounds: 2 },
  full: { warm: 10_000, count: 4000, rounds: 10 },
}
const TOKENS = 1000

/** Guarded beside open, per framework: processor time of the server for each request, requests a second, p99. */
export async function measureRoutes({ quick, heats, log }) {
  const size = { heats, ...SIZES[quick ? 'quick' : 'full'] }
  const results = {}
  pin(process.pid, 0)
  for (const [framework, guards] of Object.entries(quick ? FEW : FRAMEWORKS)) {
    log(`routes: ${framework}`)
    results[framework] = await raceOf(framework, guards, size)
  }
  unpin(process.pid)
  return results
}

export function setupOfRoutes() {
  const keys = keysOf('HS256')
  const sign = signerOf('HS256', keys)
  const tokens = Array.from({ length: TOKENS }, (_, index) => sign(claimsOf(index)))
  return { ...keys, issuer: PARTIES.issuer, audience: PARTIES.audience, tokens }
}

async function raceOf(framework, guards, { heats, ...size }) {
  const empty = () => ({ cpu: [], open: [], rate: [], times: [], rss: [] })
  const taken = Object.fromEntries(guards.map((guard) => [guard, empty()]))
  await inRounds(heats, guards, (guard) => run(framework, guard, size, taken[guard]))
  return Object.fromEntries(guards.map((guard) => [guard, figuresOf(taken[guard])]))
}

async function run(framework, guard, { warm, count, rounds }, taken) {
  const child = start('./server-process.mjs', import.meta.url, { execArgv: [] })
  // The load is on the first core, so that neither moves in the middle of a round.
  pin(child.pid, 1)
  const { open, guarded, lines } = await child.call('listen', { framework, guard, setup: setupOfRoutes() })
  const loads = [
    { load: await openLoad(open, lines), isGuarded: false },
    { load: await openLoad(guarded, lines), isGuarded: true },
  ]
  await inRounds(4, loads, ({ load }) => load.send(warm / 4))
  await inRounds(rounds, loads, async ({ load, isGuarded }) => {
    const before = await child.call('used')
    const { times, took } = await load.send(count)
    const after = await child.call('used')
    const cpu = (after.microseconds - before.microseconds) / count
    if (!isGuarded) return taken.open.push(cpu)
    taken.cpu.push(cpu)
    taken.rate.push((count / took) * 1000)
    taken.times.push(...times)
  })
  taken.rss.push((await child.call('used')).rss)
  for (const { load } of loads) load.close()
  child.stop()
}

function figuresOf({ cpu, open, rate, times, rss }) {
  return {
    cpu: summary(cpu),
    open: summary(open),
    added: summaryOfPairs(cpu, open, (one, base) => one - base),
    ratio: summaryOfPairs(cpu, open, (one, base) => one / base),
    rate: summary(rate),
    milliseconds: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
    rss: median(rss),
  }
}

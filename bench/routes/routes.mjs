import { start } from '../measure/child.mjs'
import { pin, unpin } from '../measure/cores.mjs'
import { openLoad } from '../measure/load.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { median, quantile, summary, summaryOfPairs } from '../measure/statistics.mjs'
import { PARTIES } from '../tokens/parties.mjs'
import { claimsOf, keysOf, signerOf } from '../tokens/token-file.mjs'
import { FEW, FRAMEWORKS } from './servers.mjs'

/**
 * Servers are started anew for each heat: where a process happens to lie in memory stays with it for life. A round takes
 * half a second: one that is much shorter measures how a server finds its memory again after the others had the core,
 * which no server under load has to do.
 */
const SIZES = {
  quick: { heats: 1, warm: 300, count: 200, rounds: 3 },
  full: { heats: 6, warm: 30_000, count: 20_000, rounds: 3 },
}
const TOKENS = 1000

/** Guarded beside open, per framework: processor time of the server for each request, requests a second, p99. */
export async function measureRoutes({ quick, log }) {
  const size = SIZES[quick ? 'quick' : 'full']
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
  const taken = Object.fromEntries(guards.map((guard) => [guard, { cpu: [], rate: [], times: [], rss: [] }]))
  for (let heat = 0; heat < heats; heat++) await run(framework, guards, size, taken)
  return Object.fromEntries(guards.map((guard) => [guard, figuresOf(taken[guard], taken.open)]))
}

async function run(framework, guards, { warm, count, rounds }, taken) {
  const setup = setupOfRoutes()
  const field = await Promise.all(guards.map((guard) => enter(framework, guard, setup)))
  for (const { load } of field) await load.send(warm)
  await inRounds(rounds, field, async ({ guard, child, load }) => {
    const before = await child.call('used')
    const { times, took } = await load.send(count)
    const after = await child.call('used')
    taken[guard].cpu.push((after.microseconds - before.microseconds) / count)
    taken[guard].rate.push((count / took) * 1000)
    taken[guard].times.push(...times)
  })
  for (const { guard, child, load } of field) {
    taken[guard].rss.push((await child.call('used')).rss)
    load.close()
    child.stop()
  }
}

async function enter(framework, guard, setup) {
  const child = start('./server-process.mjs', import.meta.url, { execArgv: [] })
  // The load is on the first core, so that neither moves in the middle of a round.
  pin(child.pid, 1)
  const { port, lines } = await child.call('listen', { framework, guard, setup })
  return { guard, child, load: await openLoad(port, lines) }
}

function figuresOf({ cpu, rate, times, rss }, open) {
  return {
    cpu: summary(cpu),
    added: summaryOfPairs(cpu, open.cpu, (one, base) => one - base),
    ratio: summaryOfPairs(cpu, open.cpu, (one, base) => one / base),
    rate: summary(rate),
    milliseconds: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
    rss: median(rss),
  }
}

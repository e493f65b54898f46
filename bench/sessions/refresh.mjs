import { start } from '../measure/child.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { quantile, summary } from '../measure/statistics.mjs'
import { temporaryFolder } from '../tokens/token-file.mjs'
import { storeNames } from './stores.mjs'

const SIZES = {
  quick: { many: 16, rounds: 2, milliseconds: 400 },
  full: { many: 32, rounds: 10, milliseconds: 3000 },
}

/** Refreshes a second on each store that is here; on disk, every one is flushed before it is answered. */
export async function measureRefresh({ quick, log }) {
  const { many, rounds, milliseconds } = SIZES[quick ? 'quick' : 'full']
  log(`refresh: ${storeNames().join(', ')}`)
  const field = await Promise.all(storeNames().map((store) => enter(store, many)))
  const taken = Object.fromEntries(field.map(({ store }) => [store, { rate: [], cpu: [], times: [] }]))
  for (const { child } of field) await child.call('round', milliseconds / 4)
  await inRounds(rounds, field, async ({ store, child }) => {
    const { times, took, cpu } = await child.call('round', milliseconds)
    taken[store].rate.push((times.length / took) * 1000)
    taken[store].cpu.push(cpu)
    taken[store].times.push(...times)
  })
  for (const { child, folder } of field) {
    await child.call('close', folder)
    child.stop()
  }
  return {
    devices: many,
    stores: Object.fromEntries(Object.entries(taken).map(([name, own]) => [name, figuresOf(own)])),
  }
}

async function enter(store, many) {
  const child = start('./refresh-process.mjs', import.meta.url)
  const folder = temporaryFolder()
  await child.call('prepare', { store, folder, many })
  return { store, child, folder }
}

const figuresOf = ({ rate, cpu, times }) => ({
  rate: summary(rate),
  cpu: summary(cpu),
  milliseconds: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
})

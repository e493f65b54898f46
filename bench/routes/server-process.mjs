// A guarded and an open server in one process, which tells how much processor time it has used.
import { answer } from '../measure/child.mjs'

answer({
  async listen({ framework, guard, setup }) {
    await settleTicks()
    const { serve } = await import('./servers.mjs')
    const isOpenFirst = Math.random() < 0.5
    const early = isOpenFirst ? await serve(framework, 'open', setup) : null
    const { port: guarded, lines } = await serve(framework, guard, setup)
    const { port: open } = early ?? (await serve(framework, 'open', setup))
    return { guarded, open, lines }
  },
  used() {
    const { user, system } = process.cpuUsage()
    return { microseconds: user + system, rss: process.memoryUsage.rss() }
  },
})

/**
 * How `process.nextTick` is compiled depends on how much a process has loaded by the time it becomes hot, and costs up
 * to 2 µs a request more or less, whatever was loaded. So it is hot before anything is loaded, for everybody.
 */
async function settleTicks() {
  for (let round = 0; round < 200; round++) {
    for (let tick = 0; tick < 100; tick++) process.nextTick(() => {})
    await new Promise((resolve) => setImmediate(resolve))
  }
}

// Devices that refresh as fast as they are answered, on one store.
import { rmSync } from 'node:fs'
import { createSessions } from 'latchkey'
import { answer } from '../measure/child.mjs'
import { openStore } from './stores.mjs'

const devices = []
let auth
let close

answer({
  async prepare({ store: name, folder, many }) {
    const opened = await openStore(name, folder)
    close = opened.close
    auth = createSessions({ store: opened.store, maxSessions: 100_000, loadUser: ({ sub }) => sub })
    await auth.ready()
    while (devices.length < many) devices.push((await auth.start(`user${devices.length}`)).refreshToken)
  },
  /** Every device refreshes its own session, again and again, for so long. */
  async round(milliseconds) {
    const until = performance.now() + milliseconds
    const times = []
    const before = process.cpuUsage()
    const started = performance.now()
    await Promise.all(
      devices.map(async (_, at) => {
        while (performance.now() < until) {
          const begin = performance.now()
          devices[at] = (await auth.refresh(devices[at])).refreshToken
          times.push(performance.now() - begin)
        }
      }),
    )
    const { user, system } = process.cpuUsage(before)
    return { times, took: performance.now() - started, cpu: (user + system) / times.length }
  },
  async close(folder) {
    await auth.close()
    await close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  },
})

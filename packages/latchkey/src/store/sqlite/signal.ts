import { createListeners } from '../signal.ts'
import type { RevocationSignal } from '../store.ts'
import type { Engine } from './engine.ts'

/** How often (ms) the file is asked whether another connection wrote to it. */
const INTERVAL = 50

export interface SqliteSignal extends RevocationSignal {
  stop(): void
}

/** This process hears at once; what other processes wrote is felt within 100 ms, while anybody watches. */
export function sqliteSignal(engine: Engine): SqliteSignal {
  const listeners = createListeners()
  let timer: ReturnType<typeof setInterval> | null = null
  let seen: unknown = null

  const version = (): unknown => {
    try {
      return engine.all('pragma data_version')[0]?.['data_version']
    } catch {
      // Locked for the moment: the next look will tell.
      return seen
    }
  }
  const look = (): void => {
    const now = version()
    if (now === seen) return
    seen = now
    listeners.announce()
  }
  const stop = (): void => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  const begin = (): void => {
    seen = version()
    timer = setInterval(look, INTERVAL)
    timer.unref()
  }
  return {
    async announce() {
      listeners.announce()
    },
    async watch(onNews) {
      const remove = listeners.add(onNews)
      if (timer === null) begin()
      return async () => {
        remove()
        if (listeners.size === 0) stop()
      }
    },
    stop,
  }
}

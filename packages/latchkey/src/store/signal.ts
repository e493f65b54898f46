import type { RevocationSignal } from './store.ts'

/** Who is told when there is news, within this process. */
export interface Listeners {
  announce(): void
  /** @returns what stops it */
  add(onNews: () => void): () => void
  readonly size: number
}

export function createListeners(): Listeners {
  const listeners = new Map<symbol, () => void>()
  return {
    announce() {
      for (const onNews of listeners.values()) onNews()
    },
    add(onNews) {
      const id = Symbol('listener')
      listeners.set(id, onNews)
      return () => listeners.delete(id)
    },
    get size() {
      return listeners.size
    },
  }
}

/** The signal of a store that lives in one process. */
export function localSignal(listeners: Listeners = createListeners()): RevocationSignal {
  return {
    async announce() {
      listeners.announce()
    },
    async watch(onNews) {
      const stop = listeners.add(onNews)
      return async () => stop()
    },
  }
}

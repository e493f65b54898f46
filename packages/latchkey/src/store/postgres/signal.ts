import { within } from '../deadline.ts'
import { createListeners } from '../signal.ts'
import type { RevocationSignal } from '../store.ts'
import type { Connections } from './connections.ts'
import type { PostgresClient, PostgresPool } from './pool.ts'

const CHANNEL = 'latchkey_revocations'
/** Between a broken connection and the next try (ms). Readers ask the log by themselves meanwhile. */
const PAUSE = 1000
/** How long (ms) a watcher waits for the connection; it is told later what happened meanwhile. */
const PATIENCE = 2000

export interface PostgresSignal extends RevocationSignal {
  stop(): void
}

/** `LISTEN` on one connection of the pool, held while anybody watches and replaced when it breaks. */
export function postgresSignal(pool: PostgresPool, connections: Connections): PostgresSignal {
  const listeners = createListeners()
  let client: PostgresClient | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let connecting: Promise<void> | null = null

  const isWanted = (): boolean => listeners.size > 0
  const drop = (broken: PostgresClient): void => {
    if (client !== broken) return
    client = null
    broken.release(true)
    later()
  }
  const later = (): void => {
    if (!isWanted() || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      // What was announced while nobody listened.
      void connect().then(() => client !== null && listeners.announce())
    }, PAUSE)
    timer.unref()
  }
  const listen = async (): Promise<void> => {
    const fresh = await pool.connect()
    client = fresh
    fresh.on('error', () => drop(fresh))
    fresh.on('end', () => drop(fresh))
    fresh.on('notification', () => listeners.announce())
    await fresh.query(`listen ${CHANNEL}`).catch(() => drop(fresh))
    if (!isWanted()) stop()
  }
  const connect = (): Promise<void> => {
    connecting ??= listen()
      .catch(later)
      .finally(() => {
        connecting = null
      })
    return connecting
  }
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const held = client
    client = null
    held?.release(true)
  }
  return {
    async announce() {
      listeners.announce()
      // A hint that does not arrive costs two seconds at most; it must not undo what is already written.
      await connections.use((one) => one.query(`select pg_notify('${CHANNEL}', '')`)).catch(() => {})
    },
    async watch(onNews) {
      const remove = listeners.add(onNews)
      if (client === null) await within(PATIENCE, connect()).catch(() => {})
      return async () => {
        remove()
        if (!isWanted()) stop()
      }
    },
    stop,
  }
}

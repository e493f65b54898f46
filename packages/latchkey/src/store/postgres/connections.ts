import { within } from '../deadline.ts'
import { unavailable } from '../unavailable.ts'
import { isConnectionLost } from './errors.ts'
import type { PostgresClient, PostgresPool } from './pool.ts'

/** How long (ms) a verb waits for a connection. */
const WAIT = 2000
/** How many may wait at once; the rest are turned away without waiting. */
const QUEUE = 1000

export interface Connections {
  /** Lends a connection to `work`. One that broke, or whose answer did not come in time, is closed. */
  use<T>(work: (client: PostgresClient) => Promise<T>): Promise<T>
}

export function createConnections(pool: PostgresPool): Connections {
  const heard = new WeakSet<PostgresClient>()
  let waiting = 0

  const borrow = async (): Promise<PostgresClient> => {
    if (waiting >= QUEUE) throw unavailable('queue_full')
    waiting += 1
    try {
      return await within(WAIT, pool.connect(), (late) => late.release())
    } finally {
      waiting -= 1
    }
  }
  // An `error` event that nobody hears ends the process. The query that it broke rejects by itself.
  const listen = (client: PostgresClient): void => {
    if (heard.has(client)) return
    heard.add(client)
    client.on('error', () => {})
  }
  pool.on?.('error', () => {})

  return {
    async use(work) {
      const client = await borrow()
      listen(client)
      try {
        const result = await work(client)
        client.release()
        return result
      } catch (error) {
        client.release(isConnectionLost(error))
        throw error
      }
    },
  }
}

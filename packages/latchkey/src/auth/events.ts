import type { NewEvent } from '../store/store.ts'
import type { Device } from './sessions.ts'

/** An audit row. `data` never holds a token, a password or a key. */
export function newEvent(
  type: string,
  about: {
    readonly userId?: string | null
    readonly sessionId?: string | null
    readonly data?: NewEvent['data']
  } = {},
  { address = null, userAgent = null }: Device = {},
): NewEvent {
  const { userId = null, sessionId = null, data = {} } = about
  return { type, userId, sessionId, address, userAgent, data }
}

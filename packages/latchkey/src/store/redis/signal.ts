import { within } from '../deadline.ts'
import { createListeners } from '../signal.ts'
import type { RevocationSignal } from '../store.ts'
import type { RedisClient, RedisSubscriber } from './client.ts'

/** How long (ms) an announcement may take. It is a hint; nobody waits long for it. */
const DEADLINE = 500

/** Pub/sub; without a subscriber only this process hears. The client reconnects and subscribes again by itself. */
export function redisSignal(
  client: RedisClient,
  subscriber: RedisSubscriber | null,
  prefix: string,
): RevocationSignal {
  const listeners = createListeners()
  const channel = `${prefix}:revocations`
  const hear = (): void => listeners.announce()
  return {
    async announce() {
      listeners.announce()
      // It must not undo what is already written; readers ask the log every two seconds anyway.
      await within(DEADLINE, client.sendCommand(['PUBLISH', channel, ''])).catch(() => null)
    },
    async watch(onNews) {
      const remove = listeners.add(onNews)
      if (listeners.size === 1) await subscriber?.subscribe(channel, hear)
      return async () => {
        remove()
        if (listeners.size === 0) await subscriber?.unsubscribe(channel, hear)
      }
    },
  }
}

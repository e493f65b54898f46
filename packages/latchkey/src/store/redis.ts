import { type Clock, systemClock } from '../base/clock.ts'
import { memoryAttempts } from './memory/attempts.ts'
import { newState } from './memory/state.ts'
import { redisAttempts } from './redis/attempts.ts'
import type { RedisClient, RedisSubscriber } from './redis/client.ts'
import { redisSignal } from './redis/signal.ts'
import type { Store } from './store.ts'

export type { RedisClient, RedisSubscriber } from './redis/client.ts'

export interface RedisOptions {
  /** Opens every key and channel. Default `'latchkey'`. */
  readonly prefix?: string
  /** A second connection, which hears what other nodes announce. */
  readonly subscriber?: RedisSubscriber
  /** For tests. Default: the server's own clock. */
  readonly clock?: Clock
}

/**
 * What is hot and may be forgotten: counters of attempts, and the push of revocations. Everything else stays in a
 * database that does not lose it; sessions and users are not kept here.
 *
 * @example
 * ```ts
 * const store = { ...(await postgresStore(pool)), ...redisStore(client, { subscriber: await client.duplicate().connect() }) }
 * ```
 */
export function redisStore(
  client: RedisClient,
  options: RedisOptions = {},
): Pick<Store, 'attempts' | 'signal'> {
  const { prefix = 'latchkey', subscriber = null, clock = null } = options
  const own = memoryAttempts(newState(clock ?? systemClock))
  return {
    attempts: redisAttempts(client, prefix, clock, own),
    signal: redisSignal(client, subscriber, prefix),
  }
}

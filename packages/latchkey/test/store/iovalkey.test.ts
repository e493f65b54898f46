import { randomUUID } from 'node:crypto'
import { Redis } from 'iovalkey'
import { describe } from 'vitest'
import { type RedisClient, type RedisSubscriber, redisStore } from '../../src/store/redis.ts'
import { runConformance } from './run.ts'
import { REDIS } from './services.ts'

/** The wrapper that the shape asks for where a client has a method for each command: ioredis is the same. */
const clientOf = (redis: Redis): RedisClient => ({
  sendCommand: ([command = '', ...args]) => redis.call(command, ...args),
})

function subscriberOf(redis: Redis): RedisSubscriber {
  const heard = new Map<(message: string) => void, (channel: string, message: string) => void>()
  return {
    async subscribe(channel, listener) {
      const hear = (from: string, message: string): void => {
        if (from === channel) listener(message)
      }
      heard.set(listener, hear)
      redis.on('message', hear)
      await redis.subscribe(channel)
    },
    async unsubscribe(channel, listener) {
      redis.off('message', heard.get(listener) ?? (() => {}))
      await redis.unsubscribe(channel)
    },
  }
}

describe.skipIf(REDIS === undefined)('with LATCHKEY_TEST_REDIS', () => {
  runConformance(
    'Redis through iovalkey',
    (clock) => {
      const [redis, listening] = [new Redis(REDIS as string), new Redis(REDIS as string)]
      const options = { prefix: randomUUID(), subscriber: subscriberOf(listening), clock }
      return {
        ...redisStore(clientOf(redis), options),
        async close() {
          redis.disconnect()
          listening.disconnect()
        },
      }
    },
    ['attempts', 'signal'],
  )
})

import { randomUUID } from 'node:crypto'
import { createClient } from '@redis/client'
import { describe } from 'vitest'
import { redisStore } from '../../src/store/redis.ts'
import { runConformance } from './run.ts'
import { REDIS } from './services.ts'

describe.skipIf(REDIS === undefined)('with LATCHKEY_TEST_REDIS', () => {
  runConformance(
    'Redis',
    async (clock) => {
      const client = createClient({ url: REDIS! })
      await client.connect()
      const subscriber = await client.duplicate().connect()
      return {
        ...redisStore(client, { prefix: randomUUID(), subscriber, clock }),
        async close() {
          await Promise.all([client.close(), subscriber.close()])
        },
      }
    },
    ['attempts', 'signal'],
  )
})

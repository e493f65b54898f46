import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { describe, expect, it } from 'vitest'
import { redisStore } from '../../src/store/redis.ts'
import { startProxy } from './proxy.ts'
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

  describe('Redis', () => {
    it('keeps time by itself, and forgets keys that no longer count', async () => {
      await using redis = await openRedis()
      const { count, now, until } = await redis.store.attempts.take('key', 3, 60_000)
      expect([count, until - now]).toEqual([1, 60_000])
      const left = Number(await redis.client.pTTL(`${redis.prefix}:attempts:key`))
      expect(left).toBeGreaterThan(60_000)
      expect(left).toBeLessThanOrEqual(120_000)
    })

    it('counts on when it has forgotten its scripts', async () => {
      await using redis = await openRedis()
      await redis.store.attempts.take('key', 3, 60_000)
      await redis.client.sendCommand(['SCRIPT', 'FLUSH'])
      expect((await redis.store.attempts.take('key', 3, 60_000)).count).toBe(2)
    })

    it('tells the watchers of another node', async () => {
      await using one = await openRedis()
      await using other = await openRedis({ prefix: one.prefix })
      const news = new Promise<void>((resolve) => void one.store.signal.watch(resolve))
      await sleep(50)
      await other.store.signal.announce()
      await news
    })

    it('when it answers no more, leaves each node to count at half the limit, and is found again (L-06)', async () => {
      await using proxy = await startProxy(Number(new URL(REDIS!).port))
      await using redis = await openRedis({ url: `redis://127.0.0.1:${proxy.port}` })
      const take = () => redis.store.attempts.take('key', 10, 60_000)
      await take()
      proxy.blackHole()
      const results = await Promise.all(Array.from({ length: 30 }, take))
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(5)
      const rules = { free: 6, wait: 60_000, longest: 60_000, most: 10, memory: 60_000 }
      const row = await Promise.all(
        Array.from({ length: 30 }, () => redis.store.attempts.takeInRow('account', rules)),
      )
      expect(row.filter(({ allowed }) => allowed)).toHaveLength(3)
      await redis.store.attempts.block('key', 60_000)
      expect((await take()).allowed).toBe(false)
      await redis.store.signal.announce()
      proxy.heal()
      await sleep(1500)
      await redis.store.attempts.clear('key')
      expect(await take()).toMatchObject({ allowed: true, count: 1 })
    })
  })
})

async function openRedis({ url = REDIS!, prefix = randomUUID() as string } = {}) {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  const subscriber = await client
    .duplicate()
    .on('error', () => {})
    .connect()
  return {
    client,
    prefix,
    store: redisStore(client, { prefix, subscriber }),
    async [Symbol.asyncDispose]() {
      client.destroy()
      subscriber.destroy()
    },
  }
}

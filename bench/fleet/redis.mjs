/** Push over Redis; `null` where `tools/services run` has started none: PostgreSQL's own push is used then. */
export async function openRedis(prefix) {
  const url = process.env.LATCHKEY_TEST_REDIS
  if (!url) return null
  const { createClient } = await import('@redis/client')
  const client = createClient({ url })
  const subscriber = client.duplicate()
  await Promise.all([client.connect(), subscriber.connect()])
  const { signal } = (await import('latchkey/store/redis')).redisStore(client, { prefix, subscriber })
  return { ports: { signal }, close: () => Promise.all([client.close(), subscriber.close()]) }
}

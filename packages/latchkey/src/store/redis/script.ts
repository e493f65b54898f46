import { createHash } from 'node:crypto'
import type { RedisClient } from './client.ts'

/** A Lua script: atomic, and sent in full only when the server does not know it. */
export type Script = (
  client: RedisClient,
  key: string,
  args: readonly (string | number)[],
) => Promise<unknown>

export function scriptOf(source: string): Script {
  const digest = createHash('sha1').update(source).digest('hex')
  return async (client, key, args) => {
    const rest = ['1', key, ...args.map(String)]
    try {
      return await client.sendCommand(['EVALSHA', digest, ...rest])
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return client.sendCommand(['EVAL', source, ...rest])
    }
  }
}

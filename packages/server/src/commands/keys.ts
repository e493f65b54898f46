import { resealKeys } from 'latchkey'
import type { Config } from '../config.ts'
import { databaseOf, openData, requireData } from '../data.ts'
import { type Answer, type CommandOptions, onData, withConfig } from './context.ts'
import { table } from './table.ts'

/** `key reseal`: from `LATCHKEY_OLD_SECRET`, else the secret file, to `LATCHKEY_SECRET`, else the secret file. */
export function resealStoredKeys(options: CommandOptions): Promise<void> {
  return withConfig(options, async (config: Config): Promise<Answer> => {
    requireData(config)
    const from = await openData(config, config.oldSecret)
    const to = await openData(config, config.secret)
    try {
      const count = await resealKeys(to.keys, await from.sealingSecret(), await to.sealingSecret())
      const target = config.secret === null ? `the secret in ${databaseOf(config)}.secret` : 'LATCHKEY_SECRET'
      return {
        lines: [
          `Sealed ${count} ${count === 1 ? 'key' : 'keys'} with ${target}. Start the server with it from now on.`,
        ],
        json: { keys: count },
      }
    } finally {
      await from.close()
      await to.close()
    }
  })
}

/** `key list`: never a private half, sealed or not. */
export function listKeys(options: CommandOptions): Promise<void> {
  return onData(options, async ({ store }) => {
    const { keys } = await store.keys.list()
    const json = keys.map(({ kid, algorithm, state, since }) => ({
      kid,
      algorithm,
      state,
      since: new Date(since).toISOString(),
    }))
    const rows = json.map(({ kid, algorithm, state, since }) => [kid, algorithm, state, since])
    const lines =
      rows.length > 0 ? table(['KEY', 'ALGORITHM', 'STATE', 'SINCE'], rows) : ['There are no keys.']
    return { lines, json }
  })
}

/** `key rotate`: the standby signs from now on. */
export function rotateKey(options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth }) => {
    const kid = await auth.rotateKey()
    return { lines: [`The key ${kid} signs from now on.`], json: { kid } }
  })
}

/** `key revoke <kid>`: for a key that somebody else may have. */
export function revokeKey(kid: string, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth }) => {
    const revoked = await auth.revokeKey(kid)
    const line = revoked
      ? 'The key is revoked: nothing that it signed is accepted, and whose refresh token it was signs in again.'
      : 'The store holds no key of this id.'
    return { lines: [line], json: { revoked }, code: revoked ? 0 : 1 }
  })
}

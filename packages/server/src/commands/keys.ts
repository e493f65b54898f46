import { resealKeys } from 'latchkey'
import type { Config } from '../config.ts'
import { databaseOf, openData } from '../data.ts'
import { type Answer, type CommandOptions, withConfig } from './context.ts'

/** `key reseal`: from `LATCHKEY_OLD_SECRET`, else the secret file, to `LATCHKEY_SECRET`, else the secret file. */
export function resealStoredKeys(options: CommandOptions): Promise<void> {
  return withConfig(options, async (config: Config): Promise<Answer> => {
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

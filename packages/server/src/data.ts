import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import type { Config } from './config.ts'

/** Where the database lies in the data folder; its sealing secret, when it is a file, lies beside it. */
export const databaseOf = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'latchkey.db')

/** What says where the data is. */
export type DataPlace = Pick<Config, 'dataDir' | 'database' | 'redis'>

/**
 * Opens the database that is configured, or the data folder, and makes that when there is none.
 *
 * @param secret what seals the keys; `null` for the secret file
 * @throws {Error} when it cannot be used; the message names the place and the remedy
 */
export async function openData(config: DataPlace, secret: string | null): Promise<Store> {
  const { database, redis } = config
  if (database !== null) {
    if (secret === null) throw new Error('The secret that seals the keys is missing: set LATCHKEY_SECRET.')
    // Who keeps a file needs neither driver.
    const { openDatabase } = await import('./backends.ts')
    return openDatabase({ database, redis }, secret)
  }
  await makeFolder(config.dataDir)
  // Where the secret lies is said by the server's welcome.
  const log = (): void => {}
  return sqliteStore(databaseOf(config), secret === null ? { log } : { log, sealingSecret: secret })
}

/**
 * For what only makes sense on data that is there: a misspelt folder must not look like one without users.
 *
 * @throws {Error} naming the folder, when it holds no database
 */
export function requireData(config: DataPlace): void {
  if (config.database !== null || existsSync(databaseOf(config))) return
  throw new Error(
    `There is no database in ${config.dataDir}. Name the folder of the server with --data-dir or LATCHKEY_DATA_DIR; ` +
      'a new one is made by the first start, the first "user add" or "user import".',
  )
}

async function makeFolder(path: string): Promise<void> {
  try {
    // Password hashes lie here: nobody else needs to look in.
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reason =
      code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in the way' : `it cannot be made (${code})`
    throw new Error(
      `The data folder ${path} cannot be used: ${reason}. Name another one with --data-dir or LATCHKEY_DATA_DIR, ` +
        'or give its parent to the user that runs this.',
      { cause },
    )
  }
}

/** Where the data is, for a person: never with the password of the address. */
export function placeOf({ database, redis, dataDir }: DataPlace): string {
  if (database === null) return dataDir
  return [database, redis].flatMap((url) => (url === null ? [] : [withoutPassword(url)])).join(' and ')
}

function withoutPassword(address: string): string {
  const url = new URL(address)
  url.password = ''
  url.search = ''
  return url.href
}

import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import { migrate } from './migrate.ts'
import { sealingBytes } from './sealing-secret.ts'
import { sqlPorts } from './sql.ts'
import { sqliteDriver } from './sqlite/driver.ts'
import { requireDurable } from './sqlite/durability.ts'
import { type Engine, openEngine, resultCode } from './sqlite/engine.ts'
import { prepareFile } from './sqlite/files.ts'
import { sqliteMigration, withPatience } from './sqlite/migration.ts'
import { readSecretFile } from './sqlite/secret-file.ts'
import { sqliteSignal } from './sqlite/signal.ts'
import type { Store } from './store.ts'

export interface SqliteOptions {
  /** For tests. Default: the process clock. */
  readonly clock?: Clock
  /**
   * Seals stored keys; at least 32 bytes, text as UTF-8. Default: the content of `<path>.secret`, which is made
   * (mode 0600) when it is first needed.
   */
  readonly sealingSecret?: string | Uint8Array
  /** Told once where the secret lies, when its file is made. @default console.info */
  readonly log?: (line: string) => void
}

/**
 * Everything in one file, or in `:memory:`; no server to run. Uses `node:sqlite` where there is one (Node.js 22.13
 * and newer), else the optional peer `libsql`. Several processes may share the file; it must be on a local disk.
 *
 * @throws {Error} when the file cannot be used, or was written by a newer version; the message names the remedy
 */
export async function sqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  const { clock = systemClock, sealingSecret, log = console.info } = options
  const given = sealingSecret === undefined ? null : sealingBytes(sealingSecret)
  const inMemory = path === ':memory:'
  if (!inMemory) await prepareFile(path)
  const engine = await openEngine(path)
  try {
    await setUp(engine, path)
  } catch (error) {
    engine.close()
    throw resultCode(error) === null ? error : unusable(path, error)
  }
  const signal = sqliteSignal(engine)
  const ports = sqlPorts(sqliteDriver(engine, clock))
  const passing = inMemory ? randomBytes(32) : null
  return {
    ...ports,
    signal,
    sealingSecret: async () => given ?? passing ?? sealingBytes(await readSecretFile(`${path}.secret`, log)),
    async close() {
      signal.stop()
      await ports.close()
    },
  }
}

async function setUp(engine: Engine, path: string): Promise<void> {
  await withPatience(path, () => {
    // Waiting for locks is done outside of the engine, which would hold up the event loop.
    engine.all('pragma busy_timeout = 0')
    engine.all('pragma synchronous = full')
    if (path !== ':memory:') engine.all('pragma journal_mode = wal')
    requireDurable(engine, path)
  })
  await migrate(sqliteMigration(engine, path))
}

function unusable(path: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Error(`Cannot use ${path}: ${why}. Name another file, or restore this one from a backup.`, {
    cause,
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { MigrationTarget } from '../migrate.ts'
import { type Engine, isBusy } from './engine.ts'

/** How long (ms) a start waits for another one that migrates, or for whoever else holds the file. */
const PATIENCE = 30_000

export function sqliteMigration(engine: Engine, path: string): MigrationTarget {
  return {
    async exclusively(work) {
      await withPatience(path, () => engine.all('begin immediate'))
      try {
        const result = await work(async (text, values = []) => engine.all(text, values))
        engine.all('commit')
        return result
      } catch (error) {
        engine.all('rollback')
        throw error
      }
    },
    schemaText: (text) =>
      text
        .replaceAll('{identity}', 'integer primary key autoincrement')
        .replaceAll('{binary}', '')
        .replaceAll('{strict}', 'strict')
        .replaceAll('{now}', "cast((julianday('now') - 2440587.5) * 86400000 as integer)")
        .replaceAll('bigint', 'integer'),
  }
}

/** Tries until the lock is free. */
export async function withPatience(path: string, run: () => unknown): Promise<void> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    try {
      run()
      return
    } catch (cause) {
      if (!isBusy(cause)) throw cause
      if (performance.now() > deadline) {
        throw new Error(`The database ${path} is held by another process. Find it with: fuser '${path}'`, {
          cause,
        })
      }
    }
    await sleep(20)
  }
}

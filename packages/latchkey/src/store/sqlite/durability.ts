import type { Engine } from './engine.ts'

/**
 * Nothing is acknowledged before the disk has it: `synchronous = FULL`, and a write-ahead log where there is a file.
 *
 * @throws {Error} when the engine did not take these settings, as it may on a network disk
 */
export function requireDurable(engine: Engine, path: string): void {
  const [{ synchronous } = {}] = engine.all('pragma synchronous')
  const [{ journal_mode: mode } = {}] = engine.all('pragma journal_mode')
  const wanted = path === ':memory:' ? 'memory' : 'wal'
  if (synchronous === 2 && mode === wanted) return
  throw new Error(
    `The database ${path} cannot promise durable writes (journal_mode ${String(mode)}, synchronous ` +
      `${String(synchronous)}; needed: ${wanted}, 2). Put it on a local disk.`,
  )
}

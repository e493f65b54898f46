import type { Row, SqlValue } from '../sql/driver.ts'

/** An open database: what differs between `node:sqlite` and `libsql` ends here. Synchronous. */
export interface Engine {
  /** Runs one statement with exactly its values; prepared once, rows copied. */
  all(text: string, values?: readonly SqlValue[]): Row[]
  close(): void
}

interface Prepared {
  all(...values: unknown[]): unknown[]
}
interface Database {
  prepare(text: string): Prepared
  close(): void
}
type DatabaseClass = new (path: string) => Database

/** Opens a file, or `:memory:`, with the engine that this Node.js has. */
export async function openEngine(path: string): Promise<Engine> {
  const builtIn = builtInClass()
  return builtIn === null
    ? engineOf(new (await libsqlClass())(path), (prepared, values) => prepared.all(values))
    : engineOf(new builtIn(path), (prepared, values) => prepared.all(...values))
}

function engineOf(
  database: Database,
  run: (prepared: Prepared, values: readonly SqlValue[]) => unknown[],
): Engine {
  const prepared = new Map<string, Prepared>()
  return {
    all(text, values = []) {
      const statement = prepared.get(text) ?? database.prepare(text)
      prepared.set(text, statement)
      // node:sqlite gives rows without a prototype.
      return run(statement, values).map((row) => ({ ...(row as Row) }))
    },
    close() {
      prepared.clear()
      database.close()
    },
  }
}

function builtInClass(): DatabaseClass | null {
  const found: unknown = process.getBuiltinModule('node:sqlite')
  return (found as { DatabaseSync?: DatabaseClass } | undefined)?.DatabaseSync ?? null
}

async function libsqlClass(): Promise<DatabaseClass> {
  const name: string = 'libsql'
  try {
    const found: unknown = await import(name)
    return (found as { default: DatabaseClass }).default
  } catch (cause) {
    throw new Error(
      `Node.js ${process.versions.node} has no SQLite of its own (22.13 and newer have). Type: npm install libsql`,
      { cause },
    )
  }
}

/** SQLite's primary result code of an error; `null` when it is not the engine's. */
export function resultCode(error: unknown): number | null {
  const { errcode, rawCode } = (error ?? {}) as { errcode?: unknown; rawCode?: unknown }
  const code = errcode ?? rawCode
  return typeof code === 'number' ? code & 0xff : null
}

/** Another connection holds the lock: trying again may succeed. */
export function isBusy(error: unknown): boolean {
  return [5, 6].includes(resultCode(error) ?? 0)
}

// Full, I/O error, read-only, cannot open, out of memory, corrupt, protocol, not a database.
const STORE_FAILED: readonly number[] = [5, 6, 7, 8, 10, 11, 13, 14, 15, 26]

/** The store failed, not the statement. */
export function isStoreFailure(error: unknown): boolean {
  return STORE_FAILED.includes(resultCode(error) ?? 0)
}

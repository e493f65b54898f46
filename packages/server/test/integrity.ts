interface Database {
  prepare(text: string): { all(): unknown[] }
  close(): void
}
type DatabaseClass = new (path: string) => Database

/** SQLite's own judgement of a file: `ok`, or what is wrong with it. Past the store, with the bare engine. */
export async function integrityOf(path: string): Promise<string> {
  const builtIn = process.getBuiltinModule('node:sqlite') as { DatabaseSync: DatabaseClass } | undefined
  const engine: DatabaseClass =
    builtIn?.DatabaseSync ?? ((await import('libsql')) as unknown as { default: DatabaseClass }).default
  const database = new engine(path)
  const rows = database.prepare('pragma integrity_check').all() as { integrity_check: string }[]
  database.close()
  return rows.map((row) => row.integrity_check).join()
}

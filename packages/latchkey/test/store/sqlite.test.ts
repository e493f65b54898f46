import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { runConformance } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
let files = 0
afterAll(() => rm(folder, { recursive: true }))

runConformance('SQLite in memory', (clock) => sqliteStore(':memory:', { clock }))
runConformance('SQLite on disk', (clock) => {
  files += 1
  return sqliteStore(join(folder, `${files}.db`), { clock })
})

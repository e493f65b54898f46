// Migrates, and dies without warning before its nth statement.
import { migrate } from '../../../dist/store/migrate.js'
import { openEngine } from '../../../dist/store/sqlite/engine.js'
import { sqliteMigration } from '../../../dist/store/sqlite/migration.js'

const [, , path, nth] = process.argv
const engine = await openEngine(path)
engine.all('pragma journal_mode = wal')
const target = sqliteMigration(engine, path)
let statements = 0
const counted = (query) => (text, values) => {
  statements += 1
  if (statements === Number(nth)) process.kill(process.pid, 'SIGKILL')
  return query(text, values)
}
await migrate({ ...target, exclusively: (work) => target.exclusively((query) => work(counted(query))) })

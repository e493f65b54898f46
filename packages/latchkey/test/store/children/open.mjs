// Opens a store as another user; says what went wrong.
import { sqliteStore } from '../../../dist/store/sqlite.js'

const [, , path, uid] = process.argv
if (uid !== '') process.setuid(Number(uid))
try {
  const store = await sqliteStore(path)
  await store.ping()
  await store.close()
} catch (error) {
  process.stderr.write(error.message)
  process.exitCode = 1
}

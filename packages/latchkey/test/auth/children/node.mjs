// One node of a fleet: sessions on a shared store, in a process of its own. Answers { id, calls } with the outcome of
// each call, all made at once: what it resolved to, or the code it was refused with.
import { createSessions } from '../../../dist/auth/sessions.js'
import { secretKey } from '../../../dist/jwt/index.js'
import { postgresStore } from '../../../dist/store/postgres.js'
import { sqliteStore } from '../../../dist/store/sqlite.js'

const { database, secret, push = true } = JSON.parse(process.argv[2])

async function openStore() {
  if (database.path) return sqliteStore(database.path)
  const { default: pg } = await import('pg')
  return postgresStore(new pg.Pool({ ...database, max: 10 }))
}

const deaf = { announce: async () => {}, watch: async () => async () => {} }
const opened = await openStore()
const store = push ? opened : { ...opened, signal: deaf }
const auth = createSessions({ store, keys: secretKey(secret), loadUser: ({ sub }) => ({ sub }) })
await auth.ready()

const outcome = (verb, args) =>
  Promise.resolve()
    .then(() => auth[verb](...args))
    .then(
      (value) => ({ code: 'accepted', value }),
      ({ code, message }) => ({ code: code ?? message }),
    )

process.on('message', async ({ id, calls }) => {
  const outcomes = await Promise.all(calls.map(({ verb, args }) => outcome(verb, args)))
  process.send({ id, outcomes, now: Date.now() })
})
process.send({ ready: true })

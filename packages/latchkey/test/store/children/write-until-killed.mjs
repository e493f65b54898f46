// Signs in and rotates as fast as it can; names each session that was acknowledged, with its generation.
import { randomBytes } from 'node:crypto'
import { sqliteStore } from '../../../dist/store/sqlite.js'

const store = await sqliteStore(process.argv[2])
const event = { type: 'e', userId: null, sessionId: null, address: null, userAgent: null, data: {} }
const rest = { idle: 1e9, absolute: 1e9, userAgent: null, address: null, label: null, replaces: null }

async function signInAndRotate() {
  const id = randomBytes(16).toString('base64url')
  await store.sessions.start({ id, userId: `user-${id}`, ...rest }, { limit: 5, hold: 1 }, event)
  process.send({ id, generation: 0 })
  for (let from = 0; from < 5; from += 1) {
    await store.sessions.rotate(id, from, { grace: 0, idle: 1e9 })
    process.send({ id, generation: from + 1 })
  }
}
process.send({ ready: true })
for (;;) await Promise.all([signInAndRotate(), signInAndRotate(), signInAndRotate()])

// One node of a fleet: sessions on the shared database, push over the shared Redis or none.
import { setTimeout as pause } from 'node:timers/promises'
import { createSessions } from 'latchkey'
import { answer } from '../measure/child.mjs'
import { openPostgres } from '../sessions/stores.mjs'
import { openRedis } from './redis.mjs'

let auth
let close

/** The clock that all processes of this machine share, in milliseconds and fractions. */
const clock = () => performance.timeOrigin + performance.now()

const CUT = { announce: async () => {}, watch: async () => async () => {} }

answer({
  async open({ schema, push }) {
    const postgres = await openPostgres(schema, { keep: true })
    const redis = push ? await openRedis(schema) : null
    const store = { ...postgres.store, ...(redis?.ports ?? { signal: CUT }) }
    auth = createSessions({ store, maxSessions: 100_000, loadUser: ({ sub }) => sub })
    close = async () => {
      await auth.close()
      await redis?.close()
      await postgres.close()
    }
    await auth.ready()
  },
  start: (user) => auth.start(user),
  /** Resolves to when the revocation was acknowledged. */
  async end(sessionId) {
    await auth.end(sessionId)
    return clock()
  },
  /** Asks again and again; resolves to when the token was refused first. */
  async refusedAt(token) {
    for (;;) {
      try {
        await auth.authenticate(token)
      } catch (error) {
        if (error.code === 'revoked_token') return clock()
        throw error
      }
      await pause(1)
    }
  },
  accepts: async (token) => (await auth.authenticate(token)) !== null,
  close: () => close(),
})

// A server whose sessions know of so many revocations.
import { createServer } from 'node:http'
import { createSessions } from 'latchkey'
import { jwtRequired } from 'latchkey/node'
import { memoryStore } from 'latchkey/store/memory'
import { answer } from '../measure/child.mjs'
import { heldLog } from './held-log.mjs'

const TOKENS = 1000
const tokens = []
let authenticate

answer({
  async listen(count) {
    const store = memoryStore()
    const auth = createSessions({
      store: { ...store, revocations: { ...store.revocations, ...heldLog(count) } },
      loadUser: ({ sub }) => sub,
    })
    await auth.ready()
    authenticate = auth.authenticate
    while (tokens.length < TOKENS) tokens.push((await auth.start(`user${tokens.length}`)).accessToken)
    const server = createServer(jwtRequired(auth, (_, response) => response.end('{}')))
    server.keepAliveTimeout = 0
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    globalThis.gc?.()
    return { port: server.address().port, lines: tokens.map((token) => `authorization: Bearer ${token}`) }
  },
  used() {
    const { user, system } = process.cpuUsage()
    return { microseconds: user + system, rss: process.memoryUsage.rss() }
  },
  /** Nanoseconds of `authenticate` alone, for tokens that are known already: all that is left is judging them. */
  judge(rounds) {
    const start = process.hrtime.bigint()
    for (let round = 0; round < rounds; round++) for (const token of tokens) authenticate(token)
    return Number(process.hrtime.bigint() - start) / (rounds * tokens.length)
  },
})

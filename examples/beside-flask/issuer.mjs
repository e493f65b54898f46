// A service whose tokens a Flask service verifies by public keys: there is no secret to share. node issuer.mjs
import { createServer } from 'node:http'
import { createSessions } from 'latchkey'
import { endpoints } from 'latchkey/node'
import { memoryStore } from 'latchkey/store/memory'

/**
 * @param {string} issuer the address under which it is reached: tokens name it, and `<issuer>/.well-known/jwks.json` has
 *   the keys
 */
export function createIssuer(issuer) {
  const auth = createSessions({ store: memoryStore(), issuer, loadUser: ({ sub }) => ({ id: sub }) })
  return { auth, server: createServer(endpoints(auth)) }
}

if (import.meta.filename === process.argv[1]) {
  const { auth, server } = createIssuer('http://127.0.0.1:3001')
  server.listen(3001)
  console.log((await auth.start('ada')).accessToken)
}

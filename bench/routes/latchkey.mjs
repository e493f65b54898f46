import { createJwtManager, createSessions } from 'latchkey'
import { secretKey } from 'latchkey/jwt'
import { memoryStore } from 'latchkey/store/memory'

/** Stateless like the peers, or with everything that a session brings: revocation looked up, the user loaded. */
export async function setupOf(guard, setup) {
  const { secret, issuer, audience, tokens } = setup
  const stateless = { secret, issuer, audience }
  if (guard === 'latchkey' || guard === 'latchkey around the handler')
    return { ...setup, auth: createJwtManager(stateless) }
  if (guard === 'latchkey, nothing remembered')
    return { ...setup, auth: createJwtManager({ ...stateless, cachedTokens: 0 }) }
  const user = { id: '42', name: 'Ada' }
  const auth = createSessions({
    store: memoryStore(),
    keys: secretKey(secret),
    issuer,
    audience,
    maxSessions: tokens.length,
    loadUser: () => user,
  })
  const lines = []
  for (let made = 0; made < tokens.length; made++) {
    const { accessToken } = await auth.start(String(made % 100))
    lines.push(`authorization: Bearer ${accessToken}`)
  }
  return { ...setup, auth, lines }
}

import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'

/** Sessions in its memory adapter, so that no database is on the way; its cookies are what gets in. */
export async function setupOf(setup) {
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: setup.secret,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify: async () => true } },
    session: { cookieCache: { enabled: true, maxAge: 3600 } },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  const lines = []
  for (let made = 0; made < 100; made++) {
    const body = { name: 'Ada', email: `ada${made}@example.com`, password: 'correct horse battery staple' }
    const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true })
    lines.push(
      `cookie: ${headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')}`,
    )
  }
  return { ...setup, betterAuth: auth, lines }
}

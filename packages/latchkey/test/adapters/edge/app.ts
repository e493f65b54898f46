import { Hono } from 'hono'
import { createIntrospectingVerifier, createJwtManager, createVerifier } from 'latchkey'
import { jwtRequired, principalOf } from 'latchkey/hono'
import { importJwks, importPrivateKey, type JsonWebKey, secretKey } from 'latchkey/jwt'
import { judged, type Question } from './judge.ts'

/** What the test tells the app, as JSON in the variable EDGE. */
export interface EdgeSettings {
  readonly audience: string
  readonly secret: string
  /** The public keys that `issuer` signs with. */
  readonly issuer: string
  readonly jwks: { readonly keys: JsonWebKey[] }
  /** What the app signs tokens of its own with. */
  readonly signing: readonly JsonWebKey[]
  /** The issuers below publish their keys themselves; this one answers at `/introspect` and `/revocations` as well. */
  readonly server: string
  readonly coolDown: '200ms'
}

// Everything is made here, where Workers allow no input or output, no timer and no random number.
const { issuer, audience, secret, jwks, signing, server, coolDown } = JSON.parse(
  process.env['EDGE'] ?? '',
) as EdgeSettings
const log = (): void => {}
const byKeys = createVerifier({
  issuer,
  audience,
  keys: importJwks(jwks).keys,
  locations: ['headers', 'cookies'],
})
const bySecret = createVerifier({ issuer, audience, keys: secretKey(secret) })
const byAddress = ['', '/slow', '/moved', '/large'].map(
  (path) => [path, createVerifier(server + path, { audience, coolDown, log })] as const,
)
/** For it, ten milliseconds are a second. */
const aging = createVerifier(`${server}/aging`, {
  audience,
  coolDown,
  log,
  monotonic: () => performance.now() * 100,
})
const byAsking = createIntrospectingVerifier(`${server}/introspect`, {
  issuer: server,
  audience,
  credential: 'edge',
})
const managers = [
  createJwtManager({ secret }),
  ...signing.map((jwk) => createJwtManager({ keys: importPrivateKey(jwk) })),
]
const withFeed = attempt(() =>
  createVerifier(`${server}/feed`, {
    audience,
    log,
    feed: { url: `${server}/revocations`, credential: 'edge' },
  }),
)
const withLookup = attempt(() =>
  createVerifier(server.replace('http://127.0.0.1', 'https://issuer.example'), {
    audience,
    log,
    lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  }),
)

const app = new Hono()
app.get('/', (c) => c.text('up'))
app.on(['GET', 'POST'], '/keys', jwtRequired(byKeys), (c) => c.text(principalOf(c).identity))
app.get('/optional', jwtRequired(byKeys, { optional: true }), (c) => c.text(principalOf(c)?.identity ?? '-'))
app.get('/admin', jwtRequired(byKeys, { scope: 'admin' }), (c) => c.text(principalOf(c).identity))
app.get('/secret', jwtRequired(bySecret), (c) => c.text(principalOf(c).identity))
app.get('/asking', jwtRequired(byAsking), (c) => c.text(principalOf(c).identity))
for (const [path, verifier] of [...byAddress, ['/aging', aging] as const]) {
  app.get(`/address${path}`, jwtRequired(verifier), (c) => c.text(principalOf(c).identity))
}

/** The verifier that hears of revocations, or why there is none. */
if (typeof withFeed === 'string') app.get('/feed', (c) => c.text(withFeed))
else app.get('/feed', jwtRequired(withFeed), (c) => c.text(principalOf(c).identity))

/** Why there are no keys from a name that leads to this machine. */
app.get('/lookup', async (c) => {
  if (typeof withLookup === 'string') return c.text(withLookup)
  const failure: unknown = await withLookup.ready().catch((error: unknown) => error)
  return c.text(String((failure as { readonly cause?: unknown }).cause))
})

/** A token of each manager, that it takes back itself. */
app.post('/issue', async (c) => {
  const issued = managers.map(async (manager) => {
    const token = await manager.createAccessToken('ada', { fresh: true })
    const { identity } = await manager.authenticate(token, { fresh: true })
    return { identity, token }
  })
  return c.json(await Promise.all(issued))
})
app.post('/judge', async (c) => c.json((await c.req.json<Question[]>()).map(judged)))

function attempt<T>(make: () => T): T | string {
  try {
    return make()
  } catch (error) {
    return String(error)
  }
}

// biome-ignore lint/style/noDefaultExport: this is where Workers, Deno and Bun look for what to serve.
export default { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) }

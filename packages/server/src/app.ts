import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { type Auth, AuthError, type Problem, type Store } from 'latchkey'
import { createEndpoints, problemResponse, type TrustProxy, toProblem } from 'latchkey/http'
import { createClientAddresses } from './client-address.ts'
import { createConsole } from './console/console.tsx'
import { requireFewHeaders } from './header-limit.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { RequestLog } from './request-log.ts'
import { healthRoutes } from './routes/health.ts'
import { metadataRoutes } from './routes/metadata.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { protectedRoutes } from './routes/protected.ts'
import { serviceRoutes } from './routes/services.ts'
import { securityHeaders } from './security-headers.ts'

/** The app reads the socket's address, so it wants Node's request beside the web's. */
export type App = Hono<{ Bindings: HttpBindings }>

export interface AppParts {
  readonly auth: Auth
  readonly store: Store
  readonly issuer: string
  readonly serviceCredentials: readonly string[]
  /** Where administrators sign in to the pages at `/console`; `null` where there are none. */
  readonly consoleDoor: Auth | null
  readonly trustProxy: TrustProxy
  readonly log: Log
  readonly requestLog: RequestLog
  /** `null` where there is no credential to read them with. */
  readonly metrics: Metrics | null
  readonly isDraining: () => boolean
}

/** Our own routes; everything else is the library's. */
const OWN_ROUTES = ['/protected', '/healthz', '/readyz', '/.well-known/oauth-authorization-server']

/** Paths that may stand in the log as they are. */
export const ROUTES: readonly string[] = [
  ...OWN_ROUTES,
  ...[
    '/register',
    '/login',
    '/refresh',
    '/logout',
    '/whoami',
    '/sessions',
    '/password',
    '/revoke',
    '/introspect',
    '/revocations',
    '/metrics',
    '/console',
    '/console/sign-in',
    '/.well-known/jwks.json',
  ],
]

/** Everything that is served, as one handler of requests. */
export function createApp(parts: AppParts): App {
  const { auth, store, issuer, serviceCredentials, consoleDoor, log, requestLog, metrics, isDraining } = parts
  const app: App = new Hono()
  const addresses = createClientAddresses(parts.trustProxy)
  const endpoints = createEndpoints(auth, { address: addresses.of })
  app.use(requestLog.middleware, securityHeaders(issuer), requireFewHeaders, addresses.middleware)
  app.use(async function closeWhileDraining(c, next) {
    await next()
    if (isDraining()) c.res.headers.set('connection', 'close')
  })
  app.route('/', healthRoutes(store, isDraining))
  app.route('/', metadataRoutes(issuer, serviceCredentials.length > 0))
  app.route('/', serviceRoutes(auth, store, serviceCredentials))
  app.route('/', protectedRoutes(auth))
  if (consoleDoor !== null) {
    app.get('/console/', (c) => c.redirect('/console', 301))
    app.route(
      '/console',
      createConsole({ auth, door: consoleDoor, store, issuer, log, addressOf: addresses.of }),
    )
  }
  if (metrics !== null) app.route('/', metricsRoutes(metrics, serviceCredentials))
  for (const path of metrics === null ? OWN_ROUTES : [...OWN_ROUTES, '/metrics']) app.all(path, refuseMethod)
  app.all('*', (c) => endpoints(c.req.raw))
  app.onError((error) => {
    const problem = toProblem(error, auth.transport)
    if (problem === null)
      log.error({ name: error.name, reason: error.message, stack: error.stack }, 'a request failed')
    return problemResponse(problem ?? FAILED)
  })
  return app
}

/** The last resort: says nothing of what happened; the log does (H-19). */
const FAILED: Problem = {
  status: 500,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: { error: 'internal_error', msg: 'The server failed to answer this request.' },
}

function refuseMethod(): never {
  throw new AuthError('method_not_allowed', 'This can only be read.', { allow: ['GET', 'HEAD'] })
}

import { randomUUID } from 'node:crypto'
import {
  type Auth,
  type Authenticator,
  type AuthOptions,
  createAuth,
  createJwtManager,
  type JwtManager,
  type JwtManagerOptions,
  type Principal,
  type TokenPair,
  type VerifyHooks,
} from 'latchkey'
import type { GuardOptions } from 'latchkey/http'
import { memoryStore } from 'latchkey/store/memory'
import { password, secret } from '../auth/known.ts'
import { type MovableClock, movableClock } from '../movable-clock.ts'

/** A guarded route, as data: each framework spells it in its own way. */
export interface GuardedRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly auth: Authenticator
  readonly options: GuardOptions
  /** Gets what the framework's own means of reading give; its answer goes out as JSON. */
  readonly handle: (principal: Principal | null, body: unknown) => unknown
}

/** What a framework is asked to serve. */
export interface Application {
  /** The endpoints of this are served below `/auth`. */
  readonly auth: Auth
  readonly routes: readonly GuardedRoute[]
  /** At `GET /bare`: reads the principal of a route that no guard stands before. */
  readonly bare: string
  /** At `GET /jar` these are put into cookies, at `GET /jar/empty` the cookies are taken away. */
  readonly tokens: () => Promise<TokenPair>
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** Puts a framework before an application. */
export type Serve = (application: Application) => Promise<Served>

export interface World {
  readonly auth: Auth
  readonly clock: MovableClock
  readonly application: Application
  /** How often a handler ran that must not. */
  readonly trespasses: () => number
}

const cheap = { memory: 64, passes: 1 }

export function testAuth(options: Partial<AuthOptions> = {}): {
  readonly auth: Auth
  readonly clock: MovableClock
} {
  const clock = movableClock()
  const auth = createAuth({
    store: memoryStore({ clock }),
    clock,
    passwords: cheap,
    limits: false,
    ...options,
  })
  return { auth, clock }
}

/** The application that every framework serves in the shared suite. */
export function createWorld(options: Partial<AuthOptions> = {}): World {
  const { auth, clock } = testAuth({ locations: ['headers', 'cookies'], ...options })
  let trespasses = 0
  const trespass = (): unknown => {
    trespasses += 1
    return { let: 'in' }
  }
  const hello = (principal: Principal | null): unknown => ({
    hello: nameOf(principal),
    at: principal?.location ?? null,
  })
  const route = (
    path: string,
    routeOptions: GuardOptions = {},
    rest: Partial<GuardedRoute> = {},
  ): GuardedRoute => ({ method: 'GET', path, auth, options: routeOptions, handle: hello, ...rest })
  const routes = [
    route('/me'),
    route('/me', {}, { method: 'POST' }),
    route('/feed', { optional: true }),
    route('/lenient', { optional: 'lenient' }),
    route('/admin', { scope: 'admin' }),
    route('/account', { fresh: '5m' }, { method: 'DELETE' }),
    route('/fresh', { fresh: true }),
    route('/rotation', { refresh: true }),
    route('/any', { verifyType: false }),
    route('/url', { locations: ['headers', 'query'] }),
    route('/json', { locations: ['headers', 'json'] }, { method: 'POST', handle: (_, body) => ({ body }) }),
    route('/broken', {}, { auth: broken(auth), handle: trespass }),
    route('/broken-optional', { optional: 'lenient' }, { auth: broken(auth), handle: trespass }),
    route('/empty', {}, { auth: empty(auth), handle: trespass }),
    route('/throws', {}, { handle: fail }),
    ...hookRoutes.map(([path, hooks]) => route(path, {}, { auth: jwtWith(hooks), handle: trespass })),
  ]
  const tokens = async (): Promise<TokenPair> => auth.start((await auth.register(newcomer())).id)
  const application = { auth, routes, bare: '/bare', tokens }
  return { auth, clock, application, trespasses: () => trespasses }
}

/** Hooks that fail, each in its own way: nobody may pass. */
export const hookRoutes: readonly (readonly [string, VerifyHooks<unknown>])[] = [
  ['/hook/throws', { isRevoked: fail }],
  ['/hook/rejects', { loadUser: async () => fail() }],
  ['/hook/hangs', { acceptClaims: () => new Promise(() => {}) }],
  ['/hook/nothing', { loadUser: () => undefined as unknown as null }],
  ['/hook/falsy', { acceptClaims: () => 0 as unknown as boolean }],
  ['/hook/truthy', { isRevoked: () => 'yes' as unknown as boolean }],
]

export const hookJwt: JwtManager = createJwtManager({ secret })

const jwtWith = (hooks: VerifyHooks<unknown>): Authenticator =>
  createJwtManager({ secret, hookDeadline: 30, ...hooks } as JwtManagerOptions)

function nameOf(principal: Principal | null): string {
  return (principal?.user as { username?: string } | undefined)?.username ?? 'stranger'
}

/** A configuration that turns out not to work when the first request comes. */
function broken({ transport }: Authenticator): Authenticator {
  return {
    transport,
    authenticate() {
      throw new TypeError('no keys: secret-detail-of-the-host')
    },
  }
}

/** An authenticator of somebody's own that forgot to answer. */
function empty({ transport }: Authenticator): Authenticator {
  return { transport, authenticate: () => undefined as unknown as Principal }
}

function fail(): never {
  throw new Error('the handler failed: secret-detail-of-the-host')
}

const newcomer = (): { username: string; password: string } => ({ username: `n${randomUUID()}`, password })

import type { Auth } from '../auth/auth.ts'
import type { Authenticator } from '../auth/principal.ts'
import type { Device, Sessions } from '../auth/sessions.ts'
import { AuthError } from '../base/errors.ts'
import { accountRoutes } from './account-routes.ts'
import { type CorsOptions, withCors } from './cors.ts'
import { requireAuthenticator } from './guard.ts'
import { requireModestHeaders } from './limits.ts'
import { addressOf } from './node.ts'
import { toProblem } from './problem.ts'
import { problemResponse } from './response.ts'
import { publicRoutes, sessionRoutes, whoamiRoute } from './session-routes.ts'

/** Request in, Response out. */
export type FetchHandler = (request: Request) => Promise<Response>

/** What a route is handed beside the request. */
export interface Visit {
  readonly request: Request
  /** The last part of a path like `/sessions/:id`, decoded; `''` elsewhere. */
  readonly id: string
  readonly device: Device
}

export type Route = (visit: Visit) => Promise<Response>

/** `POST /login` → what answers it; `:id` stands for one part of a path. */
export type Routes = Readonly<Record<`${'GET' | 'POST' | 'DELETE'} /${string}`, Route>>

export interface EndpointOptions {
  /** The path that they are mounted below, when whoever mounts them does not cut it off. @default '' */
  readonly prefix?: string
  /** The client's address, for limits and lists of sessions. @default the socket's, where an adapter knows it */
  readonly address?: (request: Request) => string | null
  /** Pages of other origins that may read the answers. @default none */
  readonly cors?: CorsOptions
}

/**
 * The whole wire interface of a door: `/register`, `/login`, `/password` where there are accounts, `/refresh`,
 * `/logout`, `/sessions` and `/.well-known/jwks.json` where there are sessions, `/whoami` always. Errors that are
 * not ours reject: the server answers them.
 *
 * @example
 * ```ts
 * const handle = createEndpoints(auth)
 * const response = await handle(new Request('https://app.example/whoami', { headers: { authorization } }))
 * ```
 */
export function createEndpoints(
  auth: Auth | Sessions | Authenticator,
  { prefix = '', address = addressOf, cors }: EndpointOptions = {},
): FetchHandler {
  requireAuthenticator(auth)
  const find = createRouter({
    ...whoamiRoute(auth),
    ...(hasSessions(auth) ? { ...sessionRoutes(auth), ...publicRoutes(auth) } : {}),
    ...(hasAccounts(auth) ? accountRoutes(auth) : {}),
  })
  const handle: FetchHandler = async (request) => {
    try {
      requireModestHeaders(request.headers)
      const { route, id } = find(request.method, pathOf(request, prefix))
      return await route({ request, id, device: deviceOf(request, address) })
    } catch (error) {
      const problem = toProblem(error, auth.transport)
      if (!problem) throw error
      return problemResponse(problem)
    }
  }
  return cors ? withCors(handle, cors) : handle
}

const hasSessions = (auth: Authenticator): auth is Sessions => 'refresh' in auth && 'endByToken' in auth
const hasAccounts = (auth: Authenticator): auth is Auth => hasSessions(auth) && 'login' in auth

function pathOf(request: Request, prefix: string): string {
  const { pathname } = new URL(request.url)
  if (prefix === '') return pathname
  return pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : ''
}

interface Found {
  readonly route: Route
  readonly id: string
}

/** @returns a function that throws `not_found`, or `method_not_allowed` with the methods that are */
function createRouter(routes: Routes): (method: string, path: string) => Found {
  const paths = new Map<string, Map<string, Route>>()
  for (const [name, route] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ')
    paths.set(path, (paths.get(path) ?? new Map()).set(method, route))
  }
  return (method, path) => {
    const exact = paths.get(path)
    const last = path.lastIndexOf('/')
    const methods = exact ?? (last < path.length - 1 ? paths.get(`${path.slice(0, last)}/:id`) : undefined)
    if (!methods || path.includes(':id'))
      throw new AuthError('not_found', 'There is nothing at this address.')
    // RFC 9110 section 9.3.2: HEAD is GET; whoever sends the answer leaves the body out.
    const route = methods.get(method === 'HEAD' ? 'GET' : method)
    if (route) return { route, id: exact ? '' : decoded(path.slice(last + 1)) }
    throw new AuthError('method_not_allowed', 'This address does not take that method.', {
      allow: [...methods.keys()],
    })
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new AuthError('not_found', 'There is nothing at this address.')
  }
}

function deviceOf(request: Request, address: (request: Request) => string | null): Device {
  return { userAgent: userAgentOf(request.headers.get('user-agent')), address: address(request) }
}

/**
 * It is shown to people and written to logs: no control characters (G-02), no token of a client that mixed up its
 * headers (G-01), and only as much as tells.
 */
function userAgentOf(value: string | null): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point.
  const text = value?.replace(/[\x00-\x1f\x7f-\x9f]/g, '')
  return text ? text.replace(JWT, '(token)').slice(0, 256) : null
}

/** Each begins with `{"` in base64url. */
const JWT = /eyJ[\w.-]+/g

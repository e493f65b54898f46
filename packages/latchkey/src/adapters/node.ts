import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Auth, Authenticator, Principal, Sessions } from 'latchkey'
import {
  type Bodies,
  type Carrier,
  type CookieCall,
  type CookieTokens,
  cookiesAgainst,
  cookiesFor,
  createGuard,
  createNodeEndpoints,
  type GuardOptions,
  type GuardResult,
  type NodeEndpointOptions,
  type Problem,
  parsedBody,
  sendProblem,
  sendResponse,
  toProblem,
  type UnsetCall,
  viewOfNode,
} from 'latchkey/http'

/** A listener that is handed the principal of its request. */
export type GuardedListener<R> = (req: IncomingMessage, res: ServerResponse, principal: R) => unknown

/**
 * A request listener that refuses requests that do not meet `options`, and hands the others to `listener`. For
 * servers without a framework.
 *
 * @example
 * ```ts
 * createServer(jwtRequired(auth, { scope: 'admin' }, (req, res, { identity }) => res.end(identity))).listen(3000)
 * ```
 * @throws {TypeError} at once, for options that cannot work and an `auth` that is none
 */
export function jwtRequired<U>(
  auth: Authenticator<U>,
  listener: GuardedListener<Principal<U>>,
): RequestListener
export function jwtRequired<U, const O extends GuardOptions>(
  auth: Authenticator<U>,
  options: O,
  listener: GuardedListener<GuardResult<U, O>>,
): RequestListener
export function jwtRequired(
  auth: Authenticator,
  second: GuardOptions | GuardedListener<never>,
  third?: GuardedListener<never>,
): RequestListener {
  const listener = (typeof second === 'function' ? second : third) as GuardedListener<Principal | null>
  if (typeof listener !== 'function')
    throw new TypeError('jwtRequired: expected a listener for guarded requests.')
  const guard = createGuard(auth, typeof second === 'function' ? {} : second)
  return function jwtRequired(req, res) {
    const refuse = (error: unknown): void => fail(res, error, auth)
    const judged = guard(viewOfNode(req, req, BODIES))
    if (judged instanceof Promise) judged.then((principal) => listener(req, res, principal)).catch(refuse)
    else run(() => listener(req, res, judged), refuse)
  }
}

/** What is thrown at once and what is thrown later, caught in one way. */
function run(work: () => unknown, caught: (error: unknown) => void): void {
  try {
    const answered = work()
    if (answered instanceof Promise) answered.catch(caught)
  } catch (error) {
    caught(error)
  }
}

/** A parser may have run before us; where none did, a listener finds what we read. */
const BODIES: Bodies<IncomingMessage & Carrier> = {
  parsed: (req) => req.body,
  keep(req, bytes) {
    req.body = parsedBody(req.headers['content-type'], bytes)
  },
}

/** Serves the ready-made endpoints below a prefix: `createServer(endpoints(auth, '/auth'))`. */
export function endpoints(
  auth: Auth | Sessions | Authenticator,
  prefix = '',
  options: NodeEndpointOptions = {},
): RequestListener {
  const answer = createNodeEndpoints(auth, options)
  return async function endpoints(req, res) {
    const { url = '/' } = req
    try {
      const below = url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : '/'
      await sendResponse(res, await answer(req, below))
    } catch (error) {
      fail(res, error, auth)
    }
  }
}

/** There is no framework to hand an error to: the client learns nothing of it (H-19), the process a warning. */
function fail(res: ServerResponse, error: unknown, { transport }: Authenticator): void {
  const problem = toProblem(error, transport) ?? SERVER_ERROR
  if (problem === SERVER_ERROR) process.emitWarning(error instanceof Error ? error : String(error))
  // An answer that has begun cannot become another; cut off, it is at least not taken for whole.
  if (!res.headersSent) sendProblem(res, problem)
  else if (!res.writableEnded) res.destroy()
}

const SERVER_ERROR: Problem = {
  status: 500,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Server error',
}

/** Puts tokens into cookies, as the authenticator's `cookies` say. Await it before the answer is sent. */
export async function setCookies(
  res: ServerResponse,
  auth: Authenticator,
  tokens: CookieTokens,
  call: CookieCall = {},
): Promise<void> {
  const made = cookiesFor(auth, tokens, call, viewOfNode(res.req))
  res.appendHeader('set-cookie', made instanceof Promise ? await made : made)
}

/** Takes the cookies away, or those of one token. */
export function unsetCookies(res: ServerResponse, auth: Authenticator, call: UnsetCall = {}): void {
  res.appendHeader('set-cookie', cookiesAgainst(auth, call))
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Auth, type AuthOptions, createAuth } from 'latchkey'
import { endpoints, jwtRequired } from 'latchkey/node'
import { memoryStore } from 'latchkey/store/memory'
import { password, secret } from '../auth/known.ts'
import { type MovableClock, movableClock } from '../movable-clock.ts'

export const ada = { username: 'ada', password }

/** A request that the server saw. */
export interface Seen {
  readonly route: string
  readonly headers: IncomingMessage['headers']
  readonly status: () => number
}

/** What happens to a request instead of an answer; an address is redirected to. */
type Fault = 'answer lost' | 'refused' | 'unavailable' | 'proxy' | `${string}/open`

export interface World extends AsyncDisposable {
  readonly url: string
  readonly auth: Auth
  readonly clock: MovableClock
  readonly seen: Seen[]
  /** How often the server was asked for this. */
  count(route: string): number
  /** Lets the next `times` requests to this route fail. */
  fail(route: string, fault: Fault, times?: number): void
}

const cheap = { passwords: { memory: 64, passes: 1 }, limits: false } as const

/** A server of the ready-made endpoints with routes of an application, and a clock that both sides go by. */
export async function startWorld(options: Partial<AuthOptions> = {}): Promise<World> {
  const clock = movableClock()
  const auth = createAuth({ store: memoryStore({ clock }), secret, clock, ...cheap, ...options })
  await auth.register(ada)
  const seen: Seen[] = []
  const faults: { route: string; fault: Fault }[] = []
  const application = applicationOf(auth)
  const server = createServer((req, res) => {
    const route = `${req.method} ${req.url}`
    seen.push({ route, headers: req.headers, status: () => res.statusCode })
    const at = faults.findIndex((one) => one.route === route)
    const fault = at < 0 ? null : faults.splice(at, 1)[0]!.fault
    if (fault === null || !breaks(fault, res)) application(req, res)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    auth,
    clock,
    seen,
    count: (route) => seen.filter((one) => one.route === route).length,
    fail(route, fault, times = 1) {
      for (let left = times; left > 0; left--) faults.push({ route, fault })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await auth.close()
    },
  }
}

/** @returns whether that was all that happens to the request */
function breaks(fault: Fault, res: ServerResponse): boolean {
  switch (fault) {
    case 'answer lost':
      res.end = () => res.destroy()
      return false
    case 'refused':
      res.destroy()
      return true
    case 'unavailable':
      res.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' })
      res.end('{"error":"unavailable","msg":"Not now."}')
      return true
    case 'proxy':
      res.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Who are you?</h1>')
      return true
    default:
      res.writeHead(307, { location: fault }).end()
      return true
  }
}

function applicationOf(auth: Auth): (req: IncomingMessage, res: ServerResponse) => void {
  const accounts = endpoints(auth, '/auth')
  const orders = jwtRequired(auth, async (req, res, { user }) => {
    res.end(`${user.username} ${req.method} ${await text(req)}`.trim())
  })
  const fresh = jwtRequired(auth, { fresh: true }, (_, res) => res.end('fresh'))
  return (req, res) => {
    const { url = '' } = req
    if (url.startsWith('/auth/')) accounts(req, res)
    else if (url === '/api/orders') orders(req, res)
    else if (url === '/api/fresh') fresh(req, res)
    else if (url === '/api/own')
      res.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"quota"}')
    else res.end('open')
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions, type SessionSettings, type Sessions } from '../../src/auth/sessions.ts'
import { createTrust } from '../../src/http/address.ts'
import { createEndpoints, type FetchHandler } from '../../src/http/endpoints.ts'
import { feedEndpoint } from '../../src/http/feed-endpoint.ts'
import { introspectionEndpoint } from '../../src/http/introspection.ts'
import { sendResponse, toRequest } from '../../src/http/node.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'

export const credential = 'orders-0123456789-abcdefghij-klmnop'

/** An issuer of tokens on this machine: sessions, their JWKS and their feed, over real HTTP. */
export interface Issuer extends AsyncDisposable {
  readonly url: string
  readonly auth: Sessions<unknown>
  readonly store: Store
  /** Paths that were asked for, in order. */
  readonly paths: string[]
  /** From now on nobody gets an answer. */
  cut(): void
  mend(): void
}

export async function startIssuer(settings: Partial<SessionSettings> = {}): Promise<Issuer> {
  const store = settings.store ?? memoryStore()
  const paths: string[] = []
  let isCut = false
  let handle: FetchHandler = async () => new Response(null, { status: 503 })
  const server = createServer((req, res) => {
    paths.push(req.url ?? '')
    if (isCut) res.destroy()
    else void answer(req, res, handle)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const auth = createSessions({
    issuer: url,
    audience: 'orders',
    ...settings,
    store,
    loadUser: ({ sub }) => ({ sub }),
  })
  const endpoints = createEndpoints(auth)
  const feed = feedEndpoint(store, { credentials: credential })
  const introspect = introspectionEndpoint(auth, { credentials: credential })
  const services: Readonly<Record<string, FetchHandler>> = { '/feed': feed, '/introspect': introspect }
  handle = (request) => (services[new URL(request.url).pathname] ?? endpoints)(request)
  await auth.ready()
  return {
    url,
    auth,
    store,
    paths,
    cut() {
      isCut = true
      server.closeAllConnections()
    },
    mend() {
      isCut = false
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await auth.close()
    },
  }
}

async function answer(req: IncomingMessage, res: ServerResponse, handle: FetchHandler): Promise<void> {
  const request = await toRequest(req, { url: req.url ?? '/', trust: createTrust(false) })
  await sendResponse(res, await handle(request))
}

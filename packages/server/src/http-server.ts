import { createServer, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { App } from './app.ts'
import { securityHeadersOf } from './security-headers.ts'

/** Bytes of all header lines together (H-14). */
const HEADER_BYTES = 16_384

type Refusal = readonly [status: number, words: string, error: string, msg: string]

const MALFORMED: Refusal = [400, 'Bad Request', 'invalid_request', 'The request cannot be read.']
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'headers_too_large',
    'The headers are larger than 16 KiB.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'Request Timeout',
    'invalid_request',
    'The request took too long to arrive.',
  ],
}

/** A server for the app that gives up on slow clients and answers malformed HTTP in the shape of every other refusal. */
export function createHttpServer(app: App, issuer: string): Server {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...securityHeadersOf(issuer),
  }
  const options = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
  }
  // What the app throws it answers itself; here arrives only what cannot become a request.
  const errorHandler = (): Response => new Response(bodyOf(MALFORMED), { status: MALFORMED[0], headers })
  const server = createServer(
    options,
    getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler }),
  )
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || code === 'ECONNRESET') return void socket.destroy()
    socket.end(answerOf(REFUSALS[code] ?? MALFORMED, headers))
  })
  return server
}

const bodyOf = ([, , error, msg]: Refusal): string => JSON.stringify({ error, msg })

function answerOf(refusal: Refusal, headers: Readonly<Record<string, string>>): string {
  const body = bodyOf(refusal)
  const lines = Object.entries({ ...headers, 'content-length': `${body.length}`, connection: 'close' })
  const [status, words] = refusal
  return [`HTTP/1.1 ${status} ${words}`, ...lines.map(([name, value]) => `${name}: ${value}`), '', body].join(
    '\r\n',
  )
}

import { createServer, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

/** Bytes of all header lines together (H-14). */
const HEADER_BYTES = 16_384

/** A server for the app that gives up on slow clients and answers malformed HTTP in the shape of every other refusal. */
export function createHttpServer(app: Hono): Server {
  const options = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
  }
  const server = createServer(options, getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  server.on('clientError', refuseMalformed)
  return server
}

const REFUSALS: Readonly<Record<string, readonly [status: string, error: string, msg: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'headers_too_large',
    'The headers are larger than 16 KiB.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    'invalid_request',
    'The request took too long to arrive.',
  ],
}
const MALFORMED = ['400 Bad Request', 'invalid_request', 'This is not HTTP.'] as const

function refuseMalformed({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy()
  const [status, error, msg] = REFUSALS[code] ?? MALFORMED
  const body = JSON.stringify({ error, msg })
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
  ]
  socket.end(`${[...head, 'Cache-Control: no-store', 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
}

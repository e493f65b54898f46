import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem, RequestView } from '../auth/transport.ts'
import { AuthError } from '../base/errors.ts'
import { clientAddress, type Trust } from './address.ts'
import { BODY_LIMIT, ROUTE_BODY_LIMIT, requireFewHeaders } from './limits.ts'
import { readBody } from './read-body.ts'

/*
 * Node's request and response, seen as the web's. The only file that knows both.
 */

/** Where a framework's body parsers put what they made of a body: `req` itself, or what stands for it. */
export interface Carrier {
  body?: unknown
}

/** How a framework has bodies: one set of functions for all of its requests. */
export interface Bodies<C extends Carrier = Carrier> {
  /** The body as the framework parsed it, if it did. */
  readonly parsed: (carrier: C) => unknown
  /** Told the bytes when we were the first to read them, so that the framework's handlers get them as well. */
  readonly keep?: (carrier: C, bytes: Uint8Array) => void
  /** Whether the framework reads every body before any guard runs. @default false: what nobody has read is read */
  readonly isRead?: boolean
}

const NO_PARSER: Bodies = { parsed: () => undefined }
const NO_BYTES = new Uint8Array(0)

/** A view for guarding. Nothing is copied; the body is read only when it is asked for. */
export function viewOfNode(req: IncomingMessage): RequestView
export function viewOfNode<C extends Carrier>(
  req: IncomingMessage,
  carrier: C,
  bodies: Bodies<C>,
): RequestView
export function viewOfNode(
  req: IncomingMessage,
  carrier: Carrier = {},
  bodies: Bodies<never> = NO_PARSER,
): RequestView {
  const view: NodeView = {
    method: req.method ?? 'GET',
    header,
    query,
    body,
    req,
    carrier,
    bodies: bodies as Bodies,
  }
  return view
}

/** A view with what its functions need: so every request costs one object, and none of its own functions. */
interface NodeView extends RequestView {
  readonly req: IncomingMessage
  readonly carrier: Carrier
  readonly bodies: Bodies
}

function header(this: NodeView, name: string): string | undefined {
  return headerOf(this.req, name)
}

function query(this: NodeView, name: string): readonly string[] {
  return queryValues(this.req.url ?? '', name)
}

async function body(this: NodeView): Promise<unknown> {
  const { parsed, keep, isRead } = this.bodies
  if (isRead) return parsed(this.carrier)
  if (this.req.readableDidRead) return parsed(this.carrier) ?? NO_BYTES
  const bytes = await readBody(this.req, ROUTE_BODY_LIMIT)
  keep?.(this.carrier, bytes)
  return bytes
}

function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name] ?? (name === 'host' ? req.headers[AUTHORITY] : undefined)
  if (Array.isArray(value)) return value.join(', ')
  // Node keeps the first of several `Authorization` lines; a proxy in front may have judged by another.
  if (name === 'authorization' && value !== undefined) return everyLine(req.rawHeaders, name, value)
  return value
}

function everyLine(rawHeaders: readonly string[], name: string, only: string): string {
  let seen = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at]
    if (raw?.length === name.length && raw.toLowerCase() === name) seen++
  }
  if (seen < 2) return only
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name).join(', ')
}

/** Every value of a parameter of the query string; most URLs have none, and are not parsed. */
export function queryValues(url: string, name: string): readonly string[] {
  const start = url.indexOf('?')
  if (start < 0) return NO_VALUES
  const query = url.slice(start + 1)
  if (!query.includes(name) && !query.includes('%') && !query.includes('+')) return NO_VALUES
  return new URLSearchParams(query).getAll(name)
}

const NO_VALUES: readonly string[] = []

const addresses = new WeakMap<Request, string>()

/** The client's address of a `Request` that {@link toRequest} made; `null` for others. */
export function addressOf(request: Request): string | null {
  return addresses.get(request) ?? null
}

export interface BridgeOptions {
  /** The path and query below the mount. */
  readonly url: string
  readonly trust: Trust
  /** The body as a framework parsed it, if it did; asked only when the bytes are gone. */
  readonly parsed?: () => unknown
}

/**
 * Node's request as the web's. The body is read here, up to {@link BODY_LIMIT}; one that a framework has parsed is
 * written out again, so neither mount order nor body parsers matter.
 *
 * @throws {AuthError} `too_large`, `invalid_request`, `method_not_allowed`: answer it as any refusal
 */
export async function toRequest(
  req: IncomingMessage,
  { url, trust, parsed }: BridgeOptions,
): Promise<Request> {
  const method = req.method ?? 'GET'
  const headers = headersOf(req)
  const init: RequestInit = { method, headers }
  if (method !== 'GET' && method !== 'HEAD') {
    const read = req.readableDidRead ? parsed?.() : await readBody(req, BODY_LIMIT)
    const bytes = bytesOf(read ?? NO_BYTES)
    if (bytes.length > 0) init.body = bytes
  }
  const request = requestFrom(url, init)
  const address = clientAddress(req.socket.remoteAddress, headers.get('x-forwarded-for'), trust)
  if (address !== null) addresses.set(request, address)
  return request
}

function headersOf(req: IncomingMessage): Headers {
  requireFewHeaders(req.rawHeaders.length / 2)
  const headers = new Headers()
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? ''
    // HTTP/2 has pseudo-headers, and `:authority` in place of `Host` (RFC 9113 section 8.3.1).
    if (!name.startsWith(':')) headers.append(name, req.rawHeaders[at + 1] ?? '')
    else if (name === AUTHORITY) headers.append('host', req.rawHeaders[at + 1] ?? '')
  }
  return headers
}

const AUTHORITY = ':authority'

function bytesOf(body: unknown): Buffer<ArrayBuffer> {
  if (body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8')
}

function requestFrom(url: string, init: RequestInit): Request {
  try {
    // The host is nobody's business here: nothing that we answer is made of it (H-18).
    return new Request(`http://localhost${url.startsWith('/') ? url : `/${url}`}`, init)
  } catch {
    // The web's Request knows no TRACE and no CONNECT.
    throw new AuthError('not_found', 'There is nothing at this address.')
  }
}

/** Writes the web's response as Node's. Does nothing for a client that has gone. */
export async function sendResponse(res: ServerResponse, response: Response): Promise<void> {
  const body = await bufferOf(response)
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  send(res, response.status, headers, body)
}

/** A response's body for frameworks that take bytes; `null` when there is none. */
export async function bufferOf(response: Response): Promise<Buffer | null> {
  return response.body === null ? null : Buffer.from(await response.arrayBuffer())
}

/** Writes a refusal. Does nothing for a client that has gone. */
export function sendProblem(res: ServerResponse, { status, headers, body }: Problem): void {
  send(res, status, { ...headers }, Buffer.from(textOf(body), 'utf8'))
}

/** A body as text: JSON, unless an `answer` hook gave text already. */
export function textOf(body: unknown): string {
  return typeof body === 'string' ? body : (JSON.stringify(body) ?? '')
}

/** What is too large is not waited for; of anything else Node reads the rest, and the connection stays. */
export function mustClose(req: IncomingMessage, status: number): boolean {
  return status === 413 && !req.complete && req.httpVersionMajor < 2
}

function send(
  res: ServerResponse,
  status: number,
  headers: Record<string, string | string[]>,
  body: Buffer | null,
): void {
  if (res.destroyed || res.writableEnded || res.headersSent) return
  const bodiless = body === null || status === 204 || status === 304
  if (mustClose(res.req, status)) headers['connection'] = 'close'
  if (!bodiless) headers['content-length'] = String(body.length)
  res.writeHead(status, headers)
  res.end(bodiless || res.req.method === 'HEAD' ? undefined : body)
}

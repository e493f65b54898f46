import {
  type LookupAddress,
  type LookupAllOptions,
  type LookupOptions,
  lookup as systemLookup,
} from 'node:dns'
import * as http from 'node:http'
import * as https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type AddressScope, addressScope } from './address-scope.ts'

/** Where a service may be reached, and what its names mean. */
export interface GuardedOptions {
  /**
   * Also connect to private networks and to this machine by another name than `localhost`. Link-local addresses,
   * where clouds keep their metadata, are refused all the same. @default false
   */
  readonly allowPrivateAddresses?: boolean
  /** How names become addresses. What it answers is checked. @default dns.lookup */
  readonly lookup?: LookupFunction
}

export interface GuardedAsk {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  /** Sent as a form, by POST instead of GET. */
  readonly form?: Readonly<Record<string, string>>
  /** Milliseconds until the whole answer must be there. @default 5000 */
  readonly deadline?: number
  /** Does not keep the process from ending. @default false */
  readonly background?: boolean
}

export interface GuardedAnswer {
  readonly body: Uint8Array
  readonly headers: http.IncomingHttpHeaders
}

/**
 * GET (or POST of a form) of one URL that is configured, and nothing else: https (plain http on this machine), public addresses, no
 * redirects, no cookies, a deadline, a size. Resolves to the answer of a 200 and rejects for everything else.
 */
export interface GuardedGet {
  (ask?: GuardedAsk): Promise<GuardedAnswer>
  /** Lets go of its connections; asks that are under way reject. */
  close(): void
}

/** RFC 8725 section 3.10, K-04. Written out as here: what only amounts to this machine in the end is no loopback. */
const LOOPBACK_URL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:[/?]|$)/i

/**
 * @param name of the option, for the message
 * @param largest bytes of an answer
 * @throws {TypeError} for a URL that must not be fetched
 */
export function createGuardedGet(
  url: string,
  name: string,
  largest: number,
  options: GuardedOptions = {},
): GuardedGet {
  const target = requireUrl(url, name)
  const allowed = allowedScopes(url, options)
  const literal = target.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !allowed.has(addressScope(literal))) throw refusedAddress(name)
  const { request, Agent } = target.protocol === 'https:' ? https : http
  // An agent of its own: every socket in it was opened through the look-up below.
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const lookup = checkedLookup(options.lookup ?? (systemLookup as LookupFunction), allowed, name)

  const get = (ask: GuardedAsk = {}): Promise<GuardedAnswer> => {
    const { headers = {}, query = {}, form, deadline = 5000, background = false } = ask
    const asked = new URL(target)
    for (const [key, value] of Object.entries(query)) asked.searchParams.set(key, String(value))
    return new Promise((resolve, reject) => {
      const sent = request(asked, {
        agent,
        lookup,
        method: form === undefined ? 'GET' : 'POST',
        headers: { accept: 'application/json', ...(form === undefined ? {} : FORM), ...headers },
        signal: AbortSignal.timeout(deadline),
      })
      if (background) sent.on('socket', (socket) => socket.unref())
      sent.on('error', reject)
      sent.on('response', (answer) => {
        readAnswer(answer, name, largest).then(resolve, (error: unknown) => {
          sent.destroy()
          reject(error)
        })
      })
      sent.end(form === undefined ? undefined : new URLSearchParams(form).toString())
    })
  }
  return Object.assign(get, { close: () => agent.destroy() })
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

function requireUrl(url: string, name: string): URL {
  const target = URL.canParse(url) ? new URL(url) : null
  if (target === null) throw new TypeError(`${name}: expected a URL like https://auth.example.com.`)
  if (target.username !== '' || target.password !== '')
    throw new TypeError(`${name}: no credentials in a URL.`)
  if (target.protocol === 'https:' || (target.protocol === 'http:' && LOOPBACK_URL.test(url))) return target
  throw new TypeError(`${name}: expected https; plain http only for localhost, 127.0.0.1 and [::1].`)
}

function allowedScopes(
  url: string,
  { allowPrivateAddresses = false }: GuardedOptions,
): ReadonlySet<AddressScope> {
  if (allowPrivateAddresses) return new Set(['public', 'loopback', 'private'])
  return new Set([LOOPBACK_URL.test(url) ? 'loopback' : 'public'])
}

/**
 * What is checked here is what is connected to: nothing resolves the name a second time, so a name that changes its
 * mind in between (DNS rebinding) gains nothing, and no spelling of an address goes by.
 */
function checkedLookup(
  lookup: LookupFunction,
  allowed: ReadonlySet<AddressScope>,
  name: string,
): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    const all: LookupAllOptions = { ...options, all: true }
    lookup(hostname, all, (error, found) => {
      const addresses = Array.isArray(found) ? (found as readonly LookupAddress[]) : []
      const usable = addresses.filter(({ address }) => allowed.has(addressScope(address)))
      const [first] = usable
      if (error || !first) callback(error ?? refusedAddress(name), '')
      else if (options.all) callback(null, usable)
      else callback(null, first.address, first.family)
    })
  }
}

function refusedAddress(name: string): NodeJS.ErrnoException {
  return new TypeError(`${name}: this address is not public; set allowPrivateAddresses if it is meant.`)
}

async function readAnswer(
  answer: http.IncomingMessage,
  name: string,
  largest: number,
): Promise<GuardedAnswer> {
  const { statusCode, headers } = answer
  // A redirect would lead to where nobody configured anything.
  if (statusCode !== 200) throw new Error(`${name}: expected status 200, got ${statusCode}.`)
  if (headers['content-encoding'] !== undefined) throw new Error(`${name}: the answer is encoded.`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > largest) throw new Error(`${name}: the answer is larger than ${largest} bytes.`)
    chunks.push(chunk)
  }
  return { body: Buffer.concat(chunks), headers }
}

import { isIP, type LookupFunction } from 'node:net'
import { type AddressScope, addressScope } from './address-scope.ts'
import { fetchSender } from './fetch-request.ts'
import type { AnswerRules, GuardedAnswer, Sender } from './guarded-request.ts'
import { isWorkers } from './host.ts'
import { pinnedSender, refusedAddress } from './pinned-request.ts'

export type { GuardedAnswer } from './guarded-request.ts'

/** Where a service may be reached, and what its names mean. */
export interface GuardedOptions {
  /**
   * Also connect to private networks and to this machine by another name than `localhost`. Link-local addresses,
   * where clouds keep their metadata, are refused all the same. @default false
   */
  readonly allowPrivateAddresses?: boolean
  /** How names become addresses. What it answers is checked. Not on Workers. @default dns.lookup */
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
  const { send, close } = senderTo(target, allowed, { name, largest }, options)
  const get = (ask: GuardedAsk = {}): Promise<GuardedAnswer> => {
    const { headers = {}, query = {}, form, deadline = 5000, background = false } = ask
    const asked = new URL(target)
    for (const [key, value] of Object.entries(query)) asked.searchParams.set(key, String(value))
    return send(asked, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...(form === undefined ? {} : FORM), ...headers },
      body: form === undefined ? undefined : new URLSearchParams(form).toString(),
      deadline,
      background,
    })
  }
  return Object.assign(get, { close })
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

function senderTo(
  { protocol }: URL,
  allowed: ReadonlySet<AddressScope>,
  rules: AnswerRules,
  options: GuardedOptions,
): Sender {
  if (!isWorkers) return pinnedSender(protocol, allowed, rules, options)
  // What cannot be had must not look as if it was.
  if (options.lookup !== undefined) throw new TypeError('lookup: on Workers the network resolves names.')
  return fetchSender(rules)
}

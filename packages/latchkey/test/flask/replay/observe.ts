import type { Answer } from './http.ts'
import type { Json, JsonObject, Observation } from './scenario.ts'
import { decode } from './tokens.ts'

/*
 * An answer with what changes from run to run masked: times, random ids, tokens, and the ends of texts that come from
 * one language's own library.
 */

const TIME_CLAIMS = ['iat', 'nbf', 'exp', 'fresh']
const YEAR = 400 * 24 * 3600
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const JWT_SHAPE = /^eyJ[\w-]*\.eyJ[\w-]*\.[\w-]*$/
const OPEN_ENDED = /^(Invalid (?:header|payload) string: (?!must be a json object)|Invalid token type\. )/

/** Says `'good'` or `'bad'` of a token's signature. */
export type Check = (token: string) => string

export function observe(answer: Answer, now: number, check: Check): Observation {
  const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim() || null
  const isJson = type === 'application/json' && answer.body !== ''
  return {
    status: answer.status,
    content_type: type,
    ...(isJson ? { json: mask(JSON.parse(answer.body), now, check) } : {}),
    ...(!isJson && answer.body !== '' && answer.status !== 500 ? { text: answer.body } : {}),
    set_cookies: answer.cookies.map((line) => cookieOf(line, now, check)),
  }
}

function mask(value: Json, now: number, check: Check, name = ''): Json {
  if (typeof value === 'number') return TIME_CLAIMS.includes(name) ? fromNow(value, now) : value
  if (typeof value === 'string') return maskText(value, now, check)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => mask(item, now, check))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, now, check, key)]))
}

/** A time as whole seconds from now, snapped to the round figure that is meant. */
function fromNow(moment: number, now: number): Json {
  if (Math.abs(moment - now) >= YEAR) return moment
  const offset = moment - Math.floor(now)
  const near = 5 * Math.round(offset / 5)
  return { $now: Math.abs(near - offset) <= 2 ? near : Math.round(offset) }
}

function maskText(text: string, now: number, check: Check): Json {
  if (UUID.test(text)) return { $uuid: 4 }
  const [, start] = OPEN_ENDED.exec(text) ?? []
  if (start !== undefined) return { $prefix: start, peer: text }
  return JWT_SHAPE.test(text) ? maskToken(text, now, check) : text
}

function maskToken(token: string, now: number, check: Check): Json {
  try {
    const [header, claims] = token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(decode(part).toString('utf8')) as Json)
    return { $jwt: { header: header!, claims: mask(claims!, now, check), signature: check(token) } }
  } catch {
    return token
  }
}

function cookieOf(line: string, now: number, check: Check): JsonObject {
  const [first = '', ...attributes] = line.split(';').map((part) => part.trim())
  const at = first.indexOf('=')
  const seen: Record<string, Json> = { secure: false, httponly: false }
  let expires: number | null = null
  for (const attribute of attributes) {
    const [key = '', value = ''] = attribute.split(/=(.*)/s)
    const name = key.toLowerCase()
    if (name === 'secure' || name === 'httponly') seen[name] = true
    else if (name === 'expires') expires = Date.parse(value) / 1000
    else if (name === 'max-age') seen['max_age'] = Number(value)
    else seen[name] = value
  }
  const value = first.slice(at + 1).replace(/^"|"$/g, '')
  const maxAge = seen['max_age'] as number | undefined
  return {
    ...seen,
    name: first.slice(0, at),
    value: mask(value, now, check),
    lifetime: lifetimeOf(maxAge, expires, now),
    has_expires: expires !== null,
  }
}

function lifetimeOf(maxAge: number | undefined, expires: number | null, now: number): Json {
  if (maxAge !== undefined) return maxAge <= 0 ? 'deleted' : maxAge
  if (expires === null) return 'session'
  return expires <= now ? 'deleted' : fromNow(expires, now)
}

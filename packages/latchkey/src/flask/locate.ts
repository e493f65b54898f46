import { AuthError } from 'latchkey'
import type { Located, Location, RequestView, Sought } from 'latchkey/http'
import { type Cookies, readCookies } from './cookie-text.ts'
import { doubleSubmitValue } from './csrf.ts'
import type { FlaskSettings } from './options.ts'
import { UNREADABLE } from './problems.ts'
import { isFalsy, looseJson } from './python.ts'

/** Looks in one place. Throws `missing_token` when nothing lies there; what is there and malformed is final. */
type Finder = (view: RequestView, sought: Sought, settings: FlaskSettings) => Located | Promise<Located>

const FINDERS: Readonly<Record<Location, Finder>> = {
  headers: inHeader,
  cookies: inCookies,
  query: inQuery,
  json: inJson,
}

/** The peer's own names of the places, for its messages. */
const NAMES: Readonly<Record<Location, string>> = {
  headers: 'headers',
  cookies: 'cookies',
  query: 'query_string',
  json: 'json',
}

/**
 * Finds the token of a request as the peer does: in each place in turn, until one has it. Requests with the method
 * OPTIONS are not asked for one.
 */
export function flaskLocate(
  settings: FlaskSettings,
): (view: RequestView, sought: Sought) => Promise<Located | 'unasked'> | Located | 'unasked' {
  return (view, sought) => {
    if (view.method === 'OPTIONS') return 'unasked'
    const orMistyped = (error: unknown): Located => {
      const found = isMissing(error) && sought.locations.includes('headers') ? mistyped(view, settings) : null
      if (found) return found
      throw error
    }
    try {
      const found = search(view, sought, settings)
      return found instanceof Promise ? found.catch(orMistyped) : found
    } catch (error) {
      return orMistyped(error)
    }
  }
}

function search(view: RequestView, sought: Sought, settings: FlaskSettings): Located | Promise<Located> {
  const [only, another] = sought.locations
  // The most common case needs no promise.
  if (only !== undefined && another === undefined) return FINDERS[only](view, sought, settings)
  return firstFound(view, sought, settings)
}

async function firstFound(view: RequestView, sought: Sought, settings: FlaskSettings): Promise<Located> {
  const missing: string[] = []
  for (const location of sought.locations) {
    try {
      return await FINDERS[location](view, sought, settings)
    } catch (error) {
      if (!isMissing(error)) throw error
      missing.push(error.message)
    }
  }
  const names = sought.locations.map((one) => NAMES[one])
  throw notThere(`Missing JWT in ${listed(names)} (${missing.join('; ')})`)
}

function isMissing(error: unknown): error is AuthError {
  return error instanceof AuthError && error.code === 'missing_token'
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

function inHeader(view: RequestView, _: Sought, settings: FlaskSettings): Located {
  const { JWT_HEADER_NAME: name } = settings
  const type = settings.JWT_HEADER_TYPE ?? ''
  const value = headerValue(view, name)
  if (value === '') throw notThere(`Missing ${name} Header`)
  const expected = `Expected '${name}: ${type === '' ? '' : `${type} `}<JWT>'`
  // The peer fails over a blank piece, and so lets nobody pass.
  const pieces = type === '' ? [] : piecesOf(value)
  if (pieces.some(({ length }) => length === 0)) throw unreadable(`Bad ${name} header. ${expected}`)
  const words = type === '' ? [type, ...wordsOf(value)] : onlyPiece(pieces, (word) => word === type)
  if (words === null) throw notThere(`Missing '${type}' type in '${name}' header. ${expected}`)
  const [, token, another] = words
  if (token === undefined || another !== undefined) throw malformed(`Bad ${name} header. ${expected}`)
  return { token, location: 'headers' }
}

/**
 * RFC 9110 section 11.1: a scheme is compared without regard to case, so that nobody becomes a stranger by a typo. The
 * peer minds the case, so this is the last place to look in.
 */
function mistyped(view: RequestView, settings: FlaskSettings): Located | null {
  const { JWT_HEADER_NAME: name, JWT_HEADER_TYPE: type } = settings
  if (!type) return null
  const pieces = piecesOf(headerValue(view, name))
  const words = onlyPiece(pieces, (word) => word.toLowerCase() === type.toLowerCase())
  const [, token, another] = words ?? []
  return token === undefined || another !== undefined ? null : { token, location: 'headers' }
}

/** Without the blanks and then the commas around it. */
function headerValue(view: RequestView, name: string): string {
  const value = (view.header(name.toLowerCase()) ?? '').trim()
  let [start, end] = [0, value.length]
  while (value[start] === ',') start++
  while (end > start && value[end - 1] === ',') end--
  return value.slice(start, end)
}

/** The pieces between commas, each as its words; a piece of blanks alone has none. */
function piecesOf(value: string): readonly (readonly string[])[] {
  const pieces = value.split(/,\s*/).filter((piece) => piece !== '')
  return pieces.map(wordsOf)
}

/** The one piece whose first word is ours. `null` when there is none, or more than one. */
function onlyPiece(
  pieces: readonly (readonly string[])[],
  isOurs: (word: string) => boolean,
): readonly string[] | null {
  const [ours, another] = pieces.filter(([first = '']) => isOurs(first))
  return ours !== undefined && another === undefined ? ours : null
}

/** Python splits at every white space of Unicode, and some controls. */
function wordsOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are white space in Python
  return text.split(/[\s\x1c-\x1f\x85]+/).filter((word) => word !== '')
}

function inCookies(view: RequestView, sought: Sought, settings: FlaskSettings): Located | Promise<Located> {
  const name = sought.refresh ? settings.JWT_REFRESH_COOKIE_NAME : settings.JWT_ACCESS_COOKIE_NAME
  const cookies: Cookies = readCookies(view.header('cookie'))
  const token = cookies.get(name)
  if (!token) throw notThere(`Missing cookie "${name}"`)
  const csrf = doubleSubmitValue(view, sought, settings)
  if (csrf === null) return { token, location: 'cookies' }
  if (typeof csrf === 'string') return { token, location: 'cookies', csrf }
  return csrf.then((value) => ({ token, location: 'cookies', csrf: value }))
}

function inQuery(view: RequestView, _: Sought, settings: FlaskSettings): Located {
  const { JWT_QUERY_STRING_NAME: name, JWT_QUERY_STRING_VALUE_PREFIX: prefix } = settings
  const [value] = view.query?.(name) ?? []
  // The spelling is the peer's.
  if (!value) throw notThere(`Missing '${name}' query paramater`)
  if (value.startsWith(prefix)) return { token: value.slice(prefix.length), location: 'query' }
  throw malformed(`Invalid value for query parameter '${name}'. Expected the value to start with '${prefix}'`)
}

async function inJson(view: RequestView, { refresh }: Sought, settings: FlaskSettings): Promise<Located> {
  if (!isJson(view.header('content-type'))) throw notThere('Invalid content-type. Must be application/json.')
  const name = refresh ? settings.JWT_REFRESH_JSON_KEY : settings.JWT_JSON_KEY
  const body = await parsedBody(view)
  // The peer fails over what is no object, unless Python takes it for false, and so lets nobody pass.
  if (!isFalsy(body) && (typeof body !== 'object' || Array.isArray(body)))
    throw unreadable('Invalid json data. It must be an object.')
  const token = isFalsy(body) ? null : ownEntry(body as object, name)
  if (isFalsy(token)) throw notThere(`Missing "${name}" key in json data.`)
  if (typeof token !== 'string') throw malformed('Invalid token type. Token must be text')
  return { token, location: 'json' }
}

function ownEntry(body: object, name: string): unknown {
  return Object.hasOwn(body, name) ? (body as Readonly<Record<string, unknown>>)[name] : null
}

function isJson(contentType: string | null | undefined): boolean {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'))
}

// A byte order mark is the business of the reader after it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function parsedBody(view: RequestView): Promise<unknown> {
  const body = await view.body?.()
  if (!(body instanceof Uint8Array)) return body
  try {
    return looseJson(UTF8.decode(body))
  } catch {
    return null
  }
}

function notThere(message: string): AuthError {
  return new AuthError('missing_token', message)
}

function malformed(message: string): AuthError {
  return new AuthError('invalid_token', message, { reason: 'location' })
}

function unreadable(message: string): AuthError {
  return new AuthError('invalid_token', message, { reason: UNREADABLE })
}

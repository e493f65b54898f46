import type { Duration } from 'latchkey'
import { cookieDomain } from './cookie-text.ts'
import { DEFAULTS, type FlaskConfig, type FlaskSettings } from './options.ts'

/** What an option must be, in words, and the test for it. */
interface Kind {
  readonly expected: string
  readonly test: (value: unknown) => boolean
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isFilled = (value: unknown): boolean => isText(value) && value !== ''
const isListOf =
  (test: (value: unknown) => boolean): Kind['test'] =>
  (value) =>
    Array.isArray(value) && value.every(test)

const LOCATIONS: readonly unknown[] = ['headers', 'cookies', 'query_string', 'json']
const ALGORITHM = /^(?:(?:HS|RS|PS|ES)(?:256|384|512)|EdDSA)$/
/** The peer has them; listed beside others they do no harm. */
const UNSUPPORTED: readonly unknown[] = ['ES256K', 'ES521']
// RFC 9110 section 5.6.2: what header and cookie names are made of.
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
// Written in the characters of a URL, whatever it holds.
const PATH = /^\/\P{Cs}*$/u
const DURATION = /^-?\d+(?:\.\d+)?(?:ms|s|m|h|d)$/

const isAlgorithm = (value: unknown): boolean => isText(value) && ALGORITHM.test(value)
const isSecret = (value: unknown): boolean => isText(value) || value instanceof Uint8Array

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'object' && Object.values(value).every(isJson)
}

// A fraction of a second would be lost in whole seconds, and Python's timedelta is written as text here.
const isDuration = (value: unknown): boolean =>
  Number.isSafeInteger(value) || (isText(value) && DURATION.test(value))

const KINDS = {
  bool: { expected: 'true or false', test: (value) => typeof value === 'boolean' },
  text: { expected: 'text', test: isText },
  filled: { expected: 'text that is not empty', test: isFilled },
  header: {
    expected: 'the name of a header (RFC 9110 section 5.6.2)',
    test: (value) => isText(value) && TOKEN.test(value),
  },
  cookie: {
    expected: 'the name of a cookie (RFC 6265 section 4.1.1)',
    test: (value) => isText(value) && TOKEN.test(value),
  },
  path: {
    expected: 'a path that starts with "/"',
    test: (value) => isText(value) && PATH.test(value),
  },
  domain: {
    expected: 'a domain like "acme.example", or null',
    test: (value) => value === null || value === '' || (isText(value) && cookieDomain(value) !== null),
  },
  sameSite: {
    expected: "'Strict', 'Lax', 'None', or null",
    test: (value) => value === null || (isText(value) && /^(?:strict|lax|none)$/i.test(value)),
  },
  secret: {
    expected: 'text or bytes (Uint8Array), or null',
    test: (value) => value === null || isSecret(value),
  },
  pem: {
    expected: 'a key as PEM text (or its bytes), or null',
    test: (value) => value === null || isSecret(value),
  },
  algorithm: {
    expected: 'HS, RS, PS or ES with 256, 384 or 512, or EdDSA',
    test: isAlgorithm,
  },
  algorithms: {
    expected: "a list of algorithms like ['HS256'], without 'none', or null",
    test: (value) =>
      value === null || isListOf((one) => isAlgorithm(one) || UNSUPPORTED.includes(one))(value),
  },
  lifetime: {
    expected: "whole seconds, text like '15m' (units: ms, s, m, h, d), or false for never",
    test: (value) => value === false || isDuration(value),
  },
  leeway: {
    expected: "seconds, or text like '30s' (units: ms, s, m, h, d)",
    test: (value) => Number.isFinite(value) || isDuration(value),
  },
  locations: {
    expected: 'one or more of "headers", "cookies", "query_string", "json"',
    test: (value) =>
      LOCATIONS.includes(value) ||
      (isListOf((one) => LOCATIONS.includes(one))(value) && (value as []).length > 0),
  },
  // T-24: no patterns and no functions; names are compared as they stand.
  parties: {
    expected: 'text, a list of texts, or null',
    test: (value) => value === null || isText(value) || isListOf(isText)(value),
  },
  json: { expected: 'a value of JSON, usually text', test: isJson },
  textOrNull: { expected: 'text, or null', test: (value) => value === null || isText(value) },
  methods: { expected: "a list of methods in upper case, like ['POST']", test: isListOf(isFilled) },
} as const satisfies Record<string, Kind>

const KIND_OF: Readonly<Record<keyof FlaskConfig, Kind>> = {
  SECRET_KEY: KINDS.secret,
  JWT_ACCESS_TOKEN_EXPIRES: KINDS.lifetime,
  JWT_REFRESH_TOKEN_EXPIRES: KINDS.lifetime,
  JWT_ALGORITHM: KINDS.algorithm,
  JWT_DECODE_ALGORITHMS: KINDS.algorithms,
  JWT_SECRET_KEY: KINDS.secret,
  JWT_PRIVATE_KEY: KINDS.pem,
  JWT_PUBLIC_KEY: KINDS.pem,
  JWT_TOKEN_LOCATION: KINDS.locations,
  JWT_IDENTITY_CLAIM: KINDS.filled,
  JWT_VERIFY_SUB: KINDS.bool,
  JWT_ENCODE_AUDIENCE: KINDS.json,
  JWT_ENCODE_ISSUER: KINDS.json,
  JWT_DECODE_AUDIENCE: KINDS.parties,
  JWT_DECODE_ISSUER: KINDS.parties,
  JWT_DECODE_LEEWAY: KINDS.leeway,
  JWT_ENCODE_NBF: KINDS.bool,
  JWT_ERROR_MESSAGE_KEY: KINDS.text,
  JWT_HEADER_NAME: KINDS.header,
  JWT_HEADER_TYPE: KINDS.textOrNull,
  JWT_QUERY_STRING_NAME: KINDS.text,
  JWT_QUERY_STRING_VALUE_PREFIX: KINDS.text,
  JWT_JSON_KEY: KINDS.text,
  JWT_REFRESH_JSON_KEY: KINDS.text,
  JWT_ACCESS_COOKIE_NAME: KINDS.cookie,
  JWT_REFRESH_COOKIE_NAME: KINDS.cookie,
  JWT_ACCESS_COOKIE_PATH: KINDS.path,
  JWT_REFRESH_COOKIE_PATH: KINDS.path,
  JWT_COOKIE_DOMAIN: KINDS.domain,
  JWT_COOKIE_SAMESITE: KINDS.sameSite,
  JWT_COOKIE_SECURE: KINDS.bool,
  JWT_SESSION_COOKIE: KINDS.bool,
  JWT_COOKIE_CSRF_PROTECT: KINDS.bool,
  JWT_CSRF_IN_COOKIES: KINDS.bool,
  JWT_CSRF_METHODS: KINDS.methods,
  JWT_CSRF_CHECK_FORM: KINDS.bool,
  JWT_ACCESS_CSRF_HEADER_NAME: KINDS.header,
  JWT_REFRESH_CSRF_HEADER_NAME: KINDS.header,
  JWT_ACCESS_CSRF_FIELD_NAME: KINDS.text,
  JWT_REFRESH_CSRF_FIELD_NAME: KINDS.text,
  JWT_ACCESS_CSRF_COOKIE_NAME: KINDS.cookie,
  JWT_REFRESH_CSRF_COOKIE_NAME: KINDS.cookie,
  JWT_ACCESS_CSRF_COOKIE_PATH: KINDS.path,
  JWT_REFRESH_CSRF_COOKIE_PATH: KINDS.path,
}

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for an unknown name or a wrong type; it names every option that is wrong, with the remedy, and
 *   quotes no value, for it may be a secret
 */
export function settingsOf(config: FlaskConfig): FlaskSettings {
  const given = Object.entries(config).filter(([, value]) => value !== undefined)
  const faults = given.map(([name, value]) => faultOf(name, value)).filter((fault) => fault !== null)
  if (faults.length > 0) throw new TypeError(faults.join(' '))
  return { ...DEFAULTS, ...Object.fromEntries(given) }
}

function faultOf(name: string, value: unknown): string | null {
  if (!Object.hasOwn(KIND_OF, name)) return unknownName(name)
  const { expected, test } = KIND_OF[name as keyof FlaskConfig]
  return test(value) ? null : `${name}: expected ${expected}.`
}

function unknownName(name: string): string {
  const known = Object.keys(KIND_OF)
  const near = known.find(
    (one) => one.startsWith(name.slice(0, 14)) && Math.abs(one.length - name.length) < 3,
  )
  const meant = near ? ` Did you mean ${near}?` : ' Leave it out; hooks are options of createJwtManager.'
  return `${name}: Flask-JWT-Extended 4.7 has no such option.${meant}`
}

/** The locations of the settings as a list. */
export function locationsOf({ JWT_TOKEN_LOCATION: locations }: FlaskSettings): readonly string[] {
  return typeof locations === 'string' ? [locations] : locations
}

/** A leeway in seconds, with its fraction. */
export function leewayOf({ JWT_DECODE_LEEWAY: leeway }: FlaskSettings): number {
  return typeof leeway === 'number' ? leeway : secondsIn(leeway)
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

function secondsIn(duration: Exclude<Duration, number>): number {
  const unit = /[a-z]+$/.exec(duration)?.[0] ?? 's'
  return Number.parseFloat(duration) * (SECONDS[unit] ?? 1)
}

import type { Duration } from 'latchkey'

/** A place for tokens, as Flask-JWT-Extended calls it; our own name for `query_string` is `query`. */
export type FlaskLocation = 'headers' | 'cookies' | 'query_string' | 'json'

/** What Flask-JWT-Extended signs with, as far as we do; `none` and ES256K are not among them. */
export type FlaskAlgorithm = `${'HS' | 'RS' | 'PS' | 'ES'}${'256' | '384' | '512'}` | 'EdDSA'

/** A value of JSON. */
export type FlaskJson =
  | null
  | boolean
  | number
  | string
  | readonly FlaskJson[]
  | { readonly [name: string]: FlaskJson }

/**
 * The options of Flask-JWT-Extended 4.7, all 43 of them under their own names, and Flask's `SECRET_KEY`. Durations are
 * whole seconds or text like `'15m'`. What is left out, or `undefined`, has the default that it has there; `null` is
 * Python's `None`.
 */
export interface FlaskConfig {
  /** The fallback for `JWT_SECRET_KEY`. */
  readonly SECRET_KEY?: string | Uint8Array | null

  /** Life of access tokens; `false` for tokens without an end. @default '15m' */
  readonly JWT_ACCESS_TOKEN_EXPIRES?: Duration | false
  /** Life of refresh tokens; `false` for tokens without an end. @default '30d' */
  readonly JWT_REFRESH_TOKEN_EXPIRES?: Duration | false
  /** Signs, and decides which of the key options count. @default 'HS256' */
  readonly JWT_ALGORITHM?: FlaskAlgorithm
  /** Accepted besides `JWT_ALGORITHM`, as far as the same key can verify them; the two that we do not know are left out. @default null */
  readonly JWT_DECODE_ALGORITHMS?: readonly (FlaskAlgorithm | 'ES256K' | 'ES521')[] | null
  /** For HS256, HS384, HS512. @default null */
  readonly JWT_SECRET_KEY?: string | Uint8Array | null
  /** PEM as text or its bytes, for the other algorithms; without one tokens are only verified. @default null */
  readonly JWT_PRIVATE_KEY?: string | Uint8Array | null
  /** PEM. @default the public half of `JWT_PRIVATE_KEY` */
  readonly JWT_PUBLIC_KEY?: string | Uint8Array | null

  /** Where requests carry tokens, in this order. @default ['headers'] */
  readonly JWT_TOKEN_LOCATION?: FlaskLocation | readonly FlaskLocation[]
  /** The claim that holds the identity. @default 'sub' */
  readonly JWT_IDENTITY_CLAIM?: string
  /** Whether `sub` must be text. @default true */
  readonly JWT_VERIFY_SUB?: boolean
  /** Written to `aud`; nothing is written when it is empty. @default null */
  readonly JWT_ENCODE_AUDIENCE?: FlaskJson
  /** Written to `iss`; nothing is written when it is empty. @default null */
  readonly JWT_ENCODE_ISSUER?: FlaskJson
  /** One of these must be in `aud`; `null` does not look. @default null */
  readonly JWT_DECODE_AUDIENCE?: string | readonly string[] | null
  /** `iss` must be one of these; `null` does not look. @default null */
  readonly JWT_DECODE_ISSUER?: string | readonly string[] | null
  /** Clock difference that is forgiven for `exp`, `nbf` and `iat`. @default 0 */
  readonly JWT_DECODE_LEEWAY?: Duration
  /** Whether tokens carry `nbf`. @default true */
  readonly JWT_ENCODE_NBF?: boolean
  /** The member of an error body that holds the text. @default 'msg' */
  readonly JWT_ERROR_MESSAGE_KEY?: string

  /** @default 'Authorization' */
  readonly JWT_HEADER_NAME?: string
  /** The word before the token; `''` or `null` for a header that is the bare token. @default 'Bearer' */
  readonly JWT_HEADER_TYPE?: string | null
  /** @default 'jwt' */
  readonly JWT_QUERY_STRING_NAME?: string
  /** @default '' */
  readonly JWT_QUERY_STRING_VALUE_PREFIX?: string
  /** @default 'access_token' */
  readonly JWT_JSON_KEY?: string
  /** @default 'refresh_token' */
  readonly JWT_REFRESH_JSON_KEY?: string

  /** @default 'access_token_cookie' */
  readonly JWT_ACCESS_COOKIE_NAME?: string
  /** @default 'refresh_token_cookie' */
  readonly JWT_REFRESH_COOKIE_NAME?: string
  /** @default '/' */
  readonly JWT_ACCESS_COOKIE_PATH?: string
  /** @default '/' */
  readonly JWT_REFRESH_COOKIE_PATH?: string
  /** @default null */
  readonly JWT_COOKIE_DOMAIN?: string | null
  /** `'Strict'`, `'Lax'` or `'None'` in any letter case; `null` leaves the attribute out. @default null */
  readonly JWT_COOKIE_SAMESITE?: string | null
  /** @default false */
  readonly JWT_COOKIE_SECURE?: boolean
  /** Cookies that end with the browser; `false` keeps them for a year. @default true */
  readonly JWT_SESSION_COOKIE?: boolean
  /** Double submit: a claim `csrf` in every token, that must come again beside a cookie. @default true */
  readonly JWT_COOKIE_CSRF_PROTECT?: boolean
  /** Whether the double-submit value lies in readable cookies as well. @default true */
  readonly JWT_CSRF_IN_COOKIES?: boolean
  /** Methods that need the double-submit value, in upper case. @default ['POST', 'PUT', 'PATCH', 'DELETE'] */
  readonly JWT_CSRF_METHODS?: readonly string[]
  /** Whether a field of a form may carry the double-submit value. @default false */
  readonly JWT_CSRF_CHECK_FORM?: boolean
  /** @default 'X-CSRF-TOKEN' */
  readonly JWT_ACCESS_CSRF_HEADER_NAME?: string
  /** @default 'X-CSRF-TOKEN' */
  readonly JWT_REFRESH_CSRF_HEADER_NAME?: string
  /** @default 'csrf_token' */
  readonly JWT_ACCESS_CSRF_FIELD_NAME?: string
  /** @default 'csrf_token' */
  readonly JWT_REFRESH_CSRF_FIELD_NAME?: string
  /** @default 'csrf_access_token' */
  readonly JWT_ACCESS_CSRF_COOKIE_NAME?: string
  /** @default 'csrf_refresh_token' */
  readonly JWT_REFRESH_CSRF_COOKIE_NAME?: string
  /** @default '/' */
  readonly JWT_ACCESS_CSRF_COOKIE_PATH?: string
  /** @default '/' */
  readonly JWT_REFRESH_CSRF_COOKIE_PATH?: string
}

/** Every option with a value. */
export type FlaskSettings = { readonly [Name in keyof FlaskConfig]-?: Exclude<FlaskConfig[Name], undefined> }

export const DEFAULTS: FlaskSettings = {
  SECRET_KEY: null,
  JWT_ACCESS_TOKEN_EXPIRES: '15m',
  JWT_REFRESH_TOKEN_EXPIRES: '30d',
  JWT_ALGORITHM: 'HS256',
  JWT_DECODE_ALGORITHMS: null,
  JWT_SECRET_KEY: null,
  JWT_PRIVATE_KEY: null,
  JWT_PUBLIC_KEY: null,
  JWT_TOKEN_LOCATION: ['headers'],
  JWT_IDENTITY_CLAIM: 'sub',
  JWT_VERIFY_SUB: true,
  JWT_ENCODE_AUDIENCE: null,
  JWT_ENCODE_ISSUER: null,
  JWT_DECODE_AUDIENCE: null,
  JWT_DECODE_ISSUER: null,
  JWT_DECODE_LEEWAY: 0,
  JWT_ENCODE_NBF: true,
  JWT_ERROR_MESSAGE_KEY: 'msg',
  JWT_HEADER_NAME: 'Authorization',
  JWT_HEADER_TYPE: 'Bearer',
  JWT_QUERY_STRING_NAME: 'jwt',
  JWT_QUERY_STRING_VALUE_PREFIX: '',
  JWT_JSON_KEY: 'access_token',
  JWT_REFRESH_JSON_KEY: 'refresh_token',
  JWT_ACCESS_COOKIE_NAME: 'access_token_cookie',
  JWT_REFRESH_COOKIE_NAME: 'refresh_token_cookie',
  JWT_ACCESS_COOKIE_PATH: '/',
  JWT_REFRESH_COOKIE_PATH: '/',
  JWT_COOKIE_DOMAIN: null,
  JWT_COOKIE_SAMESITE: null,
  JWT_COOKIE_SECURE: false,
  JWT_SESSION_COOKIE: true,
  JWT_COOKIE_CSRF_PROTECT: true,
  JWT_CSRF_IN_COOKIES: true,
  JWT_CSRF_METHODS: ['POST', 'PUT', 'PATCH', 'DELETE'],
  JWT_CSRF_CHECK_FORM: false,
  JWT_ACCESS_CSRF_HEADER_NAME: 'X-CSRF-TOKEN',
  JWT_REFRESH_CSRF_HEADER_NAME: 'X-CSRF-TOKEN',
  JWT_ACCESS_CSRF_FIELD_NAME: 'csrf_token',
  JWT_REFRESH_CSRF_FIELD_NAME: 'csrf_token',
  JWT_ACCESS_CSRF_COOKIE_NAME: 'csrf_access_token',
  JWT_REFRESH_CSRF_COOKIE_NAME: 'csrf_refresh_token',
  JWT_ACCESS_CSRF_COOKIE_PATH: '/',
  JWT_REFRESH_CSRF_COOKIE_PATH: '/',
}

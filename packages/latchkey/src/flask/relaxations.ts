import type { FlaskSettings } from './options.ts'
import { locationsOf } from './settings.ts'

/** Says that something is looser than our own defaults, and which option ends that. */
export type Warn = (message: string) => void

/** What tokens may turn out to be only while the program runs; each is said once. */
export interface Relaxations {
  /** A token was issued with a life of zero. */
  noteZeroLifetime(): void
  /** A token was issued whose `sub` is not text. */
  noteSubject(): void
}

/** Where warnings go unless somebody asks for them. */
export const emitWarning: Warn = (message) => process.emitWarning(message, { type: 'LatchkeyFlaskWarning' })

/** Warns of everything that the settings leave looser than our own defaults, once each. */
export function warnOfRelaxations(settings: FlaskSettings, warn: Warn): Relaxations {
  for (const message of [...looseTokens(settings), ...looseTransport(settings)]) warn(message)
  return {
    noteZeroLifetime: once(() =>
      warn(
        'A token was issued with a life of 0: it is over at once here, but never in Flask-JWT-Extended. ' +
          'Give JWT_ACCESS_TOKEN_EXPIRES, JWT_REFRESH_TOKEN_EXPIRES or expiresIn at least a second.',
      ),
    ),
    noteSubject: once(() =>
      warn(
        'A token was issued whose "sub" is not text, and will be refused when it comes back. ' +
          'Pass String(identity), or set the option identityOf.',
      ),
    ),
  }
}

function looseTokens(settings: FlaskSettings): string[] {
  const found = [
    'Tokens without "exp" are accepted and never end. ' +
      "The option acceptClaims: ({ exp }) => typeof exp === 'number' of createJwtManager ends this.",
    'Claims of hooks and calls override the built-in ones, a claim that occurs twice counts with its last value, and ' +
      'the header "typ" is not needed. Leaving out the option rules of createJwtManager ends this.',
  ]
  for (const name of ['JWT_ACCESS_TOKEN_EXPIRES', 'JWT_REFRESH_TOKEN_EXPIRES'] as const) {
    if (settings[name] === false)
      found.push(`${name}: tokens are issued that never end. A duration there ends this.`)
  }
  if (!settings.JWT_VERIFY_SUB)
    found.push('JWT_VERIFY_SUB: the "sub" of a token may be anything, such as a number. true ends this.')
  if (settings.JWT_DECODE_ISSUER === null)
    found.push('JWT_DECODE_ISSUER: tokens of any issuer are accepted. The name of yours there ends this.')
  if (settings.JWT_DECODE_AUDIENCE === null)
    found.push(
      'JWT_DECODE_AUDIENCE: tokens meant for anybody are accepted. The name of yours there ends this.',
    )
  return found
}

function looseTransport(settings: FlaskSettings): string[] {
  const locations = locationsOf(settings)
  const found: string[] = []
  if (locations.includes('query_string'))
    found.push('JWT_TOKEN_LOCATION: tokens in URLs end up in logs. Leaving out "query_string" ends this.')
  if (!locations.includes('cookies')) return found
  if (!settings.JWT_COOKIE_SECURE)
    found.push('JWT_COOKIE_SECURE: cookies with tokens travel over plain http as well. true ends this.')
  if (settings.JWT_COOKIE_SAMESITE === null)
    found.push("JWT_COOKIE_SAMESITE: cookies with tokens have no SameSite. 'Strict' or 'Lax' ends this.")
  if (!settings.JWT_COOKIE_CSRF_PROTECT)
    found.push('JWT_COOKIE_CSRF_PROTECT: a foreign page can use the cookies. true ends this.')
  const misspelt = settings.JWT_CSRF_METHODS.filter((method) => method !== method.toUpperCase())
  if (misspelt.length > 0)
    found.push(
      `JWT_CSRF_METHODS: ${misspelt.join(', ')} is no method, and protects nothing. Upper case ends this.`,
    )
  return found
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    act()
  }
}

import type { AuthError } from '../base/errors.ts'
import type { JoseHeader, ParseRules } from '../jwt/index.ts'
import type { Claims, TokenKind } from './claims.ts'

/** The session that a token belongs to, as far as a token says so. */
export interface SessionClaims {
  readonly sid: string
  /** Seconds. */
  readonly authTime: number
  readonly epoch: number
  /** Refresh tokens only. */
  readonly generation?: number
}

/** What a token shall say, before the rules give it its form. */
export interface Draft {
  readonly kind: TokenKind
  /** What the application calls the user. Strict rules take a non-empty string only. */
  readonly identity: unknown
  /** What the application passed for it, before `identityOf`. @default the identity */
  readonly user?: unknown
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds; `null` for a token that never expires. */
  readonly lifetime: number | null
  readonly fresh?: boolean | number
  readonly scope?: string
  readonly session?: SessionClaims
  /** Of the `claims` hook and of the call. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
}

/** What a token must be to pass. */
export interface Expectation {
  /** `null` takes either kind. */
  readonly kind: TokenKind | null
  /** `exp` does not decide, but must be a number. @default false */
  readonly allowExpired?: boolean
  /** No time decides: the store's row does (sessions.md R8). They must be numbers. @default false */
  readonly ignoreTimes?: boolean
  /** Must equal the claim `csrf`. */
  readonly csrf?: string
  /** Check the signature anew, however well known the token is. @default false */
  readonly uncached?: boolean
}

/**
 * How the tokens of one issuer are written and judged, beyond form and signature. There are two sets of rules: the
 * strict ones, and those of the Flask-JWT-Extended dialect.
 */
export interface TokenRules {
  readonly parse: ParseRules
  /** The claim that holds the identity. @default 'sub' */
  readonly identityClaim?: string
  /** @throws {TypeError} when the caller asks for what these rules forbid; a dialect's refusal where its peer has one */
  write(draft: Draft): { readonly header: Record<string, unknown>; readonly claims: Record<string, unknown> }
  /**
   * The claims, or why the token is refused: `invalid_token`, `expired_token`, `wrong_token_type`, `csrf_failed`. Such
   * a refusal may be thrown as well; where it is answered, refusing costs no more than accepting.
   *
   * @param claims of a verified payload
   * @param now seconds since the epoch, may have a fraction
   */
  judge(
    header: JoseHeader,
    claims: Record<string, unknown>,
    expectation: Expectation,
    now: number,
  ): Claims | AuthError
  /** Words the refusal of a token whose form or signature does not hold. The token stays refused. */
  reword?(token: unknown, error: AuthError): AuthError
}

/** What a token is for. Each is refused where the other is asked. */
export type TokenKind = 'access' | 'refresh'

/** The header's `typ` of each kind. RFC 9068 names the access token's; ours for the refresh token follows it. */
export const TYP: Readonly<Record<TokenKind, string>> = { access: 'at+jwt', refresh: 'rt+jwt' }

/**
 * The verified payload of a token. Names are the registered ones: RFC 7519 (`iss sub aud exp nbf iat jti`), OIDC
 * (`sid`, `auth_time`), RFC 8693 (`scope`); `type`, `fresh` and `csrf` are Flask-JWT-Extended's, `gen` and `uep`
 * ours. Times are in seconds since the epoch.
 */
export interface Claims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly iat: number
  readonly nbf?: number
  readonly exp: number
  readonly jti: string
  readonly type: string
  /** True right after a proof of identity; a number is the time until which the token counts as fresh. */
  readonly fresh?: boolean | number
  /** The session that the token belongs to; absent in tokens of `createJwtManager`. */
  readonly sid?: string
  /** When the user last proved who they are. */
  readonly auth_time?: number
  /** Space-separated. */
  readonly scope?: string
  /** The double-submit value that must come with a cookie. */
  readonly csrf?: string
  /** Refresh tokens of sessions: which rotation it belongs to. */
  readonly gen?: number
  /** The subject's epoch when the token was minted. */
  readonly uep?: number
  readonly [claim: string]: unknown
}

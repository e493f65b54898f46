import type { Session } from '../store/store.ts'
import type { Authenticator } from './principal.ts'

/** An access token and the refresh token that renews it. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds until the access token expires. */
  readonly expiresIn: number
  /** Seconds until the refresh token expires: the idle end of the session. */
  readonly refreshExpiresIn: number
  readonly sessionId: string
}

/** What is known of the device that signs in or refreshes; shown in lists of sessions and in events. */
export interface Device {
  readonly userAgent?: string | null
  readonly address?: string | null
  readonly label?: string | null
}

/** Sessions for users kept elsewhere. */
export interface Sessions<U = unknown> extends Authenticator<U> {
  /** A new session, after your own proof of who this is. */
  start(userId: string, device?: Device): Promise<TokenPair>
  /** Trades a refresh token for a new pair; within the grace a superseded one gets the same pair again. */
  refresh(refreshToken: string, device?: Device): Promise<TokenPair>
  /** Ends one session: refresh and access tokens together. Resolves to whether this call was the one that did. */
  end(sessionId: string, device?: Device): Promise<boolean>
  /**
   * Ends the session of a token, of either kind, expired or superseded: whoever holds it may end it. Resolves for
   * unknown and ended sessions too; rejects with `invalid_token` when the signature is not ours.
   */
  endByToken(token: string, device?: Device): Promise<void>
  /** Ends every session of a user, or every one but `keep`; resolves to how many. */
  endAll(userId: string, options?: { readonly keep?: string } & Device): Promise<number>
  /** The living sessions of a user, newest first. */
  list(userId: string): Promise<Session[]>
  /** The public keys, as `/.well-known/jwks.json` serves them. Empty with HMAC secrets. */
  jwks(): Promise<{ readonly keys: readonly object[] }>
}

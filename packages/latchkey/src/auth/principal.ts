import type { JoseHeader } from '../jwt/index.ts'
import type { Claims } from '../tokens/index.ts'
import type { Location, Transport } from './transport.ts'

/** Who makes this request. */
export interface Principal<U = unknown> {
  /** What the application calls the user: the token's `sub`. */
  readonly identity: string
  /** `null` for tokens that belong to no session. */
  readonly sessionId: string | null
  readonly claims: Claims
  /** What `loadUser` answered; `null` where nothing is loaded. */
  readonly user: U
  readonly header: JoseHeader
  /** Where the request carried the token; `null` outside a request. */
  readonly location: Location | null
}

/** What a caller must show beyond a valid token. */
export interface Requirement {
  /** Ask for the refresh token instead of the access token. @default false */
  readonly refresh?: boolean
  /** `false` takes tokens of either kind. @default true */
  readonly verifyType?: boolean
  /**
   * `true`: the claim `fresh`. A number: the identity was proved at most so many seconds ago.
   * @default false
   */
  readonly fresh?: boolean | number
  /** Every one of these (space-separated, or a list) must be among the token's. */
  readonly scope?: string | readonly string[]
  /** Do not ask whether the token was revoked. @default false */
  readonly skipRevocationCheck?: boolean
  /** Refuse with 503 already when revocation news are older than 5 s. @default false */
  readonly strict?: boolean
  /** Ask the store itself, at the price of a read: the bound after a revocation is 0 then (sessions.md V5). @default false */
  readonly direct?: boolean
  /** The double-submit value that came with the request: must equal the claim `csrf`. */
  readonly csrf?: string
}

/** The one thing an adapter needs. All four doors are one. */
export interface Authenticator<U = unknown> {
  /** Where requests carry their tokens, and how refusals are answered. */
  readonly transport: Transport
  /**
   * @param location where the request carried the token; ends up in the principal
   * @returns the principal, at once where no promise is needed; a caller awaits either
   * @throws {AuthError} (or rejects with it) when the token or the requirement does not hold
   */
  authenticate(
    token: string,
    requirement?: Requirement,
    location?: Location | null,
  ): Principal<U> | Promise<Principal<U>>
}

/** The principal that a door hands out: `PrincipalOf<typeof auth>`. */
export type PrincipalOf<A> = A extends Authenticator<infer U> ? Principal<U> : never

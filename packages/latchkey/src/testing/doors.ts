import type { Auth, Authenticator, Duration, JwtManager, Sessions } from 'latchkey'

/** How somebody signed in. */
export interface SignedIn {
  /** `false`: refreshed since, so that a route with `fresh: true` refuses. @default true */
  readonly fresh?: boolean
  /** How long ago the sign-in was. Needs the clock of `testAuth`. @default 0 */
  readonly ago?: Duration
  /** Where the headers carry the token. @default the first of the door's that is one of the two */
  readonly location?: 'headers' | 'cookies'
}

/** Somebody with an account. Who has none gets one; who has one signs in with the password. */
export interface WithAccount extends SignedIn {
  readonly username: string
  /** @default one that accounts made here have */
  readonly password?: string
  /** Space-separated. @default what the account has */
  readonly scope?: string
}

/** Somebody whom the application knows, by the id that it gave. */
export interface WithSession extends SignedIn {
  readonly identity: string
}

/** Somebody whom a manager issues tokens for: whatever its `createAccessToken` takes. */
export interface WithTokens<I> extends SignedIn {
  readonly identity: I
  /** Claims to add to the access token. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Whom a door can sign in. */
export type Who<A> = A extends Auth
  ? WithAccount | WithSession
  : A extends Sessions
    ? WithSession
    : A extends { createAccessToken(identity: infer I): unknown }
      ? WithTokens<I>
      : never

/** A door that issues tokens: all but the verifiers. */
export type Issuing = Authenticator &
  (Pick<Sessions, 'start'> | { createAccessToken(identity: never): Promise<string> })

/** The same, told apart. */
export type Door =
  | { readonly kind: 'accounts'; readonly auth: Auth }
  | { readonly kind: 'sessions'; readonly auth: Sessions }
  | { readonly kind: 'tokens'; readonly auth: JwtManager<unknown, unknown> }

/** @throws {TypeError} for what issues no tokens */
export function doorOf(auth: Authenticator): Door {
  if (has<Auth>(auth, 'register')) return { kind: 'accounts', auth }
  if (has<Sessions>(auth, 'start')) return { kind: 'sessions', auth }
  if (has<JwtManager<unknown, unknown>>(auth, 'createAccessToken')) return { kind: 'tokens', auth }
  throw new TypeError(
    'testAuth: expected what createAuth, createSessions or createJwtManager made, or a function that makes it. ' +
      'A verifier issues no tokens; testIssuer does that for it.',
  )
}

const has = <A extends Authenticator>(auth: Authenticator, verb: keyof A & string): auth is A =>
  typeof (auth as Partial<A>)[verb] === 'function'

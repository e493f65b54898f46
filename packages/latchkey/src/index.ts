export type { AdoptOptions } from './auth/adoption.ts'
export {
  type Account,
  type Auth,
  type AuthOptions,
  type AuthStatus,
  type Credentials,
  createAuth,
  type PasswordChange,
  type Registration,
} from './auth/auth.ts'
export type { VerifyHooks } from './auth/hooks.ts'
export { type Imported, type ImportedUser, requireImportable } from './auth/importing.ts'
export {
  createIntrospectingVerifier,
  type IntrospectingVerifier,
  type IntrospectingVerifierOptions,
} from './auth/introspecting-verifier.ts'
export {
  type AccessTokenOptions,
  createJwtManager,
  type JwtManager,
  type JwtManagerOptions,
  type RefreshTokenOptions,
} from './auth/jwt-manager.ts'
export type { KeyOptions } from './auth/keys.ts'
export type { RevocationOptions } from './auth/liveness.ts'
export type { PasswordOptions } from './auth/passwords.ts'
export type { Authenticator, Principal, PrincipalOf, Requirement } from './auth/principal.ts'
export type { RemoteFeedOptions } from './auth/remote-feed.ts'
export type { RemoteVerifier, RemoteVerifierOptions } from './auth/remote-verifier.ts'
export type { RevocationStatus } from './auth/revocation-check.ts'
export type { FeedPolicy, FeedReport } from './auth/revocation-feed.ts'
export type { RefreshOutcome, RefreshReporter } from './auth/rotation.ts'
export {
  createSessions,
  type Device,
  type SessionOptions,
  type SessionSettings,
  type Sessions,
  type SessionsStatus,
  type SignIn,
  type TokenPair,
} from './auth/sessions.ts'
export { resealKeys } from './auth/stored-keyring.ts'
export type { Limit, LimitOptions } from './auth/throttle.ts'
export type { Location, Problem, Transport, TransportOptions } from './auth/transport.ts'
export { usernameKeyOf } from './auth/usernames.ts'
export { createVerifier, type VerifierOptions } from './auth/verifier.ts'
export type { MaybePromise } from './base/chain.ts'
export type { Clock } from './base/clock.ts'
export type { Duration } from './base/duration.ts'
export { AuthError, type ErrorCode, type ErrorDetails } from './base/errors.ts'
export type { RowRules, Session, Store, User } from './store/store.ts'
export { type Claims, fixedKeyRing, type KeyRing, tokenOf, verifyingKeyRing } from './tokens/index.ts'

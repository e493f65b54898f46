export { blame, tokenOf } from './blame.ts'
export { type Claims, type TokenKind, TYP } from './claims.ts'
export {
  fixedKeyRing,
  type KeyRing,
  type SigningUse,
  type VerifyingUse,
  verifyingKeyRing,
} from './keyring.ts'
export { type RemoteKeyRing, type RemoteKeyRingOptions, remoteKeyRing } from './remote-keyring.ts'
export type { Draft, Expectation, SessionClaims, TokenRules } from './rules.ts'
export { type StrictRuleOptions, strictRules } from './strict-rules.ts'
export { createTokens, passedOf, type Tokens, type TokensOptions, type Verified } from './tokens.ts'
export { createVerifiedCache, type VerifiedCache } from './verified-cache.ts'

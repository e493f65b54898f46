import { type SigningKey, secretKey } from '../../src/jwt/index.ts'

/** Test data: a password that satisfies every rule, and a key. */
export const password = 'correct horse battery staple'
export const secret = 'a secret for these tests, 32 bytes and then some'
export const hs256: SigningKey = secretKey(secret)

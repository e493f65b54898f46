import { createHash } from 'node:crypto'
import { asTyped, type Recipe } from '../work.ts'
import { bcryptOf, bcryptRecipe } from './bcrypt.ts'

const BARE = 'bcrypt$'
const DIGESTED = 'bcrypt_sha256$'

/**
 * `bcrypt$$2b$12$…` and `bcrypt_sha256$$2b$12$…`, which hashes the hex digest of the password so that every byte counts.
 * Flask-Bcrypt with `BCRYPT_HANDLE_LONG_PASSWORDS` does the same and does not say so in the hash: put `bcrypt_sha256$` in
 * front of its hashes when they are imported.
 */
export function readDjangoBcrypt(stored: string): readonly Recipe[] | null {
  if (stored.startsWith(BARE)) return bcryptRecipe(bcryptOf(stored.slice(BARE.length)))
  if (stored.startsWith(DIGESTED)) return bcryptRecipe(bcryptOf(stored.slice(DIGESTED.length)), hexDigest)
  return null
}

function hexDigest(password: string): Uint8Array {
  return Buffer.from(createHash('sha256').update(asTyped(password)).digest('hex'))
}

import type { Argon2Work, Recipe } from '../work.ts'
import { argon2Of, writePhcArgon2 } from './phc-argon2.ts'
import { digestsOf, type SaltedDigest } from './salted-digest.ts'

const SHAPE =
  /^latchkey-wrapped\$(md5|sha1|sha224|sha256|sha384|sha512)\$([^$]{0,256})(\$argon2id\$.{1,512})$/

/**
 * `latchkey-wrapped$<algorithm>$<salt>$argon2id$…`: argon2id over the bytes of an old digest. Algorithm and salt say how
 * to make that digest of a password; the digest itself is no longer stored.
 */
export function readWrapped(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, algorithm = '', salt = '', phc = ''] = parts
  const outer = argon2Of(phc)
  return outer && digestsOf({ algorithm, salt }).map((input) => ({ ...outer, input, ours: false }))
}

export function writeWrapped({ algorithm, salt }: SaltedDigest, work: Argon2Work, sum: Uint8Array): string {
  return `latchkey-wrapped$${algorithm}$${salt}${writePhcArgon2(work, sum)}`
}

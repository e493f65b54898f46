import { decodeBcrypt } from '../base64.ts'
import { asTyped, type BcryptWork, type Recipe } from '../work.ts'

// `$2x$` marks hashes of a broken implementation; taking it for the others would verify a different password.
const SHAPE = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/

/** What a hash of bcrypt holds. */
export interface Bcrypt {
  readonly work: BcryptWork
  readonly expected: Uint8Array
}

/** `$2b$12$<salt><sum>`, also `$2a$` and `$2y$`: bcrypt as everybody stores it. Only the first 72 bytes count. */
export function readBcrypt(stored: string): readonly Recipe[] | null {
  return bcryptRecipe(bcryptOf(stored))
}

export function bcryptOf(stored: string): Bcrypt | null {
  return bcryptFrom(SHAPE.exec(stored))
}

/** @param parts cost, salt and sum as a pattern found them, for the formats that spell them differently */
export function bcryptFrom(parts: readonly string[] | null): Bcrypt | null {
  if (!parts) return null
  const [, cost, salt = '', sum = ''] = parts
  return {
    work: { kind: 'bcrypt', cost: Number(cost), salt: decodeBcrypt(salt) },
    expected: Buffer.from(sum),
  }
}

/** @param input what is hashed in the place of the password, where a format digests it first */
export function bcryptRecipe(
  bcrypt: Bcrypt | null,
  input: Recipe['input'] = withoutZero,
): readonly Recipe[] | null {
  return bcrypt && [{ ...bcrypt, input, ours: false }]
}

/** bcrypt ends a password with a zero byte and starts again: with one inside, different passwords are the same to it. */
function withoutZero(password: string): Uint8Array | null {
  return password.includes('\0') ? null : asTyped(password)
}

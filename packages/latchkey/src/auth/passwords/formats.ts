import { readBcrypt } from './formats/bcrypt.ts'
import { readBetterAuth } from './formats/better-auth.ts'
import { readDjangoArgon2 } from './formats/django-argon2.ts'
import { readDjangoBcrypt } from './formats/django-bcrypt.ts'
import { readDjangoPbkdf2 } from './formats/django-pbkdf2.ts'
import { readDjangoScrypt } from './formats/django-scrypt.ts'
import { readPasslibBcryptSha256 } from './formats/passlib-bcrypt-sha256.ts'
import { readPasslibPbkdf2 } from './formats/passlib-pbkdf2.ts'
import { readPhcArgon2 } from './formats/phc-argon2.ts'
import { readPhcScrypt } from './formats/phc-scrypt.ts'
import { readSaltedDigest } from './formats/salted-digest.ts'
import { readWerkzeugPbkdf2 } from './formats/werkzeug-pbkdf2.ts'
import { readWerkzeugScrypt } from './formats/werkzeug-scrypt.ts'
import { readWrapped } from './formats/wrapped.ts'
import { isAffordable, type Recipe } from './work.ts'

/** Nothing that anybody stores is longer, and every pattern stays quick on it (P-15). */
const MAX_LENGTH = 1024

interface Format {
  readonly name: string
  /** How the password is checked, one recipe for each way to read the hash; `null` when it is not of this format. */
  readonly read: (stored: string) => readonly Recipe[] | null
}

/** Every format that is understood. No hash has two of these shapes, so their order is of no importance. */
const FORMATS: readonly Format[] = [
  { name: 'argon2', read: readPhcArgon2 },
  { name: 'scrypt', read: readPhcScrypt },
  { name: 'bcrypt', read: readBcrypt },
  { name: 'wrapped digest', read: readWrapped },
  { name: 'Werkzeug scrypt', read: readWerkzeugScrypt },
  { name: 'Werkzeug pbkdf2', read: readWerkzeugPbkdf2 },
  { name: 'salted digest', read: readSaltedDigest },
  { name: 'Django pbkdf2', read: readDjangoPbkdf2 },
  { name: 'Django scrypt', read: readDjangoScrypt },
  { name: 'Django argon2', read: readDjangoArgon2 },
  { name: 'Django bcrypt', read: readDjangoBcrypt },
  { name: 'Passlib pbkdf2', read: readPasslibPbkdf2 },
  { name: 'Passlib bcrypt_sha256', read: readPasslibBcryptSha256 },
  { name: 'better-auth scrypt', read: readBetterAuth },
]

/** A stored hash whose format is known. */
export interface KnownHash {
  readonly format: string
  readonly recipes: readonly Recipe[]
  /** Whether it asks for no more work than it may. */
  readonly affordable: boolean
}

/** @returns `null` when the hash is of no format that is understood */
export function recognize(stored: string): KnownHash | null {
  if (stored.length > MAX_LENGTH) return null
  for (const { name, read } of FORMATS) {
    const recipes = read(stored)
    if (recipes) return { format: name, recipes, affordable: recipes.every(isRecipeAffordable) }
  }
  return null
}

/** The ways to check a password against a stored hash; none when it is unknown, malformed or asks for too much work. */
export function readHash(stored: string): readonly Recipe[] {
  const known = recognize(stored)
  return known?.affordable ? known.recipes : []
}

function isRecipeAffordable({ work }: Recipe): boolean {
  return work === null || isAffordable(work)
}

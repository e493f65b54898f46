import { readPhcArgon2 } from './formats/phc-argon2.ts'
import { readPhcScrypt } from './formats/phc-scrypt.ts'
import { isAffordable, type Recipe } from './work.ts'

/** Nothing that anybody stores is longer, and every pattern below stays quick on it. */
const MAX_LENGTH = 1024

interface Format {
  readonly name: string
  /** How the password is checked, one recipe for each way to read the hash; `null` when it is not of this format. */
  readonly read: (stored: string) => readonly Recipe[] | null
}

/** Every format that is understood. Their shapes differ, so the order is of no importance. */
const FORMATS: readonly Format[] = [
  { name: 'argon2', read: readPhcArgon2 },
  { name: 'scrypt', read: readPhcScrypt },
]

/** The ways to check a password against a stored hash; none when it is unknown, malformed or asks for too much work. */
export function readHash(stored: string): readonly Recipe[] {
  if (stored.length > MAX_LENGTH) return []
  for (const { read } of FORMATS) {
    const recipes = read(stored)
    if (recipes) return recipes.every(({ work }) => work === null || isAffordable(work)) ? recipes : []
  }
  return []
}

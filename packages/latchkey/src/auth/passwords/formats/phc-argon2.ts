import { decodePlain, encodePlain } from '../base64.ts'
import { type Argon2Work, asTyped, composed, type Recipe } from '../work.ts'

const PHC =
  /^\$(argon2(?:id|i|d))\$(?:v=(16|19)\$)?m=(\d{1,10}),t=(\d{1,5}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/**
 * `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<sum>`: what we write, and what argon2-cffi, Passlib and pwdlib write. The two
 * cannot be told apart, so the password is tried as we hash it and as they do.
 *
 * @see https://github.com/P-H-C/phc-string-format
 */
export function readPhcArgon2(stored: string): readonly Recipe[] | null {
  const read = argon2Of(stored)
  if (!read) return null
  return [
    { ...read, input: composed, ours: true },
    { ...read, input: asTyped, ours: false },
  ]
}

/** The work and the result that a PHC string of argon2 names. */
export function argon2Of(
  stored: string,
): { readonly work: Argon2Work; readonly expected: Uint8Array } | null {
  const parts = PHC.exec(stored)
  if (!parts) return null
  const [, variant, version = '16', memory, passes, parallelism, salt = '', sum = ''] = parts
  const [saltBytes, expected] = [decodePlain(salt), decodePlain(sum)]
  if (!isVariant(variant) || !expected || !saltBytes) return null
  const work: Argon2Work = {
    kind: 'argon2',
    variant,
    version: Number(version),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: saltBytes,
    length: expected.length,
  }
  return isPossible(work) ? { work, expected } : null
}

export function writePhcArgon2(work: Argon2Work, sum: Uint8Array): string {
  const { variant, version, memory, passes, parallelism, salt } = work
  const costs = `m=${memory},t=${passes},p=${parallelism}`
  return `$${variant}$v=${version}$${costs}$${encodePlain(salt)}$${encodePlain(sum)}`
}

/** RFC 9106, section 3.1. */
function isPossible({ memory, passes, parallelism, salt }: Argon2Work): boolean {
  return passes >= 1 && parallelism >= 1 && memory >= 8 * parallelism && salt.length >= 8
}

function isVariant(name: string | undefined): name is Argon2Work['variant'] {
  return name === 'argon2id' || name === 'argon2i' || name === 'argon2d'
}

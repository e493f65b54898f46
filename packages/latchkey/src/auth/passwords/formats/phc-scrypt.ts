import { decodePlain, encodePlain } from '../base64.ts'
import { asTyped, composed, type Recipe, type ScryptWork } from '../work.ts'

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{0,86})\$([A-Za-z0-9+/]{22,86})$/

/**
 * `$scrypt$ln=17,r=8,p=1$<salt>$<sum>`: what we write where there is no argon2 (P-06), and what Passlib writes. The two
 * cannot be told apart, so the password is tried as we hash it and as Passlib does.
 */
export function readPhcScrypt(stored: string): readonly Recipe[] | null {
  const parts = PHC.exec(stored)
  if (!parts) return null
  const [, ln, r, p, salt = '', sum = ''] = parts
  const [saltBytes, expected] = [decodePlain(salt), decodePlain(sum)]
  if (!expected || !saltBytes) return null
  const work: ScryptWork = {
    kind: 'scrypt',
    N: 2 ** Number(ln),
    r: Number(r),
    p: Number(p),
    salt: saltBytes,
    length: expected.length,
  }
  if (work.N < 2 || work.r < 1 || work.p < 1) return null
  return [
    { work, expected, input: composed, ours: true },
    { work, expected, input: asTyped, ours: false },
  ]
}

export function writePhcScrypt({ N, r, p, salt }: ScryptWork, sum: Uint8Array): string {
  return `$scrypt$ln=${Math.log2(N)},r=${r},p=${p}$${encodePlain(salt)}$${encodePlain(sum)}`
}

import { decodePadded } from '../base64.ts'
import { asTyped, type Recipe } from '../work.ts'

const SHAPE = /^scrypt\$(\d{1,9})\$([^$]{1,256})\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]{22,86}={0,2})$/

/** `scrypt$16384$<salt>$8$5$<base64>`: N, salt, r, p. The salt is text. */
export function readDjangoScrypt(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, N, salt = '', r, p, sum = ''] = parts
  const expected = decodePadded(sum)
  if (!expected) return null
  const costs = { N: Number(N), r: Number(r), p: Number(p) }
  const work = { kind: 'scrypt', ...costs, salt: Buffer.from(salt), length: expected.length } as const
  return [{ input: asTyped, work, expected, ours: false }]
}

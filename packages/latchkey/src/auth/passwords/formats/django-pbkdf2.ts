import { decodePadded } from '../base64.ts'
import { asTyped, type Recipe } from '../work.ts'

const SHAPE = /^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]{1,256})\$([A-Za-z0-9+/]{22,86}={0,2})$/

/** `pbkdf2_sha256$1000000$<salt>$<base64>`: Django's default. The salt is text. */
export function readDjangoPbkdf2(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, digest = '', rounds, salt = '', sum = ''] = parts
  const expected = decodePadded(sum)
  if (!expected) return null
  const costs = { digest, rounds: Number(rounds), length: expected.length }
  const work = { kind: 'pbkdf2', ...costs, salt: Buffer.from(salt) } as const
  return [{ input: asTyped, work, expected, ours: false }]
}

import { asTyped, type Recipe } from '../work.ts'

const SHAPE =
  /^pbkdf2:(md5|sha1|sha224|sha256|sha384|sha512):(\d{1,9})\$([^$]{1,256})\$((?:[0-9a-f]{2}){16,64})$/

/** `pbkdf2:sha256:1000000$<salt>$<hex>`: Werkzeug's default from 0.9 to 2.3, with ever more rounds. The salt is text. */
export function readWerkzeugPbkdf2(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, digest = '', rounds, salt = '', hex = ''] = parts
  const expected = Buffer.from(hex, 'hex')
  const costs = { digest, rounds: Number(rounds), length: expected.length }
  const work = { kind: 'pbkdf2', ...costs, salt: Buffer.from(salt) } as const
  return [{ input: asTyped, work, expected, ours: false }]
}

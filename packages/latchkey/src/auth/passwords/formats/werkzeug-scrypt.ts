import { asTyped, type Recipe } from '../work.ts'

const SHAPE = /^scrypt:(\d{1,9}):(\d{1,4}):(\d{1,4})\$([^$]{1,256})\$([0-9a-f]{128})$/

/** `scrypt:32768:8:1$<salt>$<hex>`: the default of Werkzeug since 3.0. The salt is text. */
export function readWerkzeugScrypt(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, N, r, p, salt = '', hex = ''] = parts
  const expected = Buffer.from(hex, 'hex')
  const costs = { N: Number(N), r: Number(r), p: Number(p) }
  const work = { kind: 'scrypt', ...costs, salt: Buffer.from(salt), length: expected.length } as const
  return [{ input: asTyped, work, expected, ours: false }]
}

import type { Recipe } from '../work.ts'

const SHAPE = /^([0-9a-f]{32}):([0-9a-f]{128})$/
const COSTS = { N: 16_384, r: 16, p: 1 } as const

/** `<32 hex>:<128 hex>`: better-auth. The salt is the hex text itself, the password is in NFKC. */
export function readBetterAuth(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, salt = '', hex = ''] = parts
  const expected = Buffer.from(hex, 'hex')
  const work = { kind: 'scrypt', ...COSTS, salt: Buffer.from(salt), length: expected.length } as const
  return [{ input: compatible, work, expected, ours: false }]
}

function compatible(password: string): Uint8Array {
  return Buffer.from(password.normalize('NFKC'))
}

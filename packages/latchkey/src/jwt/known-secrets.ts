import { createHash } from 'node:crypto'
import { KNOWN_SECRETS } from './known-secrets.data.ts'

const PREFIX = 8
let prefixes: ReadonlySet<string> | null = null

/** Whether a secret is on public lists: compared by the first eight bytes of its SHA-256. */
export function isKnownSecret(secret: Uint8Array): boolean {
  prefixes ??= readPrefixes()
  return prefixes.has(createHash('sha256').update(secret).digest().toString('latin1', 0, PREFIX))
}

function readPrefixes(): ReadonlySet<string> {
  const all = Buffer.from(KNOWN_SECRETS, 'base64').toString('latin1')
  return new Set(
    Array.from({ length: all.length / PREFIX }, (_, index) =>
      all.slice(index * PREFIX, (index + 1) * PREFIX),
    ),
  )
}

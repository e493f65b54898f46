import { createHash } from 'node:crypto'

/**
 * Texts that are kept as the beginnings of their SHA-256: long lists stay short, and nobody reads them.
 *
 * @param packed digests of `bytes` bytes each, one behind the other, as base64; unpacked at the first question
 * @returns whether a text is one of them; of others one in 256 to the power of `bytes`, divided by how many there are, is
 *   taken for one
 */
export function createDigestSet(packed: string, bytes: number): (text: string | Uint8Array) => boolean {
  let digests: ReadonlySet<string> | null = null
  return (text) => {
    digests ??= unpack(packed, bytes)
    return digests.has(createHash('sha256').update(text).digest().toString('latin1', 0, bytes))
  }
}

function unpack(packed: string, bytes: number): ReadonlySet<string> {
  const all = Buffer.from(packed, 'base64').toString('latin1')
  return new Set(
    Array.from({ length: all.length / bytes }, (_, index) => all.slice(index * bytes, (index + 1) * bytes)),
  )
}

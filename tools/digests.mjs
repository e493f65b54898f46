import { createHash } from 'node:crypto'

/**
 * Texts as the beginnings of their SHA-256, each of `bytes` bytes, sorted and in base64, a hundred characters a line:
 * what `createDigestSet` reads.
 *
 * @param {readonly string[]} texts
 * @param {number} bytes
 */
export function packDigests(texts, bytes) {
  const digests = new Set(
    texts.map((text) =>
      createHash('sha256')
        .update(text)
        .digest('hex')
        .slice(0, 2 * bytes),
    ),
  )
  const packed = Buffer.from([...digests].toSorted().join(''), 'hex').toString('base64')
  return { count: digests.size, rows: packed.match(/.{1,104}/g) ?? [] }
}

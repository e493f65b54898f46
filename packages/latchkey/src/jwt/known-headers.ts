import type { JoseHeader } from './header.ts'
import type { Segments } from './token-bytes.ts'

/** A header that was read before, and its text. */
export interface KnownHeader {
  /** The first segment with its dot. */
  readonly text: string
  /** Of the segment alone. */
  readonly length: number
  readonly header: JoseHeader
}

/*
 * What a header says depends on its text alone, and an issuer writes the same few over and over. So those of tokens
 * that were signed or verified here are recognised instead of being read again. Strangers' headers never come in.
 */
const known: KnownHeader[] = []
const MOST = 8

/** The header that a token begins with, if it is a known one. */
export function knownHeader(token: string): KnownHeader | null {
  for (let at = 0; at < known.length; at++) {
    const one = known[at] as KnownHeader
    if (!token.startsWith(one.text)) continue
    if (at > 0) known.unshift(...known.splice(at, 1))
    return one
  }
  return null
}

/** Knows the header of a token from now on. It is shared from then on, so it is frozen. */
export function rememberHeader({ token, first }: Segments, header: JoseHeader): void {
  if (known[0]?.header === header || known.some((one) => one.header === header)) return
  known.unshift({ text: token.slice(0, first + 1), length: first, header: freezeAll(header) })
  if (known.length > MOST) known.pop()
}

function freezeAll<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freezeAll(member)
  return Object.freeze(value)
}

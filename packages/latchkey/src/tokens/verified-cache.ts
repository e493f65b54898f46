import type { JoseHeader, VerifyKey } from '../jwt/index.ts'

/** What the signature and the form of a token proved. Claim rules, times and revocation are judged on every use. */
export interface Proven {
  readonly header: JoseHeader
  readonly claims: Record<string, unknown>
  readonly key: VerifyKey
}

/**
 * Remembers tokens whose signature was checked, so that one that comes again costs a comparison.
 *
 * Why this is safe (T-21, I-41): an entry is found by the whole token, compared as text, and there is nothing a
 * caller could choose about it. What is kept is only what the bytes themselves prove, the signature under one key
 * and the parsed claims, frozen. The caller asks on every hit whether that key is still one to believe, and judges
 * kind, parties, times, requirement and revocation anew, as for a token never seen. The number of slots is fixed,
 * and so is the size of what goes into one.
 */
export interface VerifiedCache {
  find(token: string): Proven | null
  /** Offers a proven token; it is kept at the second offer, so that tokens seen once push nothing out. */
  offer(token: string, proven: Proven): void
}

interface Entry extends Proven {
  readonly token: string
}

/** Longer tokens are not kept: with the slots they bound the memory. */
const LONGEST = 2048

/** @param slots how many tokens are kept at most, rounded up to a power of two */
export function createVerifiedCache(slots = 4096): VerifiedCache {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(2, slots) / 2))
  const entries: (Entry | null)[] = new Array<Entry | null>(sets * 2).fill(null)
  // Eight tags a set: what is offered once is remembered long enough to be recognised the second time.
  const seen = new Uint32Array(sets * 8)
  const setOf = (mark: number): number => (mark & (sets - 1)) * 2

  return {
    find(token) {
      const at = setOf(markOf(token))
      const first = entries[at] as Entry | null
      if (first !== null && isSame(first.token, token)) return first
      const second = entries[at + 1] as Entry | null
      return second !== null && isSame(second.token, token) ? second : null
    },
    offer(token, proven) {
      if (token.length > LONGEST) return
      const mark = markOf(token)
      const tag = mark & (seen.length - 1)
      if (seen[tag] !== mark) {
        seen[tag] = mark
        return
      }
      const at = setOf(mark)
      // The newcomer takes the first way, and what was there the second: of two that alternate, both stay.
      entries[at + 1] = entries[at] as Entry | null
      entries[at] = { ...proven, token }
    },
  }
}

/** A number out of four characters of the signature, which nobody can choose without the key. */
function markOf(token: string): number {
  const end = token.length
  return (
    (SEXTET[token.charCodeAt(end - 2) & 127] as number) |
    ((SEXTET[token.charCodeAt(end - 3) & 127] as number) << 6) |
    ((SEXTET[token.charCodeAt(end - 4) & 127] as number) << 12) |
    ((SEXTET[token.charCodeAt(end - 5) & 127] as number) << 18) |
    ((SEXTET[token.charCodeAt(end - 6) & 127] as number) << 24)
  )
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SEXTET = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))))

/** Characters at the end of a token that are compared without leaving early: no signature is shorter. */
const TAIL = 43

/** T-20: how long it takes must not tell how much of a signature was guessed. */
function isSame(kept: string, token: string): boolean {
  if (kept.length !== token.length) return false
  let difference = 0
  for (let at = token.length - TAIL; at < token.length; at++) {
    difference |= kept.charCodeAt(at) ^ token.charCodeAt(at)
  }
  return difference === 0 && kept === token
}

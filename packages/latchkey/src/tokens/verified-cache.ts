import type { VerifyKey } from '../jwt/index.ts'
import type { Verified } from './tokens.ts'

/** What the signature and the form of a token proved. Claim rules, times and revocation are judged on every use. */
export interface Proven extends Verified {
  readonly key: VerifyKey
}

/**
 * Remembers tokens whose signature was checked, so that one that comes again costs a comparison.
 *
 * Why this is safe (T-21, I-41): an entry is found by the whole token, compared as text, and there is nothing a
 * caller could choose about it. What is kept is only what the bytes themselves prove, the signature under one key
 * and the parsed claims, frozen. The caller asks on every hit whether that key is still one to believe, and judges
 * kind, parties, times, requirement and revocation anew, as for a token never seen (revocation by whether anything was
 * revoked since the token was looked up last). The number of slots is fixed,
 * and so is the size of what goes into one.
 */
export interface VerifiedCache {
  /** `null` as well for what is no text, whatever the types say: its form is judged elsewhere. */
  find(token: unknown): Proven | null
  /** Offers a proven token; it is kept at the second offer, so that tokens seen once push nothing out. */
  offer(token: string, proven: Proven): void
}

/** Longer tokens are not kept: with the slots they bound the memory. */
const LONGEST = 2048

/** Slots of a set: so many that tokens in turn hardly ever push one another out while there is room elsewhere. */
const WAYS = 8

/** Of the signature, beside the first: 120 bits that must all be right before anything else of a token is compared. */
const WORDS = 4

/** @param slots how many tokens are kept at most, rounded up to a power of two */
export function createVerifiedCache(slots = 4096): VerifiedCache {
  const size = 2 ** Math.ceil(Math.log2(Math.max(WAYS, slots)))
  const tokens = new Array<string>(size).fill('')
  const entries: (Proven | null)[] = new Array<Proven | null>(size).fill(null)
  const marks = new Uint32Array(size)
  const proofs = new Uint32Array(size * WORDS)
  // Two tags a slot, in fours: what is offered once is remembered long enough to be recognised the second time, also
  // where others of the same place come in between.
  const seen = new Uint32Array(size * 2)
  const setOf = (mark: number): number => (mark & (size / WAYS - 1)) * WAYS

  /** T-20: how long it takes must not tell how much of a signature was guessed. All of the words hold, or none does. */
  function isProved(at: number, token: string): boolean {
    let difference = 0
    for (let word = 0; word < WORDS; word++) {
      difference |= (proofs[at * WORDS + word] as number) ^ wordOf(token, word + 1)
    }
    return difference === 0
  }

  return {
    find(token) {
      if (typeof token !== 'string') return null
      const mark = wordOf(token, 0)
      const start = setOf(mark)
      for (let at = start; at < start + WAYS; at++) {
        if (marks[at] === mark && isProved(at, token) && tokens[at] === token)
          return entries[at] as Proven | null
      }
      return null
    },
    offer(token, proven) {
      if (token.length > LONGEST) return
      const mark = wordOf(token, 0)
      const tag = (mark << 2) & (seen.length - 1)
      if (seen[tag] !== mark && seen[tag + 1] !== mark && seen[tag + 2] !== mark && seen[tag + 3] !== mark) {
        seen[tag + 3] = seen[tag + 2] as number
        seen[tag + 2] = seen[tag + 1] as number
        seen[tag + 1] = seen[tag] as number
        seen[tag] = mark
        return
      }
      // The newcomer comes first, and the oldest of the set goes.
      const at = setOf(mark)
      for (const list of [tokens, entries, marks]) list.copyWithin(at + 1, at, at + WAYS - 1)
      proofs.copyWithin((at + 1) * WORDS, at * WORDS, (at + WAYS - 1) * WORDS)
      tokens[at] = ownCopyOf(token)
      entries[at] = proven
      marks[at] = mark
      for (let word = 0; word < WORDS; word++) proofs[at * WORDS + word] = wordOf(token, word + 1)
    },
  }
}

/**
 * A number out of five characters of the signature, which nobody can choose without the key: the first such word is
 * that of its end, the others come before it. The last three are left out: of some algorithms they are nearly always
 * the same.
 */
function wordOf(token: string, word: number): number {
  const end = token.length - 4 - 5 * word
  return (
    (SEXTET[token.charCodeAt(end) & 127] as number) |
    ((SEXTET[token.charCodeAt(end - 1) & 127] as number) << 6) |
    ((SEXTET[token.charCodeAt(end - 2) & 127] as number) << 12) |
    ((SEXTET[token.charCodeAt(end - 3) & 127] as number) << 18) |
    ((SEXTET[token.charCodeAt(end - 4) & 127] as number) << 24)
  )
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SEXTET = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
)

/** A token is often a piece of a header, whose text it would keep alive; a piece is slower to compare, too. */
function ownCopyOf(token: string): string {
  return Buffer.from(token, 'latin1').toString('latin1')
}

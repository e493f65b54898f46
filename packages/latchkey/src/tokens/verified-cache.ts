import type { VerifyKey } from '../jwt/index.ts'
import type { Expectation, TokenRules } from './rules.ts'
import type { Verified } from './tokens.ts'

/**
 * What the signature and the form of a token proved. Claim rules, times and revocation are judged on every use; where
 * the rules say how long a verdict stands, by that.
 */
export interface Proven extends Verified {
  readonly key: VerifyKey
  /** Those that read it: by others it has to be read anew. */
  readonly rules: TokenRules
  /** For whom the claims passed last. */
  passedFor: Expectation | null
  /** Seconds: within these a verdict for the same stands. */
  passedFrom: number
  passedUntil: number
}

/**
 * Remembers tokens whose signature was checked, so that one that comes again costs a comparison.
 *
 * Why this is safe (T-21, I-41): an entry is found by the whole token, compared as text together with what stood
 * before it in its header, and there is nothing a caller could choose about it. What is kept is what the bytes
 * themselves prove, the signature under one key and the parsed claims, frozen, and between which times the rules'
 * answer to them stands. The caller asks on every hit whether that key is still one to believe, whether the rules are
 * the same and whether it is still that time, asks them anew where it is not or something else is asked, and judges
 * requirement and revocation as for a token never seen (revocation by whether anything was revoked since the token was
 * looked up last). The number of slots is fixed, and so is the size of what goes into one.
 */
export interface VerifiedCache {
  /**
   * `null` as well for what is no text, whatever the types say: its form is judged elsewhere.
   *
   * @param text which the token is the end of: compared in its place, see `base/piece.ts`
   */
  find(token: unknown, text?: string): Proven | null
  /** Offers a proven token; it is kept at the second offer, so that tokens seen once push nothing out. */
  offer(token: string, proven: Proven, text?: string): void
}

/** Longer texts are not kept: with the slots they bound the memory. */
const LONGEST = 2048

/** Slots of a set: so many that tokens in turn hardly ever push one another out while there is room elsewhere. */
const WAYS = 8

/** What is held of a token, side by side: three more words of its signature, and from there on: */
const WORDS = 3
/** where the token begins in a text, */
const START = WORDS
/** that text, */
const TEXT = WORDS + 1
/** and what is proven of the token. */
const PROVEN = WORDS + 2
const STRIDE = WORDS + 3

/** @param slots how many tokens are kept at most, rounded up to a power of two */
export function createVerifiedCache(slots = 4096): VerifiedCache {
  const size = 2 ** Math.ceil(Math.log2(Math.max(WAYS, slots)))
  // The first word of each, close together: what is not there is not looked for further.
  const marks = new Uint32Array(size)
  // All else in one list and not in one for each kind: of tokens in turn nearly all comes from far away in memory, and
  // how often something has to be fetched from there is what a hit costs.
  const held = new Array<number | string | Proven>(size * STRIDE).fill(0)
  // Two tags a slot, in fours: what is offered once is remembered long enough to be recognised the second time, also
  // where others of the same place come in between.
  const seen = new Uint32Array(size * 2)
  const setOf = (mark: number): number => (placeOf(mark) & (size / WAYS - 1)) * WAYS

  /**
   * T-20: how long it takes must not tell how much of a signature was guessed. The mark holds 24 bits of it; of the 72
   * in the other words all are right, or nothing else is compared.
   */
  function isAt(at: number, text: string, start: number): boolean {
    const difference =
      ((held[at] as number) ^ wordOf(text, 1)) |
      ((held[at + 1] as number) ^ wordOf(text, 2)) |
      ((held[at + 2] as number) ^ wordOf(text, 3)) |
      ((held[at + START] as number) ^ start)
    return difference === 0 && held[at + TEXT] === text
  }

  return {
    find(token, text = token as string) {
      if (typeof token !== 'string') return null
      const mark = wordOf(text, 0)
      const set = setOf(mark)
      for (let slot = set; slot < set + WAYS; slot++) {
        if (marks[slot] === mark && isAt(slot * STRIDE, text, text.length - token.length))
          return held[slot * STRIDE + PROVEN] as Proven
      }
      return null
    },
    offer(token, proven, text = token) {
      if (text.length > LONGEST) return
      const mark = wordOf(text, 0)
      const tag = (placeOf(mark) << 2) & (seen.length - 1)
      if (seen[tag] !== mark && seen[tag + 1] !== mark && seen[tag + 2] !== mark && seen[tag + 3] !== mark) {
        // Written out: this happens for every token that is new, and `copyWithin` takes longer.
        seen[tag + 3] = seen[tag + 2] as number
        seen[tag + 2] = seen[tag + 1] as number
        seen[tag + 1] = seen[tag] as number
        seen[tag] = mark
        return
      }
      // The newcomer comes first, and the oldest of the set goes.
      const slot = setOf(mark)
      const at = slot * STRIDE
      marks.copyWithin(slot + 1, slot, slot + WAYS - 1)
      held.copyWithin(at + STRIDE, at, at + (WAYS - 1) * STRIDE)
      marks[slot] = mark
      for (let word = 0; word < WORDS; word++) held[at + word] = wordOf(text, word + 1)
      held[at + START] = text.length - token.length
      held[at + TEXT] = ownCopyOf(text)
      held[at + PROVEN] = proven
    },
  }
}

/** Spreads what is not spread evenly: a word has only the codes of some characters in it. */
function placeOf(mark: number): number {
  return Math.imul(mark, 0x9e3779b1) >>> 7
}

/**
 * A number out of four characters of the signature, which nobody can choose without the key: the first such word is
 * that of its end, the others come before it. The last three are left out: of some algorithms they are nearly always
 * the same.
 */
function wordOf(text: string, word: number): number {
  const end = text.length - 4 - 4 * word
  return (
    (text.charCodeAt(end) & 127) |
    ((text.charCodeAt(end - 1) & 127) << 7) |
    ((text.charCodeAt(end - 2) & 127) << 14) |
    ((text.charCodeAt(end - 3) & 127) << 21)
  )
}

/** What came may be a piece of something larger, which it would keep alive; a piece is slower to compare, too. */
function ownCopyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

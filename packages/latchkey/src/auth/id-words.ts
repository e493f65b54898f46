/**
 * Reads the 128 bits that an id spells into four words; `false` when it spells none, or not in the one way that we
 * take: two texts must never read alike.
 */
export type ReadId = (id: string, words: Uint32Array) => boolean

/**
 * 16 bytes as base64url, 22 characters: the ids of our tokens, sessions and users. Four characters at a time, three
 * bytes of the id: most of what a look-up costs is this.
 */
export function readBase64urlId(id: string, words: Uint32Array): boolean {
  if (id.length !== 22) return false
  const a = readFour(id, 0)
  const b = readFour(id, 4)
  const c = readFour(id, 8)
  const d = readFour(id, 12)
  const e = readFour(id, 16)
  const f = readTwo(id, 20)
  // The last character has two bits of the id and four that must be zero.
  if ((a | b | c | d | e | f) < 0 || (f & 15) !== 0) return false
  words[0] = (a << 8) | (b >> 16)
  words[1] = (b << 16) | (c >> 8)
  words[2] = (c << 24) | d
  words[3] = (e << 8) | (f >> 4)
  return true
}

/** 24 bits; negative where a character is none of the alphabet. */
function readFour(id: string, at: number): number {
  const a = id.charCodeAt(at)
  const b = id.charCodeAt(at + 1)
  const c = id.charCodeAt(at + 2)
  const d = id.charCodeAt(at + 3)
  if ((a | b | c | d) > 127) return NONE
  return (sextet(a) << 18) | (sextet(b) << 12) | (sextet(c) << 6) | sextet(d)
}

/** 12 bits; negative where a character is none of the alphabet. */
function readTwo(id: string, at: number): number {
  const a = id.charCodeAt(at)
  const b = id.charCodeAt(at + 1)
  return (a | b) > 127 ? NONE : (sextet(a) << 6) | sextet(b)
}

const sextet = (code: number): number => BASE64URL[code] as number

/** A UUID in lower case, 36 characters: the ids of many others. */
export function readUuid(id: string, words: Uint32Array): boolean {
  if (id.length !== 36) return false
  let digits = 0
  let bits = 0
  for (let at = 0; at < 36; at++) {
    const code = id.charCodeAt(at)
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== DASH) return false
      continue
    }
    const digit = HEX[code & 127] as number
    if (digit === NONE || code > 127) return false
    bits = (bits << 4) | digit
    digits += 1
    if ((digits & 7) === 0) words[(digits >> 3) - 1] = bits
  }
  return true
}

const DASH = 0x2d
const NONE = -1
const BASE64URL = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const HEX = valuesOf('0123456789abcdef')

/** The values of the characters below 128; `NONE` for those that are not of the alphabet. */
function valuesOf(alphabet: string): Int8Array {
  return Int8Array.from({ length: 128 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)))
}

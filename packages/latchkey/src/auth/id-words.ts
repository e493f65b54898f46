/**
 * Reads the 128 bits that an id spells into four words; `false` when it spells none, or not in the one way that we
 * take: two texts must never read alike.
 */
export type ReadId = (id: string, words: Uint32Array) => boolean

/** 16 bytes as base64url, 22 characters: the ids of our tokens, sessions and users. */
export function readBase64urlId(id: string, words: Uint32Array): boolean {
  if (id.length !== 22) return false
  let word = 0
  let bits = 0
  let filled = 0
  for (let at = 0; at < 22; at++) {
    const sextet = BASE64URL[id.charCodeAt(at) & 127] as number
    if (sextet === NONE || id.charCodeAt(at) > 127) return false
    const over = filled - 26
    if (over < 0) {
      bits = (bits << 6) | sextet
      filled += 6
    } else {
      words[word++] = (bits << (6 - over)) | (sextet >> over)
      bits = sextet & ((1 << over) - 1)
      filled = over
    }
  }
  // The last character has two bits of the id and four that must be zero.
  return bits === 0
}

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
const NONE = 255
const BASE64URL = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const HEX = valuesOf('0123456789abcdef')

function valuesOf(alphabet: string): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => {
    const value = alphabet.indexOf(String.fromCharCode(code))
    return value < 0 ? NONE : value
  })
}

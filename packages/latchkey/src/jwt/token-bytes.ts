import { writeBase64url, writeLatin1, writeUtf8 } from '../base/buffer-text.ts'

/*
 * The bytes of the token at hand. Every token passes through the same two buffers, because a buffer of its own for each
 * would cost as much as the checks. Whoever needs the bytes asks with `load`, which brings them back if another token
 * has taken their place in the meantime (a key that is fetched is waited for).
 */

/** Most characters of a token: T-11. */
export const LARGEST_TOKEN = 8192

/** Where the token begins: before it there is room for the key block of an HMAC, which is hashed with it. */
export const START = 128

const DOT = 0x2e

/** Where the parts of a token are, in characters from its beginning. */
export interface Segments {
  readonly token: string
  /** The dot after the header. */
  readonly first: number
  /** The dot after the payload. */
  readonly second: number
}

// A text that does not fit is longer than the largest token, also where its last character was cut off.
const characters = Buffer.alloc(START + LARGEST_TOKEN + 8)
const payload = Buffer.alloc(LARGEST_TOKEN)
let payloadLength = 0
let loaded: Segments | null = null

/** The characters of the token, from `START` on: what is signed is what was decoded. */
export const tokenBytes: Buffer = characters

/** The decoded payload, as many bytes as `load` says. */
export const payloadBytes: Buffer = payload

/**
 * Brings a token's characters and its payload into the buffers.
 *
 * @returns how many bytes the payload has; -1 when it is not canonical base64url, or a character anywhere not ASCII
 */
export function load(segments: Segments): number {
  // Compared as objects: comparing texts would take longer for a token that resembles the one before.
  if (loaded === segments) return payloadLength
  loaded = null
  const { token, first, second } = segments
  // Everything beyond ASCII takes more than one byte in UTF-8.
  if (writeUtf8(characters, token, START) !== token.length) return -1
  payloadLength = writeBase64url(payload, token.slice(first + 1, second), 0)
  if (!isPlain(token, second - first - 1, payloadLength, START + second - 1)) return -1
  loaded = segments
  return payloadLength
}

/** Writes a signing input where a token would be. @returns its length; -1 when it is too long for that */
export function loadInput(header: string, payload: string): number {
  const length = header.length + 1 + payload.length
  if (length > LARGEST_TOKEN) return -1
  loaded = null
  const dot = START + header.length
  // One by one, because joining them first would write them twice.
  writeLatin1(characters, header, START)
  characters[dot] = DOT
  writeLatin1(characters, payload, dot + 1)
  return length
}

/** A text's UTF-8 as base64url; `null` when it may be too long for a token. */
export function encodePayload(text: string): string | null {
  // No character takes more than three bytes for each of its units.
  if (text.length * 3 > LARGEST_TOKEN) return null
  loaded = null
  return payload.toString('base64url', 0, writeUtf8(payload, text, 0))
}

let keyBlock: Uint8Array | null = null

/** Puts the key block of an HMAC in front of what is loaded. */
export function loadKeyBlock(block: Uint8Array): void {
  if (keyBlock === block) return
  characters.set(block, START - block.length)
  keyBlock = block
}

const LONGEST_KEPT_VIEW = 1024
const noViews = (): (Uint8Array | null)[] => new Array<Uint8Array | null>(LONGEST_KEPT_VIEW + 1).fill(null)
const views = noViews()
const viewsFrom64 = noViews()
const viewsFrom128 = noViews()

/** The first `length` characters of what is loaded, and the `room` (0, 64 or 128) bytes before them. */
export function inputBytes(length: number, room: 0 | 64 | 128 = 0): Uint8Array {
  if (length > LONGEST_KEPT_VIEW) return characters.subarray(START - room, START + length)
  const kept = room === 0 ? views : room === 64 ? viewsFrom64 : viewsFrom128
  const known = kept[length]
  if (known) return known
  const view = characters.subarray(START - room, START + length)
  kept[length] = view
  return view
}

/**
 * Node's decoder skips what is not in its alphabet, so that fewer bytes come out than the length promises; it takes the
 * alphabet of plain base64 for its own; and it ignores unused bits. What passes all three has one spelling (T-09).
 */
function isPlain(token: string, length: number, decoded: number, last: number): boolean {
  if (length % 4 === 1 || decoded !== (length * 3) >> 2) return false
  if (token.includes('+') || token.includes('/')) return false
  return hasNoUnusedBits(length, last)
}

/** The value of each character of the alphabet; 64 for every other byte. */
const VALUES = new Uint8Array(256).fill(64)
for (const [value, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
].entries()) {
  VALUES[character.charCodeAt(0)] = value
}

function hasNoUnusedBits(length: number, last: number): boolean {
  const unused = length % 4 === 2 ? 0b1111 : length % 4 === 3 ? 0b11 : 0
  return ((VALUES[characters[last] as number] as number) & unused) === 0
}

/** Whether the signature of the loaded token is canonical base64url. */
export function hasCanonicalSignature({ token, second }: Segments): boolean {
  const start = START + second + 1
  const end = START + token.length
  let foreign = 0
  for (let at = start; at < end; at++) foreign |= VALUES[characters[at] as number] as number
  const length = end - start
  return (foreign & 64) === 0 && length % 4 !== 1 && (length === 0 || hasNoUnusedBits(length, end - 1))
}

import { isUtf8 } from 'node:buffer'
import { AuthError } from './errors.ts'

/** Why a JSON text was refused. */
export type JsonReason = 'utf8' | 'json' | 'depth' | 'members' | 'duplicate' | 'surrogate'

/** The bounds of a JSON text that comes from outside. */
export interface JsonRules {
  /** Objects and arrays inside one another, the outermost counted. @default 16 */
  readonly maxDepth?: number
  /** Members of all objects together. @default 256 */
  readonly maxMembers?: number
  /** A name twice in one object is ambiguous; `'last'` lets the last one count. @default 'refuse' */
  readonly duplicates?: 'refuse' | 'last'
  /** Makes the error. @default an `invalid_request` with the reason */
  readonly refusal?: (reason: JsonReason) => Error
}

/**
 * The value of a JSON text, read strictly (RFC 8259, RFC 7493; T-12, T-13, T-23): valid UTF-8 without a byte order
 * mark, every name once, bounded depth and size, no lone surrogate. A member called `__proto__` or `constructor` is a
 * member like any other: it is defined on its object and changes no prototype.
 *
 * @throws {AuthError} `invalid_request` with a {@link JsonReason}, or what `refusal` makes of it
 */
export function parseJson(bytes: Uint8Array, rules: JsonRules = {}): unknown {
  return parseJsonIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes.byteLength, rules)
}

/** The same of the first `length` bytes of a buffer. */
export function parseJsonIn(buffer: Buffer, length: number, rules: JsonRules): unknown {
  const { maxDepth = 16, maxMembers = 256, duplicates = 'refuse', refusal = badRequest } = rules
  const text = buffer.toString('utf8', 0, length)
  // What cannot be decoded becomes U+FFFD; only where that occurs may the bytes be wrong.
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(0, length))) throw refusal('utf8')
  const value = jsonOf(text, refusal)
  const escapes = text.includes('\\')
  const seen: Visible = { members: 0, depth: 0, colons: 0 }
  if (typeof value === 'string') seen.colons = colonsIn(value)
  else if (typeof value === 'object' && value !== null) measure(value, 1, maxDepth, seen)
  if (seen.depth > maxDepth) throw refusal('depth')
  const spelt = !escapes && showsAll(text, seen) ? seen : shapeOf(text)
  if (spelt.depth > maxDepth) throw refusal('depth')
  if (spelt.members > maxMembers) throw refusal('members')
  // JSON.parse keeps one member of each name, so a text with more of them than its value says one twice.
  if (spelt.members !== seen.members && duplicates === 'refuse') throw refusal('duplicate')
  if (escapes && hasLoneSurrogate(text)) throw refusal('surrogate')
  return value
}

function badRequest(reason: JsonReason): AuthError {
  return new AuthError('invalid_request', 'The request is not the JSON that was expected.', { reason })
}

function jsonOf(text: string, refusal: (reason: JsonReason) => Error): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A byte order mark comes here too: no JSON text begins with one.
    throw refusal('json')
  }
}

interface Shape {
  /** Of all objects together. */
  members: number
  depth: number
}

interface Visible extends Shape {
  /** In strings, other than the names of members. */
  colons: number
}

/** Measures a parsed value, as far as it is not too deep. */
function measure(value: object, depth: number, maxDepth: number, seen: Visible): void {
  if (depth > seen.depth) seen.depth = depth
  if (depth > maxDepth) return
  const items = Object.values(value)
  if (!Array.isArray(value)) seen.members += items.length
  for (const item of items) {
    if (typeof item === 'string') seen.colons += colonsIn(item)
    else if (typeof item === 'object' && item !== null) measure(item, depth + 1, maxDepth, seen)
  }
}

/**
 * Whether a value shows every member that its text (one without escapes) spells. Each colon of the text either belongs
 * to a member or stands in a string; a member that was overwritten takes its colons away. So nothing is hidden when
 * the colons of the text are as many as the members and the colons in strings that the value shows. Names with colons
 * are left to the slower count.
 */
function showsAll(text: string, { members, colons }: Visible): boolean {
  return colonsIn(text) === members + colons
}

function colonsIn(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count++
  return count
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** How deep a valid JSON text goes, and how many members it spells: exact for every text. */
function shapeOf(text: string): Shape {
  const shape = { members: 0, depth: 0 }
  let open = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COLON) shape.members++
    // `{` and `[` are 0x7b and 0x5b, `}` and `]` are 0x7d and 0x5d.
    else if ((code | 0x20) === 0x7b) shape.depth = Math.max(shape.depth, ++open)
    else if ((code | 0x20) === 0x7d) open--
  }
  return shape
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at))
    at += code === BACKSLASH ? 2 : 1
  return at
}

const SOUND_ESCAPE =
  /\\(?:[^u]|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u(?![dD][89a-fA-F])[\da-fA-F]{4})/g

/**
 * Whether an escape in a JSON text spells half of a character. (The bytes cannot: decoded UTF-8 has no lone surrogate.)
 * It does if anything is left when the sound escapes are gone.
 */
export function hasLoneSurrogate(text: string): boolean {
  return text.replace(SOUND_ESCAPE, '').includes('\\')
}

import { isUtf8 } from 'node:buffer'
import { AuthError } from './errors.ts'
import { readByName, shapeOf } from './json-value.ts'

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
  const { quotes, escapes, ascii } = lookOver(buffer, length)
  const text = buffer.toString(ascii ? 'latin1' : 'utf8', 0, length)
  // What cannot be decoded becomes U+FFFD; only where that occurs may the bytes be wrong.
  if (!ascii && text.includes('\ufffd') && !isUtf8(buffer.subarray(0, length))) throw refusal('utf8')
  const parsed = jsonOf(text, refusal)
  // Before anything else is done with what may be large.
  const written = escapes ? shapeOf(text) : null
  if (written !== null) requireWithin(written, maxDepth, maxMembers, refusal)
  const value = written?.hasEscapedName ? readByName(text) : parsed
  const seen: Visible = { members: 0, depth: 0, strings: 0 }
  if (typeof value === 'string') seen.strings = 1
  else if (typeof value === 'object' && value !== null) measure(value, 1, maxDepth, seen)
  if (seen.depth > maxDepth) throw refusal('depth')
  const spelt = written ?? (showsAll(quotes, seen) ? seen : shapeOf(text))
  requireWithin(spelt, maxDepth, maxMembers, refusal)
  // JSON.parse keeps one member of each name, so a text with more of them than its value says one twice.
  if (spelt.members !== seen.members && duplicates === 'refuse') throw refusal('duplicate')
  if (escapes && hasLoneSurrogate(text)) throw refusal('surrogate')
  return value
}

function requireWithin(
  { depth, members }: Size,
  maxDepth: number,
  maxMembers: number,
  refusal: (reason: JsonReason) => Error,
): void {
  if (depth > maxDepth) throw refusal('depth')
  if (members > maxMembers) throw refusal('members')
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** What the bytes of a text tell at a glance. */
function lookOver(
  bytes: Uint8Array,
  length: number,
): { readonly quotes: number; readonly escapes: boolean; readonly ascii: boolean } {
  let quotes = 0
  let escapes = false
  let all = 0
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number
    all |= byte
    if (byte === QUOTE) quotes++
    else if (byte === BACKSLASH) escapes = true
  }
  return { quotes, escapes, ascii: all < 128 }
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

interface Size {
  /** Of all objects together. */
  members: number
  depth: number
}

interface Visible extends Size {
  /** Those that are values. */
  strings: number
}

/** Measures a parsed value, as far as it is not too deep. */
function measure(value: object, depth: number, maxDepth: number, seen: Visible): void {
  if (depth > seen.depth) seen.depth = depth
  if (depth > maxDepth) return
  const items = Object.values(value)
  if (!Array.isArray(value)) seen.members += items.length
  for (const item of items) {
    if (typeof item === 'string') seen.strings++
    else if (typeof item === 'object' && item !== null) measure(item, depth + 1, maxDepth, seen)
  }
}

/**
 * Whether a value shows every member that its text (one without escapes) spells. Two quotes belong to each name and to
 * each string. A member that was overwritten takes at least those of its name away, so nothing is hidden when the
 * quotes of the text are as many as the value has names and strings.
 */
function showsAll(quotes: number, { members, strings }: Visible): boolean {
  return quotes === 2 * (members + strings)
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

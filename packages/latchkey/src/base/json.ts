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
 * mark, every name once, bounded depth and size, no lone surrogate. Objects have no prototype, so that a member
 * called `__proto__` or `constructor` is a member like any other.
 *
 * @throws {AuthError} `invalid_request` with a {@link JsonReason}, or what `refusal` makes of it
 */
export function parseJson(bytes: Uint8Array, rules: JsonRules = {}): unknown {
  const { refusal = badRequest } = rules
  const text = textOf(bytes)
  if (text === null) throw refusal('utf8')
  return parseJsonText(text, rules)
}

/** The same of a text that is known to be well-formed Unicode. */
export function parseJsonText(text: string, rules: JsonRules = {}): unknown {
  const { maxDepth = 16, maxMembers = 256, duplicates = 'refuse', refusal = badRequest } = rules
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refusal('json')
  }
  const { depth, members } = shapeOf(text)
  if (depth > maxDepth) throw refusal('depth')
  if (members > maxMembers) throw refusal('members')
  if (hasLoneSurrogate(text)) throw refusal('surrogate')
  // JSON.parse keeps one member of each name, so a text with more of them than the value says one twice.
  if (stripPrototypes(value) !== members && duplicates === 'refuse') throw refusal('duplicate')
  return value
}

function badRequest(reason: JsonReason): AuthError {
  return new AuthError('invalid_request', 'The request is not the JSON that was expected.', { reason })
}

/** `null` when the bytes are not UTF-8. A byte order mark stays, and no JSON text begins with one. */
function textOf(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  // What cannot be decoded becomes U+FFFD; only where that occurs may the bytes be wrong.
  return text.includes('\ufffd') && !isUtf8(bytes) ? null : text
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** How deep a valid JSON text goes, and how many members it spells. */
function shapeOf(text: string): { readonly depth: number; readonly members: number } {
  let open = 0
  let depth = 0
  let members = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COLON) members++
    // `{` and `[` are 0x7b and 0x5b, `}` and `]` are 0x7d and 0x5d.
    else if ((code | 0x20) === 0x7b) depth = Math.max(depth, ++open)
    else if ((code | 0x20) === 0x7d) open--
  }
  return { depth, members }
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at))
    at += code === BACKSLASH ? 2 : 1
  return at
}

const SOUND_ESCAPE =
  /\\(?:[^u]|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u(?![dD][89a-fA-F])[\da-fA-F]{4})/g

/** Decoded UTF-8 has no lone surrogate, so only an escape can spell one: what is left when the sound ones are gone. */
function hasLoneSurrogate(text: string): boolean {
  return text.includes('\\') && text.replace(SOUND_ESCAPE, '').includes('\\')
}

/** Takes the prototype from every object in a parsed value; returns how many members they have together. */
function stripPrototypes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) members += stripPrototypes(item)
    return members
  }
  Object.setPrototypeOf(value, null)
  for (const item of Object.values(value)) members += 1 + stripPrototypes(item)
  return members
}

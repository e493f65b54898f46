import { jsonValue } from '../base/json-value.ts'

/*
 * Where Python reads and prints a value of JSON in its own way, and the peer's behaviour shows it.
 */

const INTEGER = /^[+-]?\d+(?:_\d+)*$/

/**
 * What `int(value)` makes of a claim: numeric text, fractions and booleans count as whole numbers.
 *
 * @returns `null` for everything that it refuses, whatever its exception
 */
export function integerOf(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null
  if (typeof value !== 'string') return null
  // Blank for Python and not for us, and the other way round.
  const text = value.replaceAll('\u0085', ' ').trim()
  if (value.includes('\ufeff')) return null
  // Python gives up on more digits than this (CVE-2020-10735).
  if (text.length > 4300 || !INTEGER.test(text)) return null
  return Number(text.replaceAll('_', ''))
}

/** Whether Python takes a value of JSON for false. */
export function isFalsy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return !value
}

/** A value of JSON as `str(value)` prints it. */
export function printed(value: unknown): string {
  return typeof value === 'string' ? value : represented(value)
}

/** The same as `repr(value)`: texts inside lists and objects have quotes. */
function represented(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(represented).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).map(([name, item]) => `${quoted(name)}: ${represented(item)}`)
  return `{${members.join(', ')}}`
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}

/** A JSON text as Python reads it: a byte order mark is skipped, `NaN` and `Infinity` are numbers (here: infinite). */
export function looseJson(text: string): unknown {
  const body = text.replace(/^\ufeff/, '')
  try {
    return jsonValue(body)
  } catch (error) {
    if (!/NaN|Infinity/.test(body)) throw error
    return jsonValue(withoutNonNumbers(body))
  }
}

/** One walk over the text, for whoever sends it chooses how long it is. */
function withoutNonNumbers(text: string): string {
  let written = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') at = endOfString(text, at)
    const word = NON_NUMBERS.find((one) => text.startsWith(one, at))
    if (word === undefined || !BEFORE_A_VALUE.includes(text[at - 1])) continue
    written += `${text.slice(from, at)}${word.startsWith('-') ? '-' : ''}1e999 `
    at += word.length - 1
    from = at + 1
  }
  return written + text.slice(from)
}

const NON_NUMBERS = ['NaN', '-Infinity', 'Infinity']
/** `undefined`: the start of the text. */
const BEFORE_A_VALUE: readonly (string | undefined)[] = [undefined, ' ', '\t', '\r', '\n', ':', ',', '[']

/** Where a string ends that starts here: at its closing quote, or with the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

const ALPHABET = /^[A-Za-z\d+/\-_]$/

/**
 * The bytes of a base64url segment as Python's decoder reads them: it skips every character that it does not know, and
 * complains only when what is left cannot be whole bytes.
 *
 * @returns `null` where it complains about the padding
 */
export function looseBase64(segment: Buffer): Buffer | null {
  const padded = segment.toString('latin1') + '='.repeat((4 - (segment.length % 4)) % 4)
  let data = ''
  let padding = 0
  for (const character of padded) {
    if (character === '=') {
      const inQuad = data.length % 4
      if (inQuad >= 2 && inQuad + ++padding >= 4) return Buffer.from(data, 'base64url')
    } else if (ALPHABET.test(character)) {
      padding = 0
      data += character
    }
  }
  return data.length % 4 === 0 ? Buffer.from(data, 'base64url') : null
}

import { latin1In } from '../base/buffer-text.ts'

/*
 * An issuer writes the same names in the same order all day, and the same values for some of them. So the form of
 * payloads that were read is kept: its texts that never change, and where values stand between them. A payload of a
 * known form is compared and not parsed. Only payloads whose signature was found right come here.
 *
 * The claims are those that JSON.parse finds, in the same order. A form is a flat object of distinct names without
 * escapes or white space; where a value may change there is either a whole number, spelt in its only way, or printable
 * ASCII without quote and backslash between quotes. Whatever strays from that, be it by one byte, is of no known form.
 */

type Claims = Record<string, unknown>

interface Gap {
  /** What stands before the value. */
  readonly before: Uint8Array
  readonly name: string
  readonly holds: 'text' | 'number'
}

interface Form {
  /** Names, kinds, and the values that are neither text nor number: what two payloads of one form have in common. */
  readonly outline: string
  /** Every claim; those of gaps are overwritten in its copies. */
  readonly model: Claims
  readonly gaps: readonly Gap[]
  readonly end: Uint8Array
}

const MOST_FORMS = 4
const MOST_CLAIMS = 32
/** Of so many payloads without a known form one is learnt, so that those that have none cost nearly nothing more. */
const LEARN_EACH = 16
/** Whole numbers of so many digits are exact. */
const MOST_DIGITS = 15

/**
 * V8 before version 12 takes long to freeze what was copied by spreading, and claims are frozen later. It is recognised
 * by what came with that version.
 */
const copyOf: (model: Claims) => Claims =
  'withResolvers' in Promise ? (model) => ({ ...model }) : (model) => Object.assign({}, model)

const forms: Form[] = []
let strangers = 0

/** The claims of a payload, the first `length` of `bytes`; `null` when it is of no form that is known. */
export function readByForm(bytes: Buffer, length: number): Claims | null {
  for (let at = 0; at < forms.length; at++) {
    const form = forms[at] as Form
    const claims = read(form, bytes, length)
    if (claims === null) continue
    if (at > 0) {
      forms[at] = forms[at - 1] as Form
      forms[at - 1] = form
    }
    return claims
  }
  return null
}

function read({ model, gaps, end }: Form, bytes: Buffer, length: number): Claims | null {
  const claims = copyOf(model)
  let at = 0
  for (let index = 0; index < gaps.length; index++) {
    const { before, name, holds } = gaps[index] as Gap
    if (!continues(bytes, at, before)) return null
    const start = at + before.length
    at = holds === 'number' ? endOfNumber(bytes, start) : endOfText(bytes, start)
    if (at < 0) return null
    claims[name] = holds === 'number' ? numberIn(bytes, start, at) : latin1In(bytes, start, at)
  }
  // What stands in the buffer after the payload is another's: the lengths decide.
  return at + end.length === length && continues(bytes, at, end) ? claims : null
}

function continues(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false
  return true
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const ZERO = 0x30

/** -1 where no whole number stands, or it has another spelling as well. */
function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at])) at++
  const digits = at - start
  if (digits === 0 || digits > MOST_DIGITS) return -1
  return digits > 1 && bytes[start] === ZERO ? -1 : at
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte < ZERO + 10

function numberIn(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO
  return value
}

/** 1 for what stands for itself in a JSON string: printable ASCII without quote and backslash. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte <= 0x7e && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
)

/** -1 where the text has anything that JSON might spell in another way. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start
  while (PLAIN[bytes[at] as number] === 1) at++
  return bytes[at] === QUOTE ? at : -1
}

/** Learns the form of a payload that was parsed, if it has one. */
export function learnForm(bytes: Buffer, length: number, claims: Claims): void {
  if (strangers++ % LEARN_EACH !== 0) return
  const outline = outlineOf(claims)
  if (outline === null || JSON.stringify(claims) !== bytes.toString('latin1', 0, length)) return
  const at = forms.findIndex((form) => form.outline === outline)
  const [resembling] = at === -1 ? [] : forms.splice(at, 1)
  forms.unshift(formOf(outline, claims, resembling?.model ?? claims))
  if (forms.length > MOST_FORMS) forms.pop()
}

/** `null` for claims that have no form. */
function outlineOf(claims: Claims): string | null {
  const names = Object.keys(claims)
  // Assigned, `__proto__` would be no member.
  if (names.length > MOST_CLAIMS || names.includes('__proto__')) return null
  const kinds = names.map((name) => kindOf(claims[name]))
  return kinds.includes(null) ? null : JSON.stringify([names, kinds])
}

function kindOf(value: unknown): unknown {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return 'text'
  const isPlain = typeof value === 'number' && value >= 0 && /^\d{1,15}$/.test(String(value))
  return isPlain ? 'number' : null
}

/** The form of claims, with gaps for numbers and for the texts that differ from those of `other`. */
function formOf(outline: string, claims: Claims, other: Claims): Form {
  const model: Claims = {}
  const gaps: Gap[] = []
  let written = '{'
  for (const [name, value] of Object.entries(claims)) {
    const holds = typeof value === 'number' ? 'number' : value === other[name] ? null : 'text'
    written += `${written === '{' ? '' : ','}${JSON.stringify(name)}:`
    if (holds === null) written += JSON.stringify(value)
    else {
      gaps.push({ before: bytesOf(holds === 'text' ? `${written}"` : written), name, holds })
      written = holds === 'text' ? '"' : ''
    }
    // A model is kept for long, so it holds what is nobody's.
    model[name] = holds === null ? value : holds === 'number' ? 0 : null
  }
  return { outline, model, gaps, end: bytesOf(`${written}}`) }
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

import { decodeBase64url } from '../base/encoding.ts'
import { type JsonReason, type JsonRules, parseJson, parseJsonIn } from '../base/json.ts'
import { learnForm, readByForm } from './claim-forms.ts'
import { type JoseHeader, judgeHeader } from './header.ts'
import { knownHeader } from './known-headers.ts'
import { refused } from './refusal.ts'
import { hasCanonicalSignature, LARGEST_TOKEN, load, payloadBytes, type Segments } from './token-bytes.ts'

/** Where a dialect reads tokens less strictly. */
export interface ParseRules {
  /** A claim that occurs twice: refuse the token, or let the last one count. Headers always refuse. @default 'refuse' */
  readonly duplicateClaims?: 'refuse' | 'last'
}

/** A token of the right form. Nothing in it has been verified; its claims cannot be read from here. */
export interface ParsedToken {
  readonly header: JoseHeader
  readonly segments: Segments
}

const LARGEST_HEADER = 2048
const HEADER_RULES: JsonRules = { refusal: (reason) => refused(`header_${reason}`) }
const refusalOfPayload = (reason: JsonReason): Error => refused(`payload_${reason}`)
const CLAIM_RULES: Readonly<Record<'refuse' | 'last', JsonRules>> = {
  refuse: { duplicates: 'refuse', refusal: refusalOfPayload },
  last: { duplicates: 'last', refusal: refusalOfPayload },
}

/**
 * Takes a token apart: its shape, the only spelling of its bytes, its header and the header's rules (T-06, T-08 to
 * T-13). Nothing is believed yet.
 *
 * @throws {AuthError} `invalid_token`
 */
export function parseToken(token: unknown): ParsedToken {
  if (typeof token !== 'string') throw refused('not_text')
  // T-11: the size before anything that costs more for a larger token.
  if (token.length > LARGEST_TOKEN) throw refused('too_large')
  const known = knownHeader(token)
  const first = known === null ? token.indexOf('.') : known.length
  const second = token.indexOf('.', first + 1)
  // T-10: five segments would be a JWE; the JSON serialisations have none.
  if (first === -1 || second === -1 || token.includes('.', second + 1)) throw refused('segments')
  const segments: Segments = { token, first, second }
  // T-09: the form of all three before the content of any.
  const header = known === null ? headerBytes(token.slice(0, first)) : null
  requireCanonical(segments)
  return { header: known === null ? headerOf(header as Uint8Array) : known.header, segments }
}

/**
 * The claims of a payload: a JSON object, read strictly (T-12, T-13).
 *
 * @throws {AuthError} `invalid_token`
 */
export function claimsOf(
  payload: Uint8Array,
  { duplicateClaims = 'refuse' }: ParseRules = {},
): Record<string, unknown> {
  return requireClaims(parseJson(payload, CLAIM_RULES[duplicateClaims]))
}

/** What a payload says. */
export interface ReadClaims {
  readonly claims: Record<string, unknown>
  /** `true` where it is known that no claim holds another. */
  readonly isFlat: boolean
}

/** The claims of a parsed token. Whoever believes them has checked the signature first. */
export function claimsIn({ segments }: ParsedToken, duplicateClaims: 'refuse' | 'last'): ReadClaims {
  const length = load(segments)
  const known = readByForm(payloadBytes, length)
  if (known !== null) return { claims: known, isFlat: true }
  const claims = requireClaims(parseJsonIn(payloadBytes, length, CLAIM_RULES[duplicateClaims]))
  learnForm(payloadBytes, length, claims)
  return { claims, isFlat: false }
}

/** The payload of a parsed token, in bytes of its own. */
export function payloadOf({ segments }: ParsedToken): Uint8Array {
  return Uint8Array.prototype.slice.call(payloadBytes, 0, load(segments))
}

function requireClaims(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('payload_object')
  return value as Record<string, unknown>
}

function headerBytes(segment: string): Uint8Array {
  const bytes = decodeBase64url(segment)
  if (bytes === null) throw refused('base64_header')
  return bytes
}

function requireCanonical(segments: Segments): void {
  const length = load(segments)
  if (length >= 0 && hasCanonicalSignature(segments)) return
  const { token, first, second } = segments
  const payloadIsCanonical = length >= 0 || decodeBase64url(token.slice(first + 1, second)) !== null
  throw refused(payloadIsCanonical ? 'base64_signature' : 'base64_payload')
}

function headerOf(bytes: Uint8Array): JoseHeader {
  if (bytes.length > LARGEST_HEADER) throw refused('header_too_large')
  return judgeHeader(parseJson(bytes, HEADER_RULES))
}

import { decodeBase64url } from '../base/encoding.ts'
import { type JsonReason, parseJson } from '../base/json.ts'
import { type JoseHeader, judgeHeader } from './header.ts'
import { type InvalidReason, refused } from './refusal.ts'

/** Where a dialect reads tokens less strictly. */
export interface ParseRules {
  /** A claim that occurs twice: refuse the token, or let the last one count. Headers always refuse. @default 'refuse' */
  readonly duplicateClaims?: 'refuse' | 'last'
}

/** A token of the right form. Nothing in it has been verified; its claims cannot be read from here. */
export interface ParsedToken {
  readonly header: JoseHeader
  /** What the signature is over. */
  readonly signingInput: string
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

const LARGEST_TOKEN = 8192
const LARGEST_HEADER = 2048

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
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  // T-10: five segments would be a JWE; the JSON serialisations have none.
  if (first === -1 || second === -1 || token.includes('.', second + 1)) throw refused('segments')
  const header = bytesOf(token.slice(0, first), 'base64_header')
  const payload = bytesOf(token.slice(first + 1, second), 'base64_payload')
  const signature = bytesOf(token.slice(second + 1), 'base64_signature')
  return { header: headerOf(header), signingInput: token.slice(0, second), payload, signature }
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
  const claims = parseJson(payload, { duplicates: duplicateClaims, refusal: refusalOfPayload })
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw refused('payload_object')
  return claims as Record<string, unknown>
}

function bytesOf(segment: string, reason: InvalidReason): Uint8Array {
  const bytes = decodeBase64url(segment)
  if (bytes === null) throw refused(reason)
  return bytes
}

function headerOf(bytes: Uint8Array): JoseHeader {
  if (bytes.length > LARGEST_HEADER) throw refused('header_too_large')
  return judgeHeader(parseJson(bytes, { refusal: refusalOfHeader }))
}

function refusalOfHeader(reason: JsonReason): Error {
  return refused(`header_${reason}`)
}

function refusalOfPayload(reason: JsonReason): Error {
  return refused(`payload_${reason}`)
}

import { AuthError } from '../base/errors.ts'

/** Which check refused a token. Stable words, for logs and dialects; the wire says only `invalid_token` (T-22). */
export type InvalidReason =
  | 'not_text'
  | 'too_large'
  | 'segments'
  | 'base64_header'
  | 'base64_payload'
  | 'base64_signature'
  | 'header_too_large'
  | 'header_utf8'
  | 'header_json'
  | 'header_object'
  | 'header_depth'
  | 'header_members'
  | 'header_duplicate'
  | 'header_surrogate'
  | 'payload_utf8'
  | 'payload_json'
  | 'payload_object'
  | 'payload_depth'
  | 'payload_members'
  | 'payload_duplicate'
  | 'payload_surrogate'
  | 'alg_missing'
  | 'alg_not_allowed'
  | 'kid_type'
  | 'kid_too_long'
  | 'typ_type'
  | 'crit_type'
  | 'crit_empty'
  | 'crit_missing'
  | 'crit_unsupported'
  | 'b64'
  | 'unknown_key'
  | 'signature'

const SENTENCES: Readonly<Record<InvalidReason, string>> = {
  not_text: 'The token is not text.',
  too_large: 'The token is too large.',
  segments: 'The token does not have exactly three segments.',
  base64_header: 'The header of the token is not canonical base64url.',
  base64_payload: 'The payload of the token is not canonical base64url.',
  base64_signature: 'The signature of the token is not canonical base64url.',
  header_too_large: 'The header of the token is too large.',
  header_utf8: 'The header of the token is not UTF-8.',
  header_json: 'The header of the token is not JSON.',
  header_object: 'The header of the token is not a JSON object.',
  header_depth: 'The header of the token is nested too deeply.',
  header_members: 'The header of the token has too many members.',
  header_duplicate: 'The header of the token has a member twice.',
  header_surrogate: 'The header of the token is not well-formed Unicode.',
  payload_utf8: 'The payload of the token is not UTF-8.',
  payload_json: 'The payload of the token is not JSON.',
  payload_object: 'The payload of the token is not a JSON object.',
  payload_depth: 'The payload of the token is nested too deeply.',
  payload_members: 'The payload of the token has too many members.',
  payload_duplicate: 'The payload of the token has a member twice.',
  payload_surrogate: 'The payload of the token is not well-formed Unicode.',
  alg_missing: 'The token names no algorithm.',
  alg_not_allowed: 'The algorithm of the token is not allowed.',
  kid_type: 'The key id of the token is not text.',
  kid_too_long: 'The key id of the token is too long.',
  typ_type: 'The type of the token is not text.',
  crit_type: 'The token lists critical extensions in a wrong form.',
  crit_empty: 'The token has an empty list of critical extensions.',
  crit_missing: 'The token lists a critical extension that it does not carry.',
  crit_unsupported: 'The token needs an extension that is not supported.',
  b64: 'The token has an unencoded payload, which is not supported.',
  unknown_key: 'The token was signed with an unknown key.',
  signature: 'The signature of the token does not match.',
}

/** The refusal of a token, by the check that failed. */
export function refused(reason: InvalidReason): AuthError {
  return new AuthError('invalid_token', SENTENCES[reason], { reason })
}

import { AuthError } from 'latchkey'
import type { JoseHeader } from 'latchkey/jwt'
import { blame, type Expectation, type TokenKind, type TokenRules, TYP } from 'latchkey/tokens'
import { completed, type JudgeSettings, judgeClaims } from './judge.ts'
import type { Relaxations } from './relaxations.ts'
import { reword } from './wording.ts'
import { isBornExpired, type WriteSettings, writeToken } from './write.ts'

/** All that the rules go by. */
export interface RuleSettings extends JudgeSettings, WriteSettings {
  /** Algorithms that may verify. */
  readonly algorithms: ReadonlySet<string>
}

/**
 * How Flask-JWT-Extended writes and judges tokens, beyond form and signature: looser than the strict rules in the lines
 * that requirements name for this dialect, and in no others. Kinds are kept apart as strictly as ever (T-25, T-26).
 */
export function flaskRules(settings: RuleSettings, relaxations: Relaxations): TokenRules {
  return {
    parse: { duplicateClaims: 'last' },
    identityClaim: settings.identityClaim,
    write: (draft) => writeToken(draft, settings, relaxations),
    judge(header, payload, expectation, now) {
      const expired = judgeClaims(payload, expectation, now, settings) || isBornExpired(payload, expectation)
      const claims = completed(payload)
      if (expired) {
        const error = new AuthError('expired_token', 'Token has expired', { reason: 'exp' })
        throw blame(error, { header, claims })
      }
      judgeKind(header, claims.type, expectation)
      return claims
    },
    reword: (token, error) => reword(token, error, settings.algorithms),
  }
}

/**
 * The peer asks a refresh route for the type `refresh` and any other route for anything but it. A header `typ` of ours
 * has its say as well, which no token of the peer has (T-26).
 */
function judgeKind({ typ }: JoseHeader, type: unknown, { kind }: Expectation): void {
  if (kind === null) return
  const named = kindOfTyp(typ)
  const isRefresh = type === 'refresh'
  if (isRefresh === (kind === 'refresh') && (named === null || named === kind)) return
  const wanted = kind === 'refresh' ? 'Only refresh' : 'Only non-refresh'
  throw new AuthError('wrong_token_type', `${wanted} tokens are allowed`, { reason: 'kind' })
}

function kindOfTyp(typ: string | undefined): TokenKind | null {
  // RFC 7515 section 4.1.9: a media type, compared without case, its "application/" may be left out.
  const name = typ?.toLowerCase().replace(/^application\//, '')
  if (name === TYP.access) return 'access'
  return name === TYP.refresh ? 'refresh' : null
}

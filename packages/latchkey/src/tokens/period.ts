import type { Claims } from './claims.ts'
import type { TokenRules } from './rules.ts'

/** Seconds: from the one and before the other. */
export interface Period {
  readonly from: number
  readonly until: number
}

type PeriodOf = (claims: Claims) => Period

/** By the judge itself: who puts another in its place has said nothing of periods. */
const known = new WeakMap<TokenRules['judge'], PeriodOf>()

/**
 * Says of rules that their verdict to let claims pass follows from nothing but header, claims, expectation and time,
 * and within which times it stays what it was.
 */
export function withPeriod(rules: TokenRules, period: PeriodOf): TokenRules {
  known.set(rules.judge, period)
  return rules
}

/** The period of a verdict on these claims; `null` where the rules want to be asked on every use. */
export function periodOf({ judge }: TokenRules, claims: Claims): Period | null {
  return known.get(judge)?.(claims) ?? null
}

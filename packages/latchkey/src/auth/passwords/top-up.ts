import { costOf, type Work } from './work.ts'

/** Less than this part of a whole check cannot be told from noise. */
const NOISE = 0.01

/**
 * The work that is missing until a check has cost as much as any other one (P-07): all of it for an unknown user or a
 * malformed hash, a part for a hash with older and cheaper parameters, none when nothing is missing.
 */
export function missingWork(current: Work, cost: number): readonly Work[] {
  const whole = costOf(current)
  const full = Array<Work>(Math.max(0, Math.floor(cost / whole))).fill(current)
  const rest = cost - full.length * whole
  return rest > whole * NOISE ? [...full, partOf(current, rest)] : full
}

/** The same work made smaller, in the shape that comes closest: memory first, because passes are few. */
function partOf(current: Work, cost: number): Work {
  if (current.kind === 'argon2') {
    const passes = Math.max(1, Math.round(cost / current.memory))
    const memory = Math.max(8 * current.parallelism, Math.round(cost / passes))
    return { ...current, passes, memory }
  }
  if (current.kind === 'scrypt') {
    const small = { ...current, N: current.N / 16, p: 1 }
    return { ...small, p: Math.max(1, Math.round(cost / costOf(small))) }
  }
  return current
}

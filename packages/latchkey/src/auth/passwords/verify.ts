import { timingSafeEqual } from 'node:crypto'
import { AuthError } from '../../base/errors.ts'
import { derive, type Engines } from './engines.ts'
import { readHash } from './formats.ts'
import { isSameWork } from './same-work.ts'
import { missingWork } from './top-up.ts'
import { asTyped, composed, costOf, type Recipe, type Work } from './work.ts'

/** Whether the password is the right one, and whether its hash should be replaced by one of ours. */
export interface Verification {
  readonly matches: boolean
  readonly upgrade: boolean
}

/**
 * Checks a password against a stored hash of any known format, at the cost of a check with the current parameters or
 * more, whatever `stored` is: absent, malformed, too expensive, older (P-07).
 */
export async function verifyPassword(
  engines: Engines,
  current: Work,
  password: string,
  stored: string | null,
): Promise<Verification> {
  const { match, spent } = await tryAll(engines, stored === null ? [] : readHash(stored), password)
  for (const work of missingWork(current, costOf(current) * formsOf(password).length - spent)) {
    await derive(engines, composed(password), work)
  }
  return {
    matches: match !== null,
    upgrade: match !== null && !(match.ours && isSameWork(match.work, current)),
  }
}

/** A password whose accents are typed apart has two forms; every check, also that of nobody, pays for both. */
function formsOf(password: string): readonly Uint8Array[] {
  const [ours, theirs] = [composed(password), asTyped(password)]
  return isEqual(ours, theirs) ? [ours] : [ours, theirs]
}

interface Trial {
  readonly match: Recipe | null
  /** Of work that was really done, in the unit of `costOf`. */
  readonly spent: number
}

async function tryAll(engines: Engines, recipes: readonly Recipe[], password: string): Promise<Trial> {
  let spent = 0
  const done: Attempt[] = []
  for (const recipe of recipes) {
    const attempt = { input: recipe.input(password), work: recipe.work }
    if (attempt.input === null || done.some((other) => isRepeat(other, attempt))) continue
    done.push(attempt)
    const result = await compute(engines, attempt.input, recipe.work)
    if (result && recipe.work) spent += costOf(recipe.work)
    if (result && isEqual(result, recipe.expected)) return { match: recipe, spent }
  }
  return { match: null, spent }
}

interface Attempt {
  readonly input: Uint8Array | null
  readonly work: Work | null
}

function isRepeat(a: Attempt, b: Attempt): boolean {
  return a.work === b.work && a.input !== null && b.input !== null && isEqual(a.input, b.input)
}

/** Parameters that an engine refuses make a hash that nothing matches, never an error of the sign-in. */
async function compute(engines: Engines, input: Uint8Array, work: Work | null): Promise<Uint8Array | null> {
  if (work === null) return input
  try {
    return await derive(engines, input, work)
  } catch (error) {
    if (error instanceof AuthError) throw error
    return null
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

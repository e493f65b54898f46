import { recognize } from './formats.ts'
import { isSameWork } from './same-work.ts'
import { ARGON2ID } from './work.ts'

/** What a stored hash is, and what becomes of it here. */
export interface HashDescription {
  /** For people, and to count by: `Django pbkdf2`. */
  readonly format: string
  /**
   * `stays`: it is as we would make it, with the default parameters · `upgraded`: replaced at the next sign-in ·
   * `wrapped`: too weak to lie about, {@link wrapLegacyHash} puts argon2id over it, and it is replaced at the next sign-in ·
   * `reset`: nobody can sign in with it, so the person sets a new password.
   */
  readonly fate: 'stays' | 'upgraded' | 'wrapped' | 'reset'
}

/** What is known and not taken, so that an import can say why. */
const REFUSED: readonly { readonly format: string; readonly shape: RegExp }[] = [
  { format: 'no password', shape: /^$/ },
  { format: 'Werkzeug plain text', shape: /^plain\$/ },
  { format: 'Django unusable password', shape: /^!/ },
  { format: 'bcrypt of the broken 2x kind', shape: /^(?:bcrypt\$)?\$2x\$/ },
  { format: 'crypt', shape: /^\$[156]\$/ },
  { format: 'phpass', shape: /^\$[PH]\$/ },
]

/** Says of a stored hash which format it has and what becomes of it, for the dry run of an import. Computes nothing. */
export function inspectHash(stored: string): HashDescription {
  const known = recognize(stored)
  if (!known) return { format: refusedFormatOf(stored), fate: 'reset' }
  const { format, recipes, affordable } = known
  if (!affordable) return { format: `${format} with too much work`, fate: 'reset' }
  if (recipes.some(({ work }) => work === null)) return { format, fate: 'wrapped' }
  const stays = recipes.some(({ ours, work }) => ours && isSameWork(work, ARGON2ID))
  return { format, fate: stays ? 'stays' : 'upgraded' }
}

const SENTENCES = {
  stays: 'stays as it is',
  upgraded: 'will be upgraded',
  wrapped: 'will be wrapped',
  reset: 'must be reset',
} as const

/** The same in words: `Django pbkdf2, will be upgraded`. */
export function describeHash(stored: string): string {
  const { format, fate } = inspectHash(stored)
  return `${format}, ${SENTENCES[fate]}`
}

function refusedFormatOf(stored: string): string {
  return REFUSED.find(({ shape }) => shape.test(stored))?.format ?? 'unknown format'
}

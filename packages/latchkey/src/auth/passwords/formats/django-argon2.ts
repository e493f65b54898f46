import { asTyped, type Recipe } from '../work.ts'
import { argon2Of } from './phc-argon2.ts'

const PREFIX = 'argon2$'

/** `argon2$argon2id$v=19$m=102400,t=2,p=8$…`: a PHC string behind a name of Django's own. */
export function readDjangoArgon2(stored: string): readonly Recipe[] | null {
  if (!stored.startsWith(PREFIX)) return null
  const read = argon2Of(stored.slice(PREFIX.length - 1))
  return read && [{ ...read, input: asTyped, ours: false }]
}

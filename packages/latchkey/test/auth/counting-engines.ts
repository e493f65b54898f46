import { absent, type Engine, type Engines } from '../../src/auth/passwords/engines.ts'
import { loadEngines } from '../../src/auth/passwords/threads.ts'
import { costOf, type Work } from '../../src/auth/passwords/work.ts'

export interface Counted {
  readonly engines: Promise<Engines>
  /** What was computed, in order. */
  readonly done: Work[]
}

/** The real engines, or the given ones in their place, which write down what they compute. */
export function countingEngines(change: Partial<Engines> = {}): Counted {
  const done: Work[] = []
  const counted =
    <W extends Work>(engine: Engine<W>): Engine<W> =>
    async (input, work) => {
      const result = await engine(input, work)
      if (result) done.push(work)
      return result
    }
  const engines = loadEngines().then((real): Engines => {
    const { argon2, hasArgon2, scrypt, pbkdf2, bcrypt } = { ...real, ...change }
    return {
      hasArgon2,
      argon2: counted(argon2),
      scrypt: counted(scrypt),
      pbkdf2: counted(pbkdf2),
      bcrypt: counted(bcrypt),
    }
  })
  return { engines, done }
}

export function withoutArgon2(): Pick<Engines, 'argon2' | 'hasArgon2'> {
  return { argon2: absent('argon2', '@node-rs/argon2'), hasArgon2: false }
}

export function costOfAll(done: readonly Work[]): number {
  return done.reduce((sum, work) => sum + costOf(work), 0)
}

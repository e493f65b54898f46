import { randomBytes } from 'node:crypto'
import { AuthError } from '../../base/errors.ts'
import { derive } from './engines.ts'
import { saltedDigestOf } from './formats/salted-digest.ts'
import { writeWrapped } from './formats/wrapped.ts'
import { readHash } from './formats.ts'
import { loadEngines } from './threads.ts'
import { ARGON2ID } from './work.ts'

/**
 * Puts argon2id (19 MiB, two passes) over a weak digest at the import, without knowing the password, so that no weak hash
 * lies in the table until its owner signs in. Hashes that are stretched already come back as they are.
 *
 * The result is `latchkey-wrapped$<algorithm>$<salt>$argon2id$…`; `verify` reads it. An `md5` or `sha1` may be Werkzeug's
 * or Django's, so a wrong password against one of those is checked both ways and costs two hashes.
 *
 * @throws {AuthError} `invalid_input` for what can never be verified (see `describeHash`), plain text among it
 * @throws {AuthError} `unavailable` where there is no argon2
 */
export async function wrapLegacyHash(stored: string): Promise<string> {
  if (readHash(stored).length === 0) {
    throw new AuthError(
      'invalid_input',
      'The hash cannot be verified here; its owner needs a new password.',
      {
        field: 'hash',
      },
    )
  }
  const weak = saltedDigestOf(stored)
  if (!weak) return stored
  const work = { ...ARGON2ID, salt: randomBytes(16) }
  const sum = await derive(await loadEngines(), weak.sum, work)
  if (!sum) throw new AuthError('unavailable', 'Weak hashes cannot be wrapped without argon2.')
  return writeWrapped(weak, work, sum)
}

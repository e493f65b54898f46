/**
 * Hashes of passwords for applications that keep their own table of users: make new ones, check those of other systems,
 * and replace them one sign-in at a time.
 *
 * ```ts
 * import { createPasswords } from 'latchkey/passwords'
 *
 * const passwords = createPasswords()
 * const { matches, upgrade } = await passwords.verify(typed, user?.hash ?? null)
 * if (user && matches && upgrade) await saveHash(user, await passwords.hash(typed))
 * ```
 */
export { createPasswords, type PasswordOptions, type Passwords } from '../passwords.ts'
export { describeHash, type HashDescription, inspectHash } from './describe.ts'
export type { Verification } from './verify.ts'
export { wrapLegacyHash } from './wrap.ts'

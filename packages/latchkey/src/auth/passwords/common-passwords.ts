import { createDigestSet } from '../../base/digest-set.ts'
import { COMMON_PASSWORDS } from './common-passwords.data.ts'

/** Whether a password, in lower case, is among those that everybody tries first (P-03). */
export const isCommonPassword: (password: string) => boolean = createDigestSet(COMMON_PASSWORDS, 5)

import { createDigestSet } from '../base/digest-set.ts'
import { KNOWN_SECRETS } from './known-secrets.data.ts'

/** Whether a secret is on public lists. */
export const isKnownSecret: (secret: Uint8Array) => boolean = createDigestSet(KNOWN_SECRETS, 8)

import type { KeyStore, StoredKey } from '../store.ts'
import type { SqlDriver, SqlValue } from './driver.ts'
import { eventValues, logEntry, newRef, writeEvent } from './log.ts'
import { keyOf, numberOf } from './rows.ts'

const LIST = `
  select m.version as ring_version, #now as now, k.*
    from latchkey_meta m left join latchkey_keys k on 1 = 1
   where m.name = 'keys' order by k.created_at, k.kid`

const MARKED = "exists (select 1 from latchkey_meta m where m.name = 'keys' and m.mark = $ref)"
const TAKE_VERSION = `
  update latchkey_meta set version = version + 1, mark = $ref where name = 'keys' and version = #version
  returning version`
const CLEAR = `delete from latchkey_keys where ${MARKED}`
const LOG_KID = logEntry('kid', '$revoked', { condition: MARKED })

const insertKey = (index: number): string => `
  insert into latchkey_keys (kid, algorithm, state, public_jwk, sealed, created_at, since)
  select $kid${index}, $algorithm${index}, $state${index}, $public${index}, $sealed${index}, #created${index}, #since${index}
   where ${MARKED}`

const keyValues = (key: StoredKey, index: number): readonly (readonly [string, SqlValue])[] => [
  [`kid${index}`, key.kid],
  [`algorithm${index}`, key.algorithm],
  [`state${index}`, key.state],
  [`public${index}`, key.publicJwk],
  [`sealed${index}`, key.sealed],
  [`created${index}`, key.createdAt],
  [`since${index}`, key.since],
]

export function sqlKeys({ read, write }: SqlDriver): KeyStore {
  return {
    async list() {
      const rows = await read(LIST, {})
      const [first] = rows
      if (first === undefined)
        throw new Error('latchkey_meta has lost the version of the keys: restore the database.')
      const keys = rows.filter((row) => row['kid'] !== null).map(keyOf)
      return { keys, version: numberOf(first, 'ring_version'), now: numberOf(first, 'now') }
    },
    async replace(version, keys, revoked, event) {
      const ring = [TAKE_VERSION, CLEAR, ...keys.map((_, index) => insertKey(index))]
      const revocation = revoked === null ? {} : { revoked: revoked.kid, hold: revoked.hold }
      const [rows = []] = await write([...ring, ...(revoked === null ? [] : LOG_KID), writeEvent(MARKED)], {
        ...Object.fromEntries(keys.flatMap(keyValues)),
        ...eventValues(event),
        ...revocation,
        version,
        ref: newRef(),
      })
      return rows.length === 1
    },
  }
}

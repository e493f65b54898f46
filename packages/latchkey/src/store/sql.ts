import { sqlAttempts } from './sql/attempts.ts'
import type { SqlDriver } from './sql/driver.ts'
import { sqlEvents } from './sql/events.ts'
import { sqlKeys } from './sql/keys.ts'
import { sqlRevocations } from './sql/revocations.ts'
import { numberOf } from './sql/rows.ts'
import { sqlSessions } from './sql/sessions.ts'
import { sqlUsers } from './sql/users.ts'
import type { Store } from './store.ts'

/** Everything that SQL can hold, over a driver whose tables are up to date. */
export function sqlPorts(driver: SqlDriver): Omit<Store, 'signal' | 'sealingSecret'> {
  return {
    users: sqlUsers(driver),
    sessions: sqlSessions(driver),
    revocations: sqlRevocations(driver),
    keys: sqlKeys(driver),
    attempts: sqlAttempts(driver),
    events: sqlEvents(driver),
    async ping() {
      const [row = {}] = await driver.read('select #now as now', {})
      return numberOf(row, 'now')
    },
    close: driver.close,
  }
}

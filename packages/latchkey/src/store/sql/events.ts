import type { EventLog } from '../store.ts'
import type { SqlDriver } from './driver.ts'
import { eventValues, writeEvent } from './log.ts'
import { eventOf } from './rows.ts'

const CONDITIONS = {
  before: 'id < #before',
  type: 'type = $type',
  userId: 'user_id = $userId',
  sessionId: 'session_id = $sessionId',
} as const

const isCondition = (name: string): name is keyof typeof CONDITIONS => name in CONDITIONS

// The oldest are the first by number: looking for them by time would walk the whole table, which nobody asks by time.
const PURGE = `
  delete from latchkey_events
   where id in (select picked.id
                  from (select oldest.id, oldest.at from latchkey_events oldest order by oldest.id limit #limit) picked
                 where picked.at < #now - #age)
  returning id`

export function sqlEvents({ read, write }: SqlDriver): EventLog {
  return {
    async append(event) {
      await write([writeEvent()], eventValues(event))
    },
    async list(filter) {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined)
      const isOfSomebody = filter.userId !== undefined || filter.sessionId !== undefined
      const where = given
        .flatMap(([name]) => (isCondition(name) ? [CONDITIONS[name]] : []))
        // Not by the index of kinds, of each of which there may be millions: one user has few.
        .map((condition) =>
          isOfSomebody && condition === CONDITIONS.type ? "type || '' = $type" : condition,
        )
        .sort()
      const text = `select * from latchkey_events where ${['1 = 1', ...where].join(' and ')} order by id desc limit #limit`
      return (await read(text, Object.fromEntries(given))).map(eventOf)
    },
    async purge(age, limit) {
      const [rows = []] = await write([PURGE], { age, limit })
      return rows.length
    },
  }
}

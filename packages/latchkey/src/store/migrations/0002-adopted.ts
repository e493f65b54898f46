/**
 * When all sessions of a user, and of everybody, were last ended: no token of another system is adopted from before. Of
 * whose epoch was raised until now nobody knows whether it was by an ending.
 */
export const adopted: readonly string[] = [
  'alter table latchkey_subjects add column ended_at bigint',
  'update latchkey_subjects set ended_at = {now} where epoch > 0',
  `insert into latchkey_meta (name, version)
   select 'not_before', coalesce(max(value), 0) from latchkey_revocations where kind = 'not_before'`,
  'alter table latchkey_adopted add column mark text',
  'create index latchkey_adopted_until on latchkey_adopted (until)',
]

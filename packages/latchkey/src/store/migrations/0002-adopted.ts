/** When all sessions of a user were last ended, and which call it was that took a token of another system. */
export const adopted: readonly string[] = [
  'alter table latchkey_subjects add column ended_at bigint',
  'alter table latchkey_adopted add column mark text',
  'create index latchkey_adopted_until on latchkey_adopted (until)',
]

/*
 * The first schema. Migrations are append-only: what has been released is never edited, a change is a new file.
 * What the dialects spell differently stands in braces and is filled in by `schemaText` of each.
 */
const USERS = [
  `create table latchkey_users (
     id                  text primary key,
     username            text not null,
     username_key        text {binary} not null unique,
     password_hash       text,
     scope               text not null,
     created_at          bigint not null,
     password_changed_at bigint not null,
     disabled_at         bigint,
     mark                text
   ) {strict}`,
  // Exists with and without our users. A row is never removed: epochs must not start again at 0.
  `create table latchkey_subjects (
     sub       text primary key,
     epoch     bigint not null,
     closed_at bigint
   ) {strict}`,
]

// `mark` is the random reference by which the statements of one verb recognise the rows that its first one changed.
const SESSIONS = [
  `create table latchkey_sessions (
     id               text primary key,
     user_id          text not null,
     gen              bigint not null,
     s1               bigint,
     s2               bigint,
     s3               bigint,
     s4               bigint,
     created_at       bigint not null,
     authenticated_at bigint not null,
     last_used_at     bigint not null,
     expires_at       bigint not null,
     ends_at          bigint not null,
     epoch            bigint not null,
     user_agent       text,
     address          text,
     label            text,
     ended_at         bigint,
     ended_reason     text,
     mark             text
   ) {strict}`,
  'create index latchkey_sessions_user on latchkey_sessions (user_id)',
  'create index latchkey_sessions_ends on latchkey_sessions (ends_at)',
]

const REVOCATIONS = [
  `create table latchkey_revocations (
     seq   bigint primary key,
     kind  text not null,
     id    text not null,
     value bigint,
     until bigint not null
   ) {strict}`,
  'create index latchkey_revocations_until on latchkey_revocations (until)',
  `create table latchkey_revocation_head (
     one    bigint primary key check (one = 1),
     log_id text not null,
     seq    bigint not null
   ) {strict}`,
]

const EVENTS = [
  `create table latchkey_events (
     id         {identity},
     at         bigint not null,
     type       text not null,
     user_id    text,
     session_id text,
     address    text,
     user_agent text,
     data       text not null,
     prev_hash  text,
     hash       text
   ) {strict}`,
  'create index latchkey_events_user on latchkey_events (user_id, id)',
  'create index latchkey_events_session on latchkey_events (session_id, id)',
  'create index latchkey_events_type on latchkey_events (type, id)',
]

const THE_REST = [
  `create table latchkey_keys (
     kid        text primary key,
     algorithm  text not null,
     state      text not null,
     public_jwk text not null,
     sealed     text,
     created_at bigint not null,
     since      bigint not null
   ) {strict}`,
  `create table latchkey_attempts (
     key           text primary key,
     count         bigint not null,
     until         bigint not null,
     blocked_until bigint not null
   ) {strict}`,
  'create index latchkey_attempts_until on latchkey_attempts (until)',
  // Refresh tokens of another system that were traded for a session of ours: once each.
  `create table latchkey_adopted (
     jti   text primary key,
     until bigint not null
   ) {strict}`,
  `create table latchkey_meta (
     name    text primary key,
     value   text,
     version bigint not null,
     mark    text
   ) {strict}`,
  "insert into latchkey_meta (name, version) values ('keys', 0)",
]

export const init: readonly string[] = [...USERS, ...SESSIONS, ...REVOCATIONS, ...EVENTS, ...THE_REST]

/** Nothing but the signature, over bytes that are ready: what no library in front of `node:crypto` can beat. */
export const BARE = 'bare node:crypto'
/** What a route pays to issue one: claims made, id drawn, signed. */
export const ISSUE = 'latchkey, createAccessToken'
/** What refusing by throwing costs at the least: an expired token is accepted, and then an error is made and thrown. */
export const THROW = 'accepted by latchkey, then a bare error'

/*
 * Each is given its keys in the form that is fastest for it, once, and insists on the same: the one algorithm, issuer,
 * audience, the header's typ, the times with 5 s of tolerance, sub, jti and type. `verify` answers claims or refuses;
 * `sign` makes a token of finished claims. Loaded one at a time, each in a process of its own.
 */
export const contenders = {
  latchkey: async (keys) => (await import('./contenders/latchkey.mjs')).verifier(keys),
  'latchkey, no cache': async (keys) => (await import('./contenders/latchkey.mjs')).verifier(keys, 0),
  'fast-jwt': async (keys) => (await import('./contenders/fast-jwt.mjs')).verifier(keys, false),
  'fast-jwt, cache': async (keys) => (await import('./contenders/fast-jwt.mjs')).verifier(keys, true),
  jose: async (keys) => (await import('./contenders/jose.mjs')).verifier(keys),
  jsonwebtoken: async (keys) => (await import('./contenders/jsonwebtoken.mjs')).verifier(keys),
  '@node-rs/jsonwebtoken': async (keys) => (await import('./contenders/node-rs.mjs')).verifier(keys),
  'hono/jwt': async (keys) => (await import('./contenders/hono.mjs')).verifier(keys),
  [BARE]: async (keys) => (await import('./contenders/bare.mjs')).verifier(keys),
  [THROW]: async (keys) => (await import('./contenders/latchkey.mjs')).thrower(keys),
  [ISSUE]: async (keys) => (await import('./contenders/latchkey.mjs')).issuer(keys),
}

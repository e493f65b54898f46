/** What every verifier here is told to insist on. */
export const PARTIES = {
  issuer: 'https://issuer.example',
  audience: 'https://api.example',
  typ: 'at+jwt',
  tolerance: 5,
}

/** The checks that are ours and not everybody's: what a verifier leaves to its caller, the caller does. */
export function demand(payload) {
  const { sub, jti, type, exp, iat } = payload
  if (typeof sub !== 'string' || sub === '') throw new Error('sub')
  if (typeof jti !== 'string') throw new Error('jti')
  if (typeof exp !== 'number' || typeof iat !== 'number') throw new Error('times')
  if (type !== 'access') throw new Error('type')
  return payload
}

/** What everybody writes who does it by hand. */
export function bearerOf({ authorization = '' }) {
  const [scheme, token] = authorization.split(' ')
  return scheme?.toLowerCase() === 'bearer' ? token : undefined
}

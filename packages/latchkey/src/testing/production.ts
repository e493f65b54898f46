/**
 * Cheap hashes, no limits and tokens for everybody belong into tests. This is the one place of the library that reads the
 * environment, because whoever took this door by mistake would not have told it either.
 *
 * @throws {TypeError} where `NODE_ENV` is `production`
 */
export function refuseProduction(name: string): void {
  if (process.env['NODE_ENV'] !== 'production') return
  throw new TypeError(`${name}: this is for tests and refuses to run where NODE_ENV is "production".`)
}

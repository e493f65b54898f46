/** Real servers for tests: `tools/services run -- npm test` names them. */
export const POSTGRES: string | undefined = process.env['LATCHKEY_TEST_POSTGRES']
export const REDIS: string | undefined = process.env['LATCHKEY_TEST_REDIS']

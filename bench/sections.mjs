import { measureFleet } from './fleet/fleet.mjs'
import * as fleet from './report/fleet.mjs'
import * as refusals from './report/refusals.mjs'
import * as revocation from './report/revocation.mjs'
import * as routes from './report/routes.mjs'
import * as sessions from './report/sessions.mjs'
import * as tokens from './report/tokens.mjs'
import { measureRevocation } from './revocation/revocation.mjs'
import { measureRoutes } from './routes/routes.mjs'
import { measureStorm } from './sessions/login-storm.mjs'
import { measureRefresh } from './sessions/refresh.mjs'
import { measureRefusals, measureTokens } from './tokens/tokens.mjs'

/** What is measured, in the order of the report. */
export const SECTIONS = {
  tokens: { measure: measureTokens, ...tokens },
  refusals: { measure: measureRefusals, ...refusals },
  routes: { measure: measureRoutes, ...routes },
  revocation: { measure: measureRevocation, ...revocation },
  sessions: {
    measure: async (options) => ({
      refresh: await measureRefresh(options),
      storm: await measureStorm(options),
    }),
    ...sessions,
  },
  fleet: { measure: measureFleet, ...fleet },
}

import { frameworks } from './frameworks.ts'
import { testAdapter } from './suite.ts'

const parserFirst = 'the body parser that the application put in front refuses first, in its own words'
const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'express 5, body parser first': { 'AD-32': parserFirst, 'AD-33': parserFirst, 'AD-38': parserFirst },
}

for (const [name, serve] of Object.entries(frameworks)) testAdapter(name, serve, exceptions[name])

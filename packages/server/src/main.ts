#!/usr/bin/env node
import { createProgram, withIdsLast } from './commands/program.ts'

await createProgram().parseAsync(withIdsLast(process.argv))

export { type FlaskOptions, type FromFlaskOptions, fromFlaskConfig } from './config.ts'
export type { FlaskAlgorithm, FlaskConfig, FlaskLocation } from './options.ts'
export type { Warn } from './relaxations.ts'
export { unverifiedHeader } from './unverified-header.ts'

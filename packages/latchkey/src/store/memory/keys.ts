import type { KeyStore } from '../store.ts'
import { log, type State, writeEvent } from './state.ts'

export function memoryKeys(state: State): KeyStore {
  return {
    async list() {
      return { keys: state.keys, version: state.keysVersion, now: state.clock() }
    },
    async replace(version, keys, revoked, event) {
      if (version !== state.keysVersion) return false
      state.keysVersion += 1
      state.keys = keys
        .map((key) => ({ ...key }))
        .sort((a, b) => a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1))
      if (revoked !== null) {
        log(state, { kind: 'kid', id: revoked.kid, value: null, until: state.clock() + revoked.hold })
      }
      writeEvent(state, event)
      return true
    },
  }
}

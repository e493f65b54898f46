/** Milliseconds since the epoch. Everything that needs "now" is handed one of these. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

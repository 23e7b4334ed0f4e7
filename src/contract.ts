// The contract between server and clients: versions, limits, shapes, events and reasons. The browser imports this file and nothing
// else of `src`.
export * from './contract/versions.ts'
export * from './contract/limits.ts'
export * from './contract/texts.ts'
export * from './contract/folded.ts'
export * from './contract/ids.ts'
export * from './contract/new-id.ts'
export * from './contract/reasons.ts'
export * from './contract/messages.ts'
export * from './contract/people.ts'
export * from './contract/reads.ts'
export * from './contract/events.ts'
export * from './contract/bodies.ts'

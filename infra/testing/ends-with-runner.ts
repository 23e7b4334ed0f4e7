// A process that runs tests ends with its runner, even when that is killed, and what it has started ends with it (spawn-bound.ts).
process.once('disconnect', () => process.exit(1))

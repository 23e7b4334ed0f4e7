// Options of the programs that package.json starts.
import { parseArgs, type ParseArgsConfig } from 'node:util'

/**
 * Reads the options on the command line. `--help` prints `usage`, an unknown option prints which one it is and `usage`; both end the
 * process.
 */
export function readOptions<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.includes('--help')) {
    console.log(usage)
    return process.exit()
  }
  try {
    return parseArgs(config)
  } catch (cause) {
    const [sentence] = String(cause instanceof Error ? cause.message : cause).split('. ')
    console.error(`${sentence}\n\n${usage}`)
    return process.exit(1)
  }
}
